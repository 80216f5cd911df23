"""What an A/B test finds, when it ends, and what becomes of the users then."""

from functools import partial
from statistics import fmean

import numpy as np
import pytest

from simulator.runner import run
from simulator.stats.theory.clusters import correlation_beyond_threshold
from simulator.stats.trials.looks import false_alarms_of_looks
from simulator.stats.trials.sizes import design_effect, false_alarms_of_clusters
from tests.controllers.releases.scene import problems_of, trial_of

A_A = {"bugs": 0.0}


def measured(spec, replication=0, name="trial"):
    return run(spec, replication).component_measures(name)


def test_the_better_version_gets_all_users_and_a_worse_one_none():
    better = run(trial_of(bugs_of_old=0.3, bugs=0.0, units=1000))
    assert better.component_measures("trial")["promoted"] == 1
    assert better.component_measures("trial", (150.0, 200.0))["share_mean"] == 1.0
    assert better.component_measures("split[old]", (150.0, 200.0))["sent"] == 0
    worse = run(trial_of(bugs=0.3, units=1000))
    assert worse.component_measures("trial")["worse"] == 1
    assert worse.component_measures("trial")["rolled_back"] == 1
    assert worse.component_measures("split[new]", (150.0, 200.0))["sent"] == 0
    (decision,) = worse.decisions
    assert decision.kind == "test_ends"
    assert decision.words.startswith("trial: worse: harmed +0.")


@pytest.mark.parametrize(
    ("counts", "finds"),
    [("harmed", "worse"), ("conversions", "worse"), ("usd", "worse"), ("failed", "no_difference")],
)
def test_what_is_worse_depends_on_what_is_counted(counts, finds):
    told = {"counts": counts, "units": 1000}
    assert measured(trial_of(bugs=0.3, **told))[finds] == 1


def test_a_version_that_fails_its_calls_is_worse_in_every_respect():
    for counts in ("failed", "harmed", "conversions", "usd"):
        assert measured(trial_of(errors=0.3, counts=counts, units=1000))["worse"] == 1


def test_it_ends_with_the_first_look_at_which_its_users_are_known():
    """10 requests a second, each of another user: 500 users are there after 50 s."""
    found = measured(trial_of(**A_A, units=500))
    assert found["looks"] == 1
    assert found["took_p50_s"] == pytest.approx(50.0, abs=7.5)
    assert 500 <= found["units_p50"] < 500 + 5 * 10 + 30  # and who came until the next look
    assert found["running_mean"] == pytest.approx(found["took_p50_s"] / 200)


def test_labels_that_come_late_make_it_late():
    late = {"delay": 40.0}
    prompt = measured(trial_of(**A_A, units=500))["took_p50_s"]
    found = measured(trial_of(**A_A, units=500, labels=late))["took_p50_s"]
    assert found == pytest.approx(prompt + 40.0, abs=5.0)
    at_once = measured(trial_of(**A_A, units=500, labels=late, counts="failed"))["took_p50_s"]
    assert at_once == pytest.approx(prompt, abs=5.0)


def test_it_takes_as_many_users_as_follow_from_base_and_effect():
    told = {"units": None, "base": 0.3, "effect": 0.1}
    assert measured(trial_of(**A_A, **told))["units_p50"] == pytest.approx(2 * 353, abs=55)
    uneven = measured(trial_of(**A_A, **told, share=0.25))["units_p50"]
    assert uneven == pytest.approx(2 * 353 * 4 / 3, rel=0.06)


def test_a_user_is_one_however_often_the_user_asks():
    few = {"keys": 300, "units": 250}
    assert measured(trial_of(**A_A, **few))["units_p50"] < 270
    requests = measured(trial_of(**A_A, **few, unit="request", labels={}))
    assert requests["took_p50_s"] < 0.5 * measured(trial_of(**A_A, **few))["took_p50_s"]


def test_only_calls_that_were_sent_while_it_ran_count():
    """The new version is broken until it is mended, just before the test begins."""
    spec = trial_of(at=100.0, units=500, counts="failed", faults_until=100.0)
    found = run(spec)
    assert found.component_measures("split[new]")["failed"] > 100
    assert found.component_measures("trial")["no_difference"] == 1


def test_a_test_that_only_looks_changes_nothing():
    plain = run(trial_of(**A_A, units=500, ships=False))
    without = run(trial_of(**A_A, trial=False))
    assert np.array_equal(plain.requests.latency_s, without.requests.latency_s)
    assert plain.component_measures("split")["splits"] == 0


