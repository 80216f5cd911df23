"""Whom a server turns away when it has too much to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.components.server import ServerSpec
from simulator.kernel import FAILED, OK, REJECTED, RequestClass
from simulator.runner import run
from simulator.stats import theory
from tests.kernel.scene import Scene, scenario

KINDS = [RequestClass("batch"), RequestClass("user", priority=1), RequestClass("pay", priority=2)]
BATCH, USER, PAY = range(3)


def server(**told):
    return ServerSpec(**{"service_time": 1.0} | told)


def scene(at_s, classes=None, kinds=(), **told):
    return Scene(server(**told), at_s, [1.0] * len(at_s), classes=classes, kinds=kinds)


# -- a full queue ------------------------------------------------------------------------------


def test_head_drop_lets_the_one_go_that_has_waited_longest():
    found = scene([0, 0.1, 0.2, 0.3, 0.4], queue_limit=2, when_full="head").run()
    assert found.outcomes == [OK, REJECTED, REJECTED, OK, OK]
    assert found.answered_s == [1, 0.3, 0.4, 2, 3]
    assert (found.it.shed, found.it.rejected) == (2, 0)


def test_head_drop_finds_the_oldest_whatever_the_discipline():
    found = scene([0, 0.1, 0.2, 0.3], queue_limit=2, when_full="head", discipline="lifo").run()
    assert found.outcomes == [OK, REJECTED, OK, OK]
    assert found.answered_s[2:] == [3, 2]


def test_the_last_of_the_least_urgent_makes_room_for_one_that_is_more_urgent():
    classes = [USER, BATCH, BATCH, USER, PAY, PAY]
    at_s = [0, 0.1, 0.2, 0.3, 0.4, 0.5]
    found = scene(at_s, classes, KINDS, queue_limit=2, when_full="least_urgent").run()
    assert found.outcomes == [OK, REJECTED, REJECTED, REJECTED, OK, OK]
    assert found.answered_s[1:4] == [0.4, 0.3, 0.5]
    assert found.it.shed == 3


def test_who_is_no_more_urgent_than_those_who_wait_is_refused():
    found = scene(
        [0, 0.1, 0.2], [BATCH, USER, USER], KINDS, queue_limit=1, when_full="least_urgent"
    )
    assert found.run().outcomes == [OK, OK, REJECTED]
    assert (found.it.shed, found.it.rejected) == (0, 1)


def test_who_has_left_already_makes_no_room():
    found = scene([0, 0.1, 0.2, 0.3, 0.5], queue_limit=2, when_full="head")
    found.at(0.25, found.user.calls[1].cancel).run()
    assert found.outcomes[2:] == [REJECTED, OK, OK]


def test_a_class_finds_the_queue_full_before_the_others():
    classes = [BATCH, BATCH, BATCH, USER, USER, USER]
    told = {"queue_limit": 3, "queue_limit_by_class": {"batch": 1}}
    found = scene([0, 0.1, 0.2, 0.3, 0.4, 0.5], classes, KINDS, **told).run()
    assert found.outcomes == [OK, OK, REJECTED, OK, OK, REJECTED]
    assert (found.it.shed, found.it.rejected) == (1, 1)


def test_a_class_without_places_is_served_if_a_worker_is_free():
    told = {"queue_limit_by_class": {"batch": 0}}
    found = scene([0, 0.5, 1.5], [BATCH] * 3, KINDS, **told).run()
    assert found.outcomes == [OK, REJECTED, OK]


def test_a_server_that_is_down_fails_calls_and_sheds_none():
    found = scene([0, 0.1, 1.0], queue_limit=1, when_full="head")
    found.at(0.5, found.it.crash).run()
    assert found.outcomes == [FAILED, FAILED, FAILED]
    assert found.it.shed == 0


# -- waits that are too long -------------------------------------------------------------------


def test_controlled_delay_turns_away_who_waits_too_long_at_that_instant():
    told = {"shedding": {"kind": "controlled_delay", "target": 0.2, "interval": 0.5}}
    found = scene([0, 0.1, 0.7, 1.1], **told).run()
    assert found.outcomes == [OK, REJECTED, OK, REJECTED]
    assert found.answered_s == [1, pytest.approx(0.6), 2, pytest.approx(1.6)]
    assert found.it.shed == 2


def test_codel_drops_when_a_worker_asks_for_the_next_one():
    told = {"shedding": {"kind": "codel", "target": 0.5, "interval": 1.5}}
    found = scene([0] * 8, **told).run()
    # At 1 the next one has waited for 1 s; at 3 that has gone on for an interval.
    assert found.outcomes == [OK, OK, OK, REJECTED, OK, OK, OK, OK]
    assert found.answered_s[3:5] == [3, 4]


def test_a_call_that_is_taken_back_is_dropped_no_more():
    told = {"shedding": {"kind": "controlled_delay", "target": 0.2, "interval": 0.5}}
    found = scene([0, 0.1], **told)
    found.at(0.3, found.user.calls[1].cancel).run()
    assert (found.it.shed, found.it.queued) == (0, 0)


# -- adaptive lifo -----------------------------------------------------------------------------


def test_adaptive_lifo_serves_the_oldest_while_few_wait_and_the_newest_while_many_do():
    discipline = {"kind": "adaptive_lifo", "threshold": 2}
    found = scene([0, 0.1, 0.2, 0.3, 0.4], discipline=discipline).run()
    # At 1 four wait: the newest. At 2 three: the newest of them. Then two: the oldest.
    assert found.answered_s == [1, 4, 5, 3, 2]


def test_those_that_have_left_do_not_count_as_waiting():
    discipline = {"kind": "adaptive_lifo", "threshold": 2}
    found = scene([0, 0.1, 0.2, 0.3], discipline=discipline)
    found.at(0.5, found.user.calls[1].cancel).run()
    assert found.answered_s == [1, 0.5, 2, 3]


# -- together ----------------------------------------------------------------------------------

options = st.fixed_dictionaries(
    {
        "workers": st.integers(1, 3),
        "queue_limit": st.integers(1, 5),
        "when_full": st.sampled_from(["head", "least_urgent"]),
        "discipline": st.sampled_from(["fifo", "lifo", "adaptive_lifo", "priority", "random"]),
        "shedding": st.sampled_from(
            [None, {"kind": "codel", "target": 0.1, "interval": 0.3}, "controlled_delay"]
        ),
        "queue_limit_by_class": st.sampled_from([{}, {"batch": 1}]),
    }
)


@given(options, st.lists(st.integers(0, 12), min_size=1, max_size=40), st.data())
def test_everybody_is_served_or_turned_away_and_is_counted_once(told, gaps, data):
    at_s = [sum(gaps[: i + 1]) / 10 for i in range(len(gaps))]
    classes = [data.draw(st.integers(0, 2)) for _ in at_s]
    found = scene(at_s, classes, KINDS, **told).run()
    it = found.it
    assert it.served == found.outcomes.count(OK)
    assert it.shed + it.rejected == found.outcomes.count(REJECTED)
    assert it.served + it.shed + it.rejected == len(at_s)
    assert (it.queued, it.in_service) == (0, 0)
    assert it.queued_peak <= told["queue_limit"]


@pytest.mark.validation
@pytest.mark.parametrize("when_full", ["tail", "head", "least_urgent"])
def test_whoever_has_to_go_a_full_queue_loses_as_many(when_full):
    """M/M/1/5 in three ways: how many are inside is the same, whoever they are."""
    system = {
        "api": {
            "kind": "server",
            "service_time": {"kind": "exponential", "mean": 0.1},
            "queue_limit": 4,
            "when_full": when_full,
        }
    }
    classes = {"low": {"share": 1.0}, "high": {"share": 1.0, "priority": 1}}
    found = run(scenario(system, {"kind": "poisson", "rate": 9.0}, 2000.0, classes=classes))
    expected = theory.bounded_queue(9.0, 10.0, servers=1, queue_limit=4)
    measures = found.measures()
    lost = measures["rejected"] / measures["arrived"]
    assert lost == pytest.approx(expected.blocking_probability, rel=0.08)
    assert measures["api.queued_mean"] == pytest.approx(expected.mean_queued, rel=0.08)


# -- mistakes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"when_full": "head"}, "when_full needs a queue_limit of 1 or more"),
        ({"when_full": "head", "queue_limit": 0}, "when_full needs a queue_limit of 1 or more"),
        ({"shedding": "codel", "batch_size": 2}, "shedding does not go with batch_size"),
        (
            {"queue_limit_by_class": {"batch": 1}, "discipline": "processor_sharing"},
            "queue_limit_by_class does not go with discipline: processor_sharing",
        ),
        ({"shedding": "codel", "discipline": "srpt"}, "not go with a preemptive discipline"),
        ({"shedding": "codel", "workers": "unlimited"}, "not go with workers: unlimited"),
        ({"shedding": "code"}, "did you mean 'codel'"),
    ],
)
def test_what_cannot_be_is_said(told, message):
    with pytest.raises(ValidationError, match=message):
        server(**told)
