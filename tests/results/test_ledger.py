"""Where the time of a request went: the critical path of traces made by hand."""

from math import nan

import pytest

from simulator.results.ledger import CAUSES, ledger, totals
from simulator.results.spans import SPAN_OUTCOMES, STEPS, Row, Spans

OK, CANCELED = SPAN_OUTCOMES.index("ok"), SPAN_OUTCOMES.index("canceled")


def spans(*rows, number=0):
    """Spans of one request from ``(parent, component, step, start, end, what else there is)``."""
    names = list(dict.fromkeys(row[1] for row in rows))
    return Spans.of(names, [_row(number, i, names, *row) for i, row in enumerate(rows, start=1)])


def line(parent, component, step, start_s, end_s, **more):
    return parent, component, step, start_s, end_s, more


def _row(number, span, names, parent, component, step, start_s, end_s, more):
    is_active = step not in ("request", "visit", "wait")
    defaults = {
        "active_s": (end_s - start_s) * is_active,
        "outcome": OK,
        "attempt": 1,
        "given_up_s": nan,
    }
    place = names.index(component), STEPS.index(step)
    return Row(number, span, parent, *place, start_s, end_s, **(defaults | more))


def seconds(trace):
    """By cause and component."""
    return {
        (CAUSES[cause], trace.names[component]): pytest.approx(value)
        for (cause, component), value in totals(trace).items()
    }


def test_leaves_that_follow_one_another_count_as_they_are():
    trace = spans(
        line(0, "users", "request", 0, 6),
        line(1, "cache", "visit", 0, 6),
        line(2, "cache", "lookup", 0, 1),
        line(2, "db", "visit", 1, 6),
        line(4, "db", "wait", 1, 4),
        line(4, "db", "service", 4, 6),
    )
    assert seconds(trace) == {
        ("lookups", "cache"): 1,
        ("waiting", "db"): 3,
        ("service", "db"): 2,
    }


def test_of_parallel_branches_the_last_to_be_finished_counts():
    trace = spans(
        line(0, "users", "request", 0, 6),
        line(1, "fan", "visit", 0, 6),
        line(2, "fast", "visit", 0, 2),
        line(3, "fast", "service", 0, 2),
        line(2, "slow", "visit", 0, 6),
        line(5, "slow", "wait", 0, 1),
        line(5, "slow", "service", 1, 6),
    )
    assert seconds(trace) == {("waiting", "slow"): 1, ("service", "slow"): 5}


def test_of_several_that_end_at_once_those_that_were_taken_back_do_not_count():
    trace = spans(
        line(0, "users", "request", 0, 2),
        line(1, "fan", "visit", 0, 2),
        line(2, "slow", "visit", 0, 2, outcome=CANCELED),
        line(3, "slow", "wait", 0, 2),
        line(2, "fast", "visit", 0, 2),
        line(5, "fast", "service", 0, 2),
    )
    assert seconds(trace) == {("service", "fast"): 2}


def test_one_branch_after_another_is_followed_from_the_end():
    trace = spans(
        line(0, "users", "request", 0, 9),
        line(1, "fan", "visit", 0, 9),
        line(2, "a", "visit", 0, 5),
        line(3, "a", "service", 0, 5),
        line(2, "b", "visit", 0, 3),  # hidden behind a
        line(5, "b", "service", 0, 3),
        line(2, "c", "visit", 5, 9),
        line(7, "c", "service", 5, 9),
    )
    assert seconds(trace) == {("service", "a"): 5, ("service", "c"): 4}


def test_tries_that_came_to_nothing_and_pauses_are_retries_of_their_client():
    trace = spans(
        line(0, "users", "request", 0, 10),
        line(1, "client", "visit", 0, 10),
        line(2, "client", "pause", 4, 5),
        line(2, "api", "visit", 0, 30, given_up_s=4),
        line(4, "api", "wait", 0, 29, given_up_s=4),
        line(4, "api", "service", 29, 30, given_up_s=4),
        line(2, "api", "visit", 5, 10, attempt=2),
        line(7, "api", "wait", 5, 8, attempt=2),
        line(7, "api", "service", 8, 10, attempt=2),
    )
    assert seconds(trace) == {
        ("retries", "client"): 5,
        ("waiting", "api"): 3,
        ("service", "api"): 2,
    }


def test_a_fork_inside_a_second_try_is_no_lost_try():
    trace = spans(
        line(0, "users", "request", 0, 4),
        line(1, "api", "visit", 0, 4, attempt=2),
        line(2, "api", "service", 0, 1, attempt=2),
        line(2, "db", "visit", 1, 4),
        line(4, "db", "service", 1, 4),
    )
    assert seconds(trace) == {("service", "api"): 1, ("service", "db"): 3}


def test_the_only_try_counts_as_what_it_did_until_it_was_given_up():
    trace = spans(
        line(0, "users", "request", 0, 4),
        line(1, "client", "visit", 0, 4),
        line(2, "api", "visit", 0, 30, given_up_s=4),
        line(3, "api", "wait", 0, 3, given_up_s=4),
        line(3, "api", "service", 3, 30, given_up_s=4),
    )
    assert seconds(trace) == {("waiting", "api"): 3, ("service", "api"): 1}


def test_what_sharing_a_worker_takes_is_waiting():
    trace = spans(
        line(0, "users", "request", 0, 3),
        line(1, "api", "visit", 0, 3),
        line(2, "api", "service", 0, 3, active_s=1.0),
    )
    assert seconds(trace) == {("service", "api"): 1, ("waiting", "api"): 2}


def test_what_no_span_accounts_for_is_other():
    trace = spans(
        line(0, "users", "request", 0, 5),
        line(1, "api", "visit", 1, 5),
        line(2, "api", "service", 1, 3),
    )
    assert seconds(trace) == {("other", "users"): 1, ("service", "api"): 2, ("other", "api"): 2}


def test_a_request_that_took_no_time_has_nothing_to_account_for():
    trace = spans(line(0, "users", "request", 2, 2), line(1, "api", "visit", 2, 2))
    assert totals(trace) == {}


def test_the_ledger_of_several_requests_is_their_mean():
    first = [
        Row(3, 1, 0, 0, 0, 0.0, 2.0, 0.0, OK, 1, nan),
        Row(3, 2, 1, 1, 1, 0.0, 2.0, 0.0, OK, 1, nan),
        Row(3, 3, 2, 1, 3, 0.0, 2.0, 2.0, OK, 1, nan),
    ]
    second = [
        Row(7, 4, 0, 0, 0, 5.0, 5.0, 0.0, OK, 1, nan),
        Row(7, 5, 4, 1, 1, 5.0, 5.0, 0.0, OK, 1, nan),
    ]
    both = Spans.of(["users", "api"], first + second)
    assert ledger(both, [3, 7]) == {("service", "api"): 1.0}
    assert ledger(both, [3]) == {("service", "api"): 2.0}