def test_several_may_look_at_the_same_users():
    spec = trial_of(**A_A, units=500, ships=False, second={"rule": "peeking"})
    found = run(spec)
    assert found.component_measures("trial")["looks"] == 1
    assert found.component_measures("second")["looks"] in range(1, 6)


def test_tests_may_follow_one_another():
    found = measured(trial_of(**A_A, units=300, ships=False, again=True))
    assert found["looks"] == found["differences"] + found["no_difference"]
    assert found["looks"] >= 5


@pytest.mark.validation
def test_a_a_tests_are_significant_as_often_as_theory_says_of_their_looks():
    """20 runs with seven tests each or more, of 250 users and ten looks; the same users for all."""
    told = {
        "units": 250,
        "ships": False,
        "duration": 150.0,
        "again": True,
        "every": 1.0,
        "counts": "conversions",
    }
    second = {"rule": {"kind": "pocock", "looks": 10}}
    spec = trial_of(**A_A, **told, rule={"kind": "peeking", "looks": 10}, second=second, rate=15.0)
    found = [run(spec, replication) for replication in range(20)]
    for name, expected in (("trial", false_alarms_of_looks(10)), ("second", 0.05)):
        each = [one.component_measures(name) for one in found]
        shares = [m["differences"] / (m["differences"] + m["no_difference"]) for m in each]
        error = np.std(shares, ddof=1) / np.sqrt(len(shares))
        assert abs(fmean(shares) - expected) < 3.9 * error
        assert 3.9 * error < 0.14


@pytest.mark.validation
def test_requests_of_users_who_resemble_themselves_are_no_independent_witnesses():
    """60 runs in which 60 users ask about ten times each; the versions are the same.

    How often a test of requests is significant follows from the design effect of clusters whose
    sizes follow a Poisson distribution.
    """
    told = {"counts": "conversions", "ships": False, "keys": 60, "alike": {"truth": 0.5}}
    told |= {"unit": "request", "units": 600, "rate": 20.0, "duration": 35.0, "every": 1.0}
    spec = trial_of(**A_A, **told, second={"unit": "user", "units": 60})
    found = [run(spec, replication) for replication in range(60)]
    of_requests, of_users = (
        fmean(each.component_measures(name)["differences"] for each in found)
        for name in ("trial", "second")
    )
    effect = design_effect(10 + 1, correlation_beyond_threshold(0.5, 0.5))
    expected = false_alarms_of_clusters(effect)
    assert abs(of_requests - expected) < 3.9 * np.sqrt(expected * (1 - expected) / 60)
    assert of_requests > 0.2
    assert of_users < 0.05 + 3.9 * np.sqrt(0.05 * 0.95 / 60)


def test_who_was_harmed_by_the_new_version_is_counted():
    found = run(trial_of(bugs=0.3, units=1000))
    assert found.component_measures("trial")["harmed"] > 30
    arm = found.component_measures("split[new]")
    assert found.component_measures("trial")["harmed"] == arm["harmed"]


wrong = partial(problems_of, trial_of, **A_A)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"treatment": "newer"}, "unknown arm 'newer'"),
        ({"treatment": "old"}, "control and treatment must be two arms"),
        ({"of": "old"}, "'old' is no splitter, but a model_server"),
        ({"units": None}, "follows from the base, which is missing"),
        ({"units": None, "counts": "usd"}, "follows from the spread of dollars, which is missing"),
        ({"base": 0.3}, "give either units or what they follow from"),
        ({"units": None, "base": 0.95}, "must be less than 1 together"),
        ({"units": None, "base": 0.3, "counts": "usd"}, "base is of what happens or not"),
        ({"power": 0.01}, "power must be above alpha"),
        ({"again": True}, "again goes without ships"),
        ({"sticky": "request"}, "splits requests, not users; must be request"),
        ({"second": {"ships": True}}, "another controller changes the shares of 'split' already"),
        ({"old_share": 1.0}, "an arm that is compared has no share; must be given"),
        ({"world": False}, "must have a world"),
    ],
)
def test_what_cannot_be_tested_is_said(told, message):
    assert message in wrong(**told)


def test_all_that_is_wrong_is_said_at_once():
    found = wrong(treatment="newer", counts="usd", units=None)
    assert "unknown arm" not in found  # what is wrong by itself comes first
    assert "spread of dollars" in found
