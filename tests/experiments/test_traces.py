"""Which requests of a run are traced, and what the ledger over several runs says of them."""

from dataclasses import replace
from itertools import chain
from math import fsum, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.experiments.ledger import ledger
from simulator.experiments.rows import Task, make
from simulator.experiments.traces import MOST_TRACED, Cohort, Traces, cohorts, spread, trace
from simulator.results import OUTCOMES, Requests, Spans
from simulator.results.ledger import CAUSES
from simulator.results.run import OK
from simulator.runner import run
from tests.experiments.rows import rows
from tests.exports.traced import summary
from tests.kernel.scene import scenario

SERVER = {"kind": "server", "service_time": {"kind": "exponential", "mean": 0.05}}
QUEUE = {"api": SERVER | {"queue_limit": 5}}
ARRIVALS = {"kind": "poisson", "rate": 18.0}


def finished_with(latencies_s, outcomes):
    """A run whose requests came one a second and went like this."""
    n = len(latencies_s)
    finished = run(scenario(QUEUE, duration=1.0))
    columns = (np.arange(n) + 0.5, np.array(latencies_s, float), np.array(outcomes, np.uint8))
    ones = np.ones(n, np.uint16)
    requests = Requests(*columns, np.zeros(n, np.uint8), ones)
    return replace(finished, requests=requests, warmup_s=2.0, duration_s=n + 1.0)


def test_cohorts_are_measured_requests_ordered_by_latency():
    latencies_s = [99.0, 98.0, *range(100, 0, -1), 7.0, nan]
    outcomes = [OK] * 102 + [OUTCOMES.index("failed"), OUTCOMES.index("unfinished")]
    found = {name: numbers.tolist() for name, numbers in cohorts(
        finished_with(latencies_s, outcomes)).items()}  # fmt: skip
    assert found["p99"] == [2]  # one in a hundred; the two before it came in the warm-up
    assert found["p50"] == list(range(2 + 54, 2 + 43, -1))
    assert found["failed"] == [102]
    assert "rejected" not in found


def test_there_are_examples_and_a_p99_however_few_requests_there_are():
    few = cohorts(finished_with([1.0] * 3, [OK] * 3))
    assert few["p50"].tolist() == few["p99"].tolist() == [2]


@given(st.integers(1, 2000), st.integers(2, 500))
def test_a_part_of_a_cohort_is_spread_evenly_and_has_both_ends(count, most):
    found = spread(np.arange(count), most)
    assert len(found) == len(set(found)) == min(count, most)
    assert (found[0], found[-1]) == (0, count - 1)
    assert np.ptp(np.diff(found)) <= 1 if len(found) > 1 else True


def test_the_examples_are_the_slowest_the_median_and_failed_ones():
    scene = scenario(QUEUE, ARRIVALS, duration=100.0)
    finished = run(scene)
    found = trace(finished, scene, examples=3)
    latency_s, outcome = finished.requests.latency_s, finished.requests.outcome
    by_latency = np.flatnonzero(outcome == OK)[np.argsort(latency_s[outcome == OK])][::-1]
    assert found.examples["slowest"] == by_latency[:3].tolist()
    medians = latency_s[found.examples["median"]]
    assert medians == pytest.approx(np.median(latency_s[outcome == OK]), rel=0.02)
    assert set(outcome[found.examples["failed"]]) == {OUTCOMES.index("rejected")}
    assert found.spans.numbers() == sorted(chain(*found.examples.values()))


def test_the_ledger_of_a_cohort_is_the_mean_of_its_traced_latencies():
    scene = scenario(QUEUE, ARRIVALS, duration=100.0)
    finished = run(scene)
    found = trace(finished, scene)
    for name, numbers in cohorts(finished).items():
        cohort, traced = found.cohorts[name], spread(numbers, MOST_TRACED)
        assert (cohort.size, cohort.traced) == (len(numbers), len(traced))
        mean_s = finished.requests.latency_s[traced].mean()
        assert fsum(cohort.seconds.values()) == pytest.approx(mean_s, rel=1e-9)


