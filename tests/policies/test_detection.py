"""Failure detectors: what a row of checks makes them believe."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.policies.detection import (
    Consecutive,
    Gaps,
    PhiAccrual,
    phi_logistic,
    phi_normal,
)


def verdicts(detector, *checks):
    """What a detector says after each of several checks, one a second."""
    judge = detector.start()
    return [judge(float(now_s), bool(is_good)) for now_s, is_good in enumerate(checks)]


def test_failures_in_a_row_condemn_and_successes_in_a_row_acquit():
    found = verdicts(Consecutive(unhealthy_after=3, healthy_after=2), *[0, 0, 0, 1, 1, 1])
    assert found == [True, True, False, False, True, True]


def test_a_good_check_between_failed_ones_begins_the_count_anew():
    assert all(verdicts(Consecutive(unhealthy_after=3), 0, 0, 1, 0, 0, 1, 0, 0))


def test_a_failed_check_between_good_ones_begins_the_count_anew():
    found = verdicts(Consecutive(unhealthy_after=1, healthy_after=2), 0, 1, 0, 1, 0)
    assert not any(found)


def test_two_replicas_are_judged_apart():
    one, other = Consecutive(unhealthy_after=1).start(), Consecutive(unhealthy_after=1).start()
    assert (one(0.0, False), other(0.0, True)) == (False, True)


def test_phi_is_as_published(row):
    published = row("r17-phi")
    of, expected = published["parameters"], published["expected"]
    logistic = [phi_logistic(t, of["mean"], of["sd"]) for t in of["t"]]
    assert logistic == pytest.approx(expected["phi_logistic"], rel=1e-7, abs=1e-12)
    assert logistic == pytest.approx(expected["phi_published_akka"], abs=0.1)
    exact = [phi_normal(t, of["mean"], of["sd"]) for t in of["t"]]
    assert exact == pytest.approx(expected["phi_exact_normal"], rel=1e-6, abs=1e-12)


def test_the_mean_and_the_variance_of_gaps_are_as_published(row):
    text = row("r17-phi")["expected"]["stats_example"]
    assert text == "intervals 100,200,125,340,130 -> mean 179, population variance 7584"
    gaps = Gaps(1000)
    for gap_s in (100, 200, 125, 340, 130):
        gaps.add(gap_s)
    assert gaps.mean_s == pytest.approx(179)
    assert gaps.deviation_s**2 == pytest.approx(7584)


@given(st.lists(st.floats(0.001, 1000), min_size=1, max_size=30), st.integers(1, 10))
def test_only_the_last_gaps_count(gaps_s, window):
    gaps = Gaps(window)
    for gap_s in gaps_s:
        gaps.add(gap_s)
    assert gaps.mean_s == pytest.approx(np.mean(gaps_s[-window:]))
    assert gaps.deviation_s == pytest.approx(np.std(gaps_s[-window:]), abs=1e-9)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0.001, 1e3))
def test_suspicion_is_finite_and_only_grows(silence_s, more_s, deviation_s):
    phi = phi_logistic(silence_s, 1.0, deviation_s)
    assert 0 <= phi <= phi_logistic(silence_s + more_s, 1.0, deviation_s) < math.inf


def test_phi_accrual_condemns_when_the_silence_reaches_the_threshold():
    # Gaps of 1 s, so the deviation is the least one, 0.1 s: phi is 8 between 1.5 and 1.6 s.
    judge = PhiAccrual(min_deviation=0.1, window=2).start()
    for now_s in range(4):
        assert judge(float(now_s), True)
    assert judge(4.5, False)
    assert not judge(4.6, False)


def test_an_acceptable_pause_moves_the_threshold_by_itself():
    judge = PhiAccrual(min_deviation=0.1, window=2, acceptable_pause=3.0).start()
    for now_s in range(4):
        judge(float(now_s), True)
    assert judge(7.5, False)
    assert not judge(7.6, False)


def test_the_next_good_check_acquits():
    judge = PhiAccrual().start()
    judge(0.0, True)
    assert not judge(100.0, False)
    assert judge(101.0, True)


def test_the_first_estimate_stands_in_for_gaps():
    # mean 1 s, deviation a quarter of it: phi is 8 between 2.2 and 2.4 s.
    judge = PhiAccrual(first_estimate=1.0).start()
    judge(0.0, True)
    assert judge(2.2, False)
    assert not judge(2.4, False)


def test_a_replica_never_heard_of_is_condemned_in_time():
    judge = PhiAccrual().start()
    assert judge(0.0, False)
    assert not judge(60.0, False)
