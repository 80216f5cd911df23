"""What quantiles and the histogram promise, one promise a test."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.stats.sketch import Histogram, bucket_of, bucket_value, growth, quantile

values_of_any_size = arrays(float, st.integers(1, 60), elements=st.floats(1e-9, 1e9))
with_zeros = arrays(float, st.integers(1, 60), elements=st.just(0.0) | st.floats(1e-9, 1e9))
shares = st.floats(0, 1)


def histogram_of(*parts):
    histogram = Histogram()
    for part in parts:
        histogram.add(part)
    return histogram


def test_quantiles_of_raw_values_are_linear_between_neighbors():
    assert quantile([10.0, 40.0, 20.0], 0.75) == 30


def test_no_values_have_no_quantile():
    assert math.isnan(quantile([], 0.5))


@pytest.mark.parametrize("q", [-0.1, 1.1, math.nan])
@pytest.mark.parametrize("of", [lambda q: quantile([1.0], q), lambda q: Histogram().quantile(q)])
def test_quantiles_lie_between_0_and_1(of, q):
    with pytest.raises(ValueError, match="between 0 and 1"):
        of(q)


def test_buckets_are_those_of_the_published_sketch(published):
    parameters, expected = published("s06-ddsketch")
    index = bucket_of(parameters["values"], parameters["alpha"])
    assert growth(parameters["alpha"]) == pytest.approx(expected["gamma"], rel=1e-6)
    assert index.tolist() == expected["index"]
    representative = [bucket_value(i, parameters["alpha"]) for i in index.tolist()]
    assert representative == pytest.approx(expected["representative"], rel=1e-6)
    assert (bucket_of(parameters["values"]) == index).all()  # it is the one that runs are kept in


@given(st.floats(1e-300, 1e300), st.sampled_from([0.001, 0.01, 0.05, 0.5]))
def test_a_bucket_stands_for_its_values_to_within_its_error(value, error):
    [index] = bucket_of([value], error).tolist()
    assert bucket_value(index, error) == pytest.approx(value, rel=error + 1e-9)


@pytest.mark.parametrize("error", [0.0, 1.0, math.nan])
def test_an_error_of_nothing_or_all_is_refused(error):
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        growth(error)


@given(with_zeros, shares)
def test_a_histogram_knows_every_quantile_to_within_one_percent(values, q):
    exact = quantile(values, q)
    assert histogram_of(values).quantile(q) == pytest.approx(exact, rel=0.01 + 1e-9)


@given(st.lists(with_zeros, max_size=5), shares)
def test_quantiles_do_not_depend_on_how_values_were_added(parts, q):
    merged = Histogram()
    for part in parts:
        merged.merge(histogram_of(part))
    together = histogram_of(*parts)
    assert merged.quantile(q) == pytest.approx(together.quantile(q), nan_ok=True)
    assert merged.count == together.count == sum(part.size for part in parts)


@given(values_of_any_size, values_of_any_size)
def test_merging_works_either_way_round(one, other):
    this, that = histogram_of(one), histogram_of(other)
    this.merge(histogram_of(other))
    that.merge(histogram_of(one))
    assert this == that


def test_merging_leaves_the_other_as_it_was():
    this, other = histogram_of([1.0]), histogram_of([2.0, 3.0])
    this.merge(other)
    this.add([4.0])
    assert other == histogram_of([2.0, 3.0])


@given(values_of_any_size)
def test_count_sum_and_extremes_are_exact(values):
    histogram = histogram_of(values)
    assert histogram.count == values.size
    assert histogram.total == pytest.approx(math.fsum(values))
    assert histogram.mean == pytest.approx(math.fsum(values) / values.size)
    assert (histogram.minimum, histogram.maximum) == (values.min(), values.max())


@given(values_of_any_size)
def test_the_outermost_quantiles_are_the_exact_extremes(values):
    histogram = histogram_of(values)
    assert (histogram.quantile(0), histogram.quantile(1)) == (values.min(), values.max())


@given(values_of_any_size, shares, shares)
def test_quantiles_rise_with_the_share(values, one, other):
    histogram = histogram_of(values)
    assert histogram.quantile(min(one, other)) <= histogram.quantile(max(one, other))


def test_values_at_or_below_zero_read_as_zero():
    histogram = histogram_of([-2.0, -1.0, 0.0, 0.0, 5.0])
    assert histogram.quantile(0.5) == 0
    assert histogram.minimum == -2


def test_nothing_but_negative_values_stays_below_their_maximum():
    assert histogram_of([-3.0, -2.0, -1.0]).quantile(0.5) == -1


def test_an_empty_histogram_knows_nothing():
    empty = histogram_of([])
    assert (empty.count, empty.total) == (0, 0)
    assert all(
        math.isnan(value)
        for value in (empty.quantile(0.5), empty.mean, empty.minimum, empty.maximum)
    )


def test_empty_histograms_are_equal():
    assert Histogram() == Histogram()


@pytest.mark.parametrize("other", [[1.0], [1.0, 2.1], [0.0, 3.0], [1.0, 2.0, 0.0]])
def test_histograms_of_different_values_differ(other):
    assert histogram_of([1.0, 2.0]) != histogram_of(other)


def test_a_histogram_is_no_number():
    assert histogram_of([1.0]) != 1.0


def test_a_histogram_survives_pickling():
    histogram = histogram_of([0.0, 0.001, 3600.0])
    assert pickle.loads(pickle.dumps(histogram)) == histogram


def test_memory_does_not_grow_with_the_number_of_values():
    rng, histogram = np.random.default_rng(1), Histogram()
    values = rng.uniform(1e-6, 3600.0, 100_000)
    values[:2] = 1e-6, 3600.0
    histogram.add(values)
    size = len(pickle.dumps(histogram))
    for _ in range(5):
        histogram.add(rng.permutation(values))
    assert len(pickle.dumps(histogram)) <= size + 16  # a longer count


def test_the_whole_range_of_floats_fits_into_a_megabyte():
    extremes = [np.finfo(float).tiny, np.finfo(float).max]
    assert len(pickle.dumps(histogram_of(extremes))) < 1_000_000


def test_the_largest_float_does_not_overflow():
    largest = float(np.finfo(float).max)
    histogram = Histogram()
    for value in (-largest, 0.0, largest, largest):  # one by one: their sum has to stay finite
        histogram.add([value])
    assert histogram.quantile(0.7) == pytest.approx(largest, rel=0.01)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_named_and_nothing_counted(value):
    histogram = Histogram()
    with pytest.raises(ValueError, match=r"positions \[1\]"):
        histogram.add([1.0, value])
    assert histogram == Histogram()


def test_a_histogram_prints_what_it_holds():
    assert repr(histogram_of([1.0, 3.0])) == "Histogram(count=2, mean=2, maximum=3)"