def test_replicas_stand_in_the_ledger_under_the_name_of_their_group():
    assert {component for _, component in summary().rows[0].traces.cohorts["p99"].seconds} <= {
        *("users", "client", "balancer", "api", "cache", "db")
    }


def test_tracing_changes_nothing_else_in_a_row():
    scene = scenario(QUEUE, ARRIVALS)
    plain, traced = (make(Task(scene, "baseline", 0, examples)) for examples in (0, 1))
    assert plain.traces is None
    assert dict(plain.measures) == pytest.approx(dict(traced.measures), rel=0, abs=0, nan_ok=True)


# -- over replications -------------------------------------------------------------------------


def traced(**cohort_seconds):
    """What was traced of a run, with these seconds by cause at the database."""
    found = {
        name: Cohort(100, 10, {(cause, "db"): value for cause, value in seconds.items()})
        for name, seconds in cohort_seconds.items()
    }
    return Traces(found, {}, Spans.of([], []))


def over(*traces):
    return ledger([replace(row, traces=each) for row, each in zip(rows([0] * len(traces)), traces)])


def test_entries_are_means_over_runs_with_their_t_interval():
    found = over(*(traced(p50={"service": 1.0}, p99={"waiting": w}) for w in (9.0, 10.0, 11.0)))
    waiting = found.accounts["p99"].seconds["waiting", "db"]
    assert (waiting.mean, waiting.n) == (10.0, 3)
    assert waiting.half_width == pytest.approx(4.303 / 3**0.5, rel=1e-3)
    assert found.accounts["p99"].size == 300
    assert found.accounts["p99"].traced == 30


def test_a_cause_that_a_run_does_not_have_counts_as_nothing():
    found = over(traced(p99={"waiting": 4.0}), traced(p99={"service": 2.0}))
    p99 = found.accounts["p99"]
    assert p99.seconds["waiting", "db"].mean == 2.0
    assert p99.seconds["service", "db"].mean == 1.0
    assert p99.latency.mean == 3.0


def test_a_run_without_the_cohort_does_not_count_at_all():
    found = over(traced(p99={"waiting": 4.0}), traced(p50={"service": 1.0}))
    assert found.accounts["p99"].latency.mean == 4.0
    assert found.accounts["p99"].latency.n == 1
    assert not found.longer


def test_the_difference_is_taken_run_by_run():
    found = over(
        *(traced(p50={"service": s}, p99={"service": s + 1, "waiting": 3.0}) for s in (1.0, 5.0))
    )
    assert found.longer["service", "db"].mean == 1.0
    assert found.longer["service", "db"].half_width == pytest.approx(0)
    assert found.longer["waiting", "db"].mean == 3.0


def test_words_name_what_makes_the_slowest_slow_the_most_first():
    found = over(
        traced(
            p50={"service": 0.1},
            p99={"service": 0.7, "waiting": 2.1, "lookups": 0.001, "retries": 1.2},
        )
    )
    assert found.words() == (
        "A request among the slowest 1 % takes 3.9 s longer than one around the median: it waits "
        "2.1 s longer at db, loses 1.2 s more to tries of db that come to nothing and is served "
        "600 ms longer at db."
    )


def test_without_a_difference_there_is_nothing_to_explain():
    even = traced(p50={"service": 1.0}, p99={"service": 1.0})
    assert over(even).words() == (
        "A request among the slowest 1 % takes no longer than one around the median."
    )
    assert over(traced(failed={"service": 1.0})).words() == ""


def test_every_cause_can_be_put_into_words():
    for cause in CAUSES:
        words = over(traced(p50={"service": 0.0}, p99={cause: 1.0})).words()
        assert "1 s" in words
        assert "db" in words


def test_json_adds_up():
    document = ledger(summary().rows).as_json()
    for cohort in document["cohorts"].values():
        whole = fsum(each["mean"] for each in cohort["seconds"])
        assert whole == pytest.approx(cohort["latency_s"]["mean"], rel=1e-9)
    longer = fsum(each["mean"] for each in document["longer"]["seconds"])
    p50, p99 = (document["cohorts"][name]["latency_s"]["mean"] for name in ("p50", "p99"))
    assert longer == pytest.approx(p99 - p50, rel=1e-9)
