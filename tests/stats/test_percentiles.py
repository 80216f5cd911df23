"""What is promised of percentiles, one promise a test."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom

from simulator.stats.percentiles import (
    quantile_half_width,
    quantile_interval,
    quantile_ranks,
)

INF = math.inf


def test_ranks_are_the_published_ones(published):
    parameters, expected = published("o04-percentile-ci")
    n, q, confidence = parameters["n"], parameters["q"], parameters["conf"]
    lower, upper = quantile_ranks(n, q, confidence)
    assert (lower, upper) == (expected["lower_rank"], expected["upper_rank"])
    true = -math.log(1 - q)
    assert true == pytest.approx(expected["true"])
    half_width = quantile_half_width(n, q, density=1 - q, confidence=confidence)
    published_width = expected["relative_halfwidth_approx"]  # with 1.96 for 1.95996
    assert half_width / true == pytest.approx(published_width, rel=1e-4)


@given(
    n=st.integers(1, 3000), q=st.floats(0.01, 0.999), confidence=st.sampled_from([0.5, 0.9, 0.99])
)
def test_ranks_leave_no_more_than_half_of_the_error_on_either_side(n, q, confidence):
    try:
        lower, upper = quantile_ranks(n, q, confidence)
    except ValueError:
        assume(False)
    tail = (1 - confidence) / 2 + 1e-12
    assert binom.cdf(lower - 1, n, q) <= tail  # too few below: all of the interval lies above
    assert binom.sf(upper - 1, n, q) <= tail
    assert binom.cdf(lower, n, q) > tail - 2e-12  # and none nearer would do
    assert binom.sf(upper - 2, n, q) > tail - 2e-12


def test_the_interval_covers_the_quantile_as_often_as_it_says():
    samples = np.random.default_rng(2).exponential(size=(2000, 500))
    found = [quantile_interval(sample, 0.95, confidence=0.9) for sample in samples]
    covered = np.mean([each.low <= -math.log(0.05) <= each.high for each in found])
    lower, upper = quantile_ranks(500, 0.95, 0.9)
    exact = binom.cdf(upper - 1, 500, 0.95) - binom.cdf(lower - 1, 500, 0.95)
    assert exact >= 0.9
    assert covered == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 2000))


def test_the_estimate_lies_in_its_interval():
    found = quantile_interval(np.random.default_rng(1).exponential(size=500), 0.9)
    assert found.low < found.estimate < found.high
    assert (found.n, found.confidence) == (500, 0.95)


def test_a_p99_takes_368_values():
    assert quantile_ranks(368, 0.99)[1] == 368
    with pytest.raises(ValueError, match=r"367 values are too few for an interval of the 0\.99"):
        quantile_ranks(367, 0.99)


@pytest.mark.parametrize(
    ("n", "q", "confidence", "message"),
    [
        (0, 0.5, 0.95, "1 value or more, got 0"),
        (10, 1.0, 0.95, "q must lie strictly between 0 and 1, got 1"),
        (10, 0.5, 0.0, "confidence must lie strictly between 0 and 1, got 0"),
    ],
)
def test_ranks_of_nothing_are_refused(n, q, confidence, message):
    with pytest.raises(ValueError, match=message):
        quantile_ranks(n, q, confidence)


@pytest.mark.parametrize(
    ("n", "density", "confidence", "message"),
    [
        (0, 1.0, 0.95, "n must be 1 or more and density above 0, got 0 and 1"),
        (10, 0.0, 0.95, "got 10 and 0"),
        (10, 1.0, 1.0, "confidence must lie strictly between 0 and 1"),
    ],
)
def test_a_half_width_of_nothing_is_refused(n, density, confidence, message):
    with pytest.raises(ValueError, match=message):
        quantile_half_width(n, 0.5, density, confidence)
