"""What is read off buckets, one promise a test."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulator.stats.histograms import histogram_quantile

INF = math.inf


@pytest.mark.parametrize("case", ["A", "B", "C"])
def test_histograms_read_as_prometheus_reads_them(case, published):
    parameters, expected = published("s05-histogram-quantile")
    bounds = [float(bound) for bound, _ in parameters[f"buckets_{case}"]]
    counts = [count for _, count in parameters[f"buckets_{case}"]]
    found = [histogram_quantile(q, bounds, counts) for q in parameters[f"q_{case}"]]
    assert found == pytest.approx(expected[case], abs=1e-8)


@given(
    st.lists(st.tuples(st.floats(0.01, 9), st.integers(0, 9)), min_size=1, max_size=8),
    st.integers(0, 9),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_quantiles_of_a_histogram_rise_and_stay_among_its_finite_bounds(buckets, beyond, one, two):
    bounds = [*np.cumsum([width for width, _ in buckets]), INF]
    counts = np.cumsum([*(count for _, count in buckets), beyond])
    assume(counts[-1] > 0)
    low, high = (histogram_quantile(q, bounds, counts) for q in sorted([one, two]))
    assert 0 <= low <= high + 1e-9
    assert high <= bounds[-2] + 1e-9


def test_what_lies_beyond_the_last_bound_is_reported_as_that_bound():
    assert histogram_quantile(0.99, [1.0, INF], [1, 100]) == 1.0


def test_a_first_bucket_below_zero_has_no_lower_bound():
    assert histogram_quantile(0.1, [-1.0, 1.0, INF], [5, 10, 10]) == -1.0


def test_no_observations_have_no_quantile():
    assert math.isnan(histogram_quantile(0.5, [1.0, INF], [0, 0]))


@pytest.mark.parametrize(
    ("bounds", "counts", "message"),
    [
        ([INF], [1], "two buckets or more"),
        ([1.0, INF], [1], "2 bounds and 1 counts"),
        ([1.0, 2.0], [1, 2], "must be unbounded, got the bound 2"),
        ([2.0, 1.0, INF], [1, 2, 3], "bounds must increase"),
        ([1.0, INF], [2, 1], "nor fall"),
        ([1.0, INF], [-1, 1], "must not be negative"),
    ],
)
def test_what_is_no_histogram_is_refused(bounds, counts, message):
    with pytest.raises(ValueError, match=message):
        histogram_quantile(0.5, bounds, counts)


@pytest.mark.parametrize("q", [-0.1, 1.1, math.nan])
def test_a_share_outside_0_to_1_is_refused(q):
    with pytest.raises(ValueError, match="between 0 and 1"):
        histogram_quantile(q, [1.0, INF], [1, 2])
