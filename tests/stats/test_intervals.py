"""What confidence intervals promise, one promise a test."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.stats.intervals import Interval, mean_interval, proportion_interval


def binomial_tail(n, share, at_least):
    """Probability of ``at_least`` successes or more in ``n`` trials, term by term."""
    return sum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(at_least, n + 1))


def test_half_width_is_the_t_quantile_times_the_standard_error():
    interval = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    standard_error = math.sqrt(2.5 / 5)
    assert interval.mean == 3
    assert interval.half_width == pytest.approx(2.776 * standard_error, rel=1e-3)  # t(4), any table


def test_one_value_has_a_mean_but_no_half_width():
    interval = mean_interval([4.2])
    assert interval == Interval(4.2, None, 0.95, 1)
    assert (interval.low, interval.high) == (None, None)


def test_one_value_never_excludes_zero():
    assert not mean_interval([4.2]).excludes_zero


@pytest.mark.parametrize(
    ("mean", "excludes_zero"), [(1.5, True), (-1.5, True), (0.5, False), (-0.5, False), (1, False)]
)
def test_zero_is_excluded_only_beyond_the_half_width(mean, excludes_zero):
    assert Interval(mean, half_width=1.0, confidence=0.95, n=8).excludes_zero is excludes_zero


def test_equal_values_are_certain():
    assert mean_interval([2.0, 2.0, 2.0]).half_width == 0


def test_an_interval_prints_its_precision_and_what_it_rests_on():
    assert str(Interval(12.3456, 0.789, 0.999, 20)) == "12.35 ± 0.79 (99.9%, n=20)"


def test_a_single_value_prints_without_precision():
    assert str(mean_interval([12.3456])) == "12.35 (n=1)"


def test_missing_values_are_named():
    with pytest.raises(ValueError, match=r"replications \[1, 3\]"):
        mean_interval([1.0, math.nan, 2.0, math.inf])


@pytest.mark.parametrize("values", [[], [[1.0, 2.0], [3.0, 4.0]]])
def test_a_mean_needs_one_row_of_values(values):
    with pytest.raises(ValueError, match="non-empty 1-d"):
        mean_interval(values)


@pytest.mark.parametrize("confidence", [0, 1, 95, math.nan])
def test_confidence_lies_between_0_and_1(confidence):
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        mean_interval([1.0, 2.0], confidence)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_intervals_of_normal_values_cover_the_truth_as_often_as_promised(confidence):
    rng, trials = np.random.default_rng(7), 4000
    covered = 0
    for sample in rng.normal(3.0, 2.0, size=(trials, 5)):
        interval = mean_interval(sample, confidence)
        covered += interval.low <= 3.0 <= interval.high
    error = math.sqrt(confidence * (1 - confidence) / trials)
    assert covered / trials == pytest.approx(confidence, abs=3.9 * error)


@given(st.integers(1, 60), st.data())
def test_bounds_of_a_share_leave_half_the_doubt_on_each_side(n, data):
    successes = data.draw(st.integers(0, n))
    share = proportion_interval(successes, n, confidence=0.9)
    if successes > 0:
        assert binomial_tail(n, share.low, at_least=successes) == pytest.approx(0.05)
    if successes < n:
        assert 1 - binomial_tail(n, share.high, at_least=successes + 1) == pytest.approx(0.05)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.98])
def test_intervals_of_a_share_never_cover_less_than_promised(share):
    n, coverage = 40, 0.0
    for successes in range(n + 1):
        interval = proportion_interval(successes, n)
        if interval.low <= share <= interval.high:
            coverage += math.comb(n, successes) * share**successes * (1 - share) ** (n - successes)
    assert coverage >= 0.95


def test_no_success_leaves_the_lower_bound_at_zero():
    assert proportion_interval(0, 10).low == 0


def test_nothing_but_success_leaves_the_upper_bound_at_one():
    assert proportion_interval(10, 10).high == 1


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_successes_are_a_part_of_the_trials(successes, n):
    with pytest.raises(ValueError, match=f"got {successes} of {n}"):
        proportion_interval(successes, n)
