"""What a judge with bounds says, one promise a test."""

import numpy as np
import pytest

from simulator.policies.judging import CONTINUE, FAIL, PASS, Evidence, Threshold


def judged(spec, control, candidate):
    return spec.start().judge(control, candidate)


def bounds(*each, min_users=100):
    return Threshold(bounds=each, min_users=min_users)


FAILURES = {"measure": "failed_ratio", "at_most": 0.02}


def test_a_candidate_that_keeps_its_bounds_passes_and_one_that_misses_one_fails():
    spec = bounds(FAILURES)
    assert judged(spec, Evidence(), Evidence(users=1000, failed=20)).decision == PASS
    verdict = judged(spec, Evidence(), Evidence(users=1000, failed=21))
    assert verdict.decision == FAIL
    assert verdict.words == "failed_ratio is 2.1 %, above 2 %"


def test_nothing_is_said_before_there_are_users_enough():
    spec = bounds(FAILURES, min_users=500)
    assert judged(spec, Evidence(), Evidence(users=499, failed=499)).decision == CONTINUE
    assert judged(spec, Evidence(), Evidence(users=500, failed=500)).decision == FAIL


def test_a_relative_bound_is_a_multiple_of_the_control_arm_and_needs_its_users_too():
    spec = bounds({"measure": "failed_ratio", "at_most": 1.5, "relative": True})
    control = Evidence(users=10_000, failed=100)
    assert judged(spec, control, Evidence(users=1000, failed=15)).decision == PASS
    assert judged(spec, control, Evidence(users=1000, failed=16)).decision == FAIL
    assert judged(spec, Evidence(users=99), Evidence(users=1000, failed=900)).decision == CONTINUE


def test_a_tolerance_spares_a_candidate_whose_control_arm_has_no_failures():
    strict = bounds({"measure": "failed_ratio", "at_most": 2.0, "relative": True})
    lenient = bounds(
        {"measure": "failed_ratio", "at_most": 2.0, "relative": True, "tolerance": 0.01}
    )
    control, candidate = Evidence(users=1000), Evidence(users=1000, failed=1)
    assert judged(strict, control, candidate).decision == FAIL
    assert judged(lenient, control, candidate).decision == PASS


@pytest.mark.parametrize(
    ("measure", "value"), [("latency_mean_s", 50.5), ("latency_p50_s", 50.5), ("usd_mean", 2.0)]
)
def test_measures_of_samples_are_what_they_are_called(measure, value):
    arm = Evidence(
        users=200, labeled=3, latency_s=np.arange(1.0, 101.0), usd=np.array([1.0, 2.0, 3.0])
    )
    at_most = {"measure": measure, "at_most": value}
    at_least = {"measure": measure, "at_least": value}
    less = {"measure": measure, "at_most": value - 1e-9}
    assert judged(bounds(at_most, at_least), Evidence(), arm).decision == PASS
    assert judged(bounds(less), Evidence(), arm).decision == FAIL


def test_what_is_not_known_neither_passes_nor_fails():
    """A canary that fails everybody has no labels: that nobody was harmed is no comfort."""
    spec = bounds({"measure": "harmed_ratio", "at_most": 0.01})
    assert judged(spec, Evidence(), Evidence(users=1000, failed=1000)).decision == CONTINUE


def test_the_canary_that_drops_most_of_its_requests_fails_by_what_users_see():
    spec = bounds(FAILURES, {"measure": "harmed_ratio", "at_most": 0.01})
    dropping = Evidence(users=1000, failed=900, labeled=100, harmed=0)
    assert judged(spec, Evidence(), dropping).decision == FAIL


def test_one_trial_remembers_nothing_of_another():
    spec = bounds(FAILURES)
    assert spec.start() is not spec.start()
    assert not spec.decides_early()


def test_a_bound_is_given_once_and_there_is_one_at_least():
    with pytest.raises(ValueError, match="either at_most or at_least"):
        bounds({"measure": "failed_ratio"})
    with pytest.raises(ValueError, match="either at_most or at_least"):
        bounds({"measure": "failed_ratio", "at_most": 0.1, "at_least": 0.0})
    with pytest.raises(ValueError, match="at least 1 item"):
        bounds()
