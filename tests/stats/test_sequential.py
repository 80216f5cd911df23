"""What running until an estimate is sharp promises, one promise a test."""

from math import inf, sqrt

import numpy as np
import pytest
from scipy.special import stdtrit

from simulator.stats.intervals import Interval, mean_interval
from simulator.stats.sequential import PILOT, is_sharp, replications_needed


@pytest.mark.parametrize("mean", [10.0, -10.0])
def test_the_error_is_measured_against_what_is_true_and_not_against_the_estimate(mean):
    # 10 ± 1: the truth may be 9, of which 1 is more than a tenth; 10 ± 10/11 is just enough
    assert not is_sharp(Interval(mean, 1.0, 0.95, 10), relative=0.1)
    assert is_sharp(Interval(mean, 10 / 11, 0.95, 10), relative=0.1)


def test_a_single_replication_is_never_sharp():
    assert not is_sharp(mean_interval([5.0]), relative=0.5)


def test_an_estimate_of_zero_is_sharp_only_if_nothing_varies():
    assert not is_sharp(Interval(0.0, 1e-9, 0.95, 10), relative=0.5)
    assert is_sharp(Interval(0.0, 0.0, 0.95, 10), relative=0.5)


def test_a_difference_may_be_measured_by_something_else():
    assert is_sharp(Interval(0.0, 0.9, 0.95, 10), relative=0.1, scale=10.0)


@pytest.mark.parametrize("relative", [0.0, -0.1])
def test_a_relative_error_is_above_zero(relative):
    with pytest.raises(ValueError, match="above 0"):
        is_sharp(Interval(1.0, 0.1, 0.95, 10), relative)


@pytest.mark.parametrize("relative", [0.3, 0.1, 0.01, 0.001])
def test_the_forecast_is_the_smallest_number_whose_half_width_would_do(relative):
    values = np.array([8.0, 9.0, 11.0, 12.0, 10.5])
    spread, limit = values.std(ddof=1), abs(values.mean()) * relative / (1 + relative)
    needed = replications_needed(values, relative)

    def half_width(n):
        return stdtrit(n - 1, 0.975) * spread / sqrt(n)

    assert half_width(needed) <= limit or needed == values.size
    assert half_width(needed - 1) > limit or needed == values.size


def test_four_times_the_precision_takes_sixteen_times_the_replications():
    values = np.random.default_rng(3).normal(10.0, 2.0, 40)
    few, many = (replications_needed(values, relative) for relative in (0.004, 0.001))
    assert many / few == pytest.approx(16, rel=0.02)


def test_what_is_sharp_already_needs_no_more():
    assert replications_needed([1.0, 1.0, 1.0], relative=0.01) == 3


def test_no_number_is_enough_for_something_that_varies_about_zero():
    assert replications_needed([-1.0, 1.0], relative=0.1) == inf


def test_a_forecast_takes_two_values():
    with pytest.raises(ValueError, match="two or more"):
        replications_needed([1.0], relative=0.1)


def test_stopping_at_the_wanted_precision_covers_the_truth_about_as_often_as_it_says():
    """Of a thousand experiments with exponential values of mean 1, stopped at an error of 10 %."""
    rng = np.random.default_rng(11)
    covered, error_small = 0, 0
    for _ in range(1000):
        values = rng.exponential(1.0, 2000)
        n = PILOT
        while True:
            mean, spread = values[:n].mean(), values[:n].std(ddof=1)
            interval = Interval(mean, stdtrit(n - 1, 0.975) * spread / sqrt(n), 0.95, n)
            if is_sharp(interval, relative=0.1):
                break
            n += max(1, n // 50)
        covered += interval.low <= 1.0 <= interval.high
        error_small += abs(interval.mean - 1.0) <= 0.1
    assert 0.91 <= covered / 1000 <= 0.965
    assert error_small / 1000 >= 0.91
