"""What can be read off a histogram: never further from the truth than its bucket."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.policies.bucketing import Classic, Exponential, Native

KINDS = [Classic(), Exponential(first=0.001, factor=2, count=14), Native(), Native(schema=0)]


def counts(buckets, values):
    """Values in each bucket, as a program counts them."""
    places = np.searchsorted(buckets.bounds(), values)
    return np.bincount(places, minlength=len(buckets.bounds())).astype(float)


@pytest.mark.parametrize("buckets", KINDS, ids=str)
@given(
    st.lists(st.floats(1e-5, 9.0), min_size=1, max_size=50),
    st.sampled_from([0.01, 0.5, 0.9, 0.99, 1.0]),
)
def test_a_quantile_lies_in_the_bucket_of_the_true_one(buckets, values, q):
    true = sorted(values)[max(0, math.ceil(q * len(values) - 1e-9) - 1)]
    bounds = [0.0, *buckets.bounds()]
    place = int(np.searchsorted(bounds, true))
    found = buckets.quantile(q, counts(buckets, values))
    assert bounds[place - 1] * (1 - 1e-9) <= found <= bounds[place] * (1 + 1e-9)


def test_native_buckets_are_as_narrow_as_their_schema_says():
    bounds = np.array(Native(schema=3).bounds()[:-1])
    assert bounds[1:] / bounds[:-1] == pytest.approx(2 ** (1 / 8))


def test_native_quantiles_are_interpolated_by_powers():
    """Half of a bucket from 1 s to 2 s lies below the root of 2 s, not below 1.5 s."""
    buckets = Native(schema=0)
    assert buckets.quantile(0.5, counts(buckets, [1.5] * 10)) == pytest.approx(math.sqrt(2))


def test_beyond_the_last_bound_nothing_can_be_told():
    assert Classic().quantile(0.99, counts(Classic(), [60.0])) == 10.0


@pytest.mark.parametrize("buckets", KINDS, ids=str)
def test_without_values_there_is_no_quantile(buckets):
    assert math.isnan(buckets.quantile(0.5, np.zeros(len(buckets.bounds()))))


def test_bounds_that_do_not_increase_are_refused():
    with pytest.raises(ValueError, match=r"at must increase from bound to bound, got 0\.1, 0\.1"):
        Classic(at=(0.1, 0.1))
