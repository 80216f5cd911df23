"""Cohorts described in words: which requests belong to them, and what is refused."""

import numpy as np
import pytest

from simulator.errors import ScenarioError
from simulator.experiments.explanations import explain
from simulator.experiments.memberships import membership
from simulator.experiments.traces import COHORTS
from simulator.results import OUTCOMES
from simulator.results.run import OK
from simulator.runner import run
from tests.kernel.scene import scenario

SERVER = {"kind": "server", "service_time": {"kind": "exponential", "mean": 0.05}, "queue_limit": 4}
ARRIVALS = {"kind": "poisson", "rate": 18.0}
CLASSES = {"gold": {"share": 1}, "lead": {"share": 3}}
SCENE = scenario(
    {"api": SERVER},
    ARRIVALS,
    60.0,
    classes=CLASSES,
    run={"warmup": 5},
)


@pytest.fixture(scope="module")
def finished():
    return run(SCENE)


def members(finished, text):
    return membership(text, SCENE).numbers(finished)


def test_the_cohorts_that_are_always_shown_can_be_described():
    for each in COHORTS:
        assert membership(each.name, SCENE) == each


def test_an_outcome_and_a_class_choose_exactly_those_requests(finished):
    rows, measured = finished.requests, finished.requests.arrived_s >= finished.warmup_s
    lead = rows.request_class == finished.classes.index("lead")
    rejected = rows.outcome == OUTCOMES.index("rejected")
    assert set(members(finished, "rejected")) == set(np.flatnonzero(measured & rejected))
    assert set(members(finished, "lead, rejected")) == set(
        np.flatnonzero(measured & rejected & lead)
    )
    assert len(members(finished, "lead, rejected")) > 0


def test_a_time_chooses_what_arrives_in_it(finished):
    arrived_s = finished.requests.arrived_s[members(finished, "during 10s..20s")]
    assert arrived_s.min() >= 10.0
    assert arrived_s.max() < 20.0
    everybody = (finished.requests.arrived_s >= 10.0) & (finished.requests.arrived_s < 20.0)
    assert len(arrived_s) == everybody.sum()


def test_a_percentile_is_that_of_those_for_which_the_rest_holds(finished):
    rows = finished.requests
    gold = members(finished, "gold, ok")
    slow = members(finished, "gold, p90")
    assert set(slow) <= set(gold)
    assert len(slow) == pytest.approx(0.1 * len(gold), abs=1)
    assert rows.latency_s[slow].min() >= rows.latency_s[[*set(gold) - set(slow)]].max()


def test_percentiles_are_of_those_answered_ok_unless_another_outcome_is_named(finished):
    outcome = finished.requests.outcome
    assert set(outcome[members(finished, "p10..p90")]) == {OK}
    assert set(outcome[members(finished, "rejected, p50")]) == {OUTCOMES.index("rejected")}


def test_requests_come_by_their_latency(finished):
    assert np.all(np.diff(finished.requests.latency_s[members(finished, "lead")]) >= 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("p99", "among the slowest 1 %"),
        ("p50", "around the median"),
        ("gold, p50..p90", "of class gold from p50 to p90"),
        ("timed_out, during 1min..90s", "timed out arriving from 1 min to 1.5 min"),
        ("ok", "answered ok"),
    ],
)
def test_words_say_what_the_requests_are(text, words):
    assert membership(text, SCENE).words() == words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("silver", "unknown cohort 'silver'"),
        ("reject", "did you mean 'rejected'"),
        ("p90..p50", "the first percentile must be less"),
        ("during 20s..10s", "the first instant must come before"),
        ("during soon..10s", "during soon"),
        ("gold, lead", "two conditions of one kind"),
        (" , ", "found no condition"),
    ],
)
def test_what_is_no_cohort_is_refused(text, said):
    with pytest.raises(ScenarioError, match=said):
        membership(text, SCENE)


def test_rejected_requests_spend_no_time_and_slow_ones_wait():
    settings = {"replications": 2, "workers": 1}
    ledger = explain(SCENE, cohort="p90", against="rejected", **settings).ledger
    assert [*ledger.accounts] == ["rejected", "p90"]
    assert ledger.accounts["rejected"].latency.mean == 0.0
    longer = sum(each.mean for each in ledger.longer.values())
    assert longer == pytest.approx(ledger.accounts["p90"].latency.mean)
    assert ledger.words().startswith("A request among the slowest 10 % takes")


def test_a_cohort_that_is_empty_is_told():
    told = []
    explain(SCENE, cohort="timed_out", replications=2, workers=1, warn=told.append)
    assert any("no run has a request timed out" in each for each in told)


def test_a_cohort_is_not_explained_against_itself():
    with pytest.raises(ScenarioError, match="against another"):
        explain(SCENE, cohort="p50")
