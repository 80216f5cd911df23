"""What the statistics of one long run promise, one promise a test."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from simulator.stats.intervals import mean_interval
from simulator.stats.steady_state import batch_means_interval, mser


def settling(n=1000, height=10.0, tau=40.0, seed=12345):
    """A series that falls to its level, with the noise of a linear congruential generator."""
    state, noise = seed, []
    for _ in range(n):
        state = (1103515245 * state + 12345) % 2**31
        noise.append(state / 2**31)
    return 5 + height * np.exp(-np.arange(n) / tau) + np.array(noise) - 0.5


def test_the_published_series_is_cut_where_published(published):
    parameters, expected = published("o01-mser5")
    series = settling(parameters["n"], parameters["A"], parameters["tau"], parameters["seed"])
    cut = mser(series)
    assert cut.batches == expected["truncate_batches"]
    assert cut.observations == expected["truncate_observations"]
    assert cut.statistic == pytest.approx(expected["mser_statistic"], abs=1e-6)
    assert cut.mean == pytest.approx(expected["truncated_mean"], abs=1e-6)
    assert series.mean() == pytest.approx(expected["raw_mean"], abs=1e-6)


@given(st.lists(st.floats(-100, 100), min_size=10, max_size=80), st.integers(1, 5))
def test_no_other_place_in_the_first_half_leaves_a_smaller_error(values, batch):
    cut = mser(values, batch)
    count = len(values) // batch
    means = np.array(values)[: count * batch].reshape(count, batch).mean(axis=1)
    errors = [means[d:].var() / (count - d) for d in range(count // 2 + 1)]
    assert cut.statistic == pytest.approx(min(errors), abs=1e-9)
    assert errors[cut.batches] == pytest.approx(min(errors), abs=1e-9)


def test_a_level_far_from_zero_does_not_hide_what_is_on_it():
    series = settling()
    assert mser(series + 1e9).batches == mser(series).batches


def test_a_series_without_a_beginning_is_hardly_cut():
    cuts = [mser(np.random.default_rng(seed).normal(size=2000)) for seed in range(50)]
    assert np.mean([cut.observations for cut in cuts]) < 0.1 * 2000


def test_a_series_that_never_settles_says_so():
    assert not mser(np.arange(1000.0)).settled
    assert mser(settling()).settled


def test_values_that_fill_no_batch_are_left_out():
    series = settling()
    assert mser([*series, 1e9]) == mser(series)


def test_batches_of_independent_values_are_replications():
    values = np.random.default_rng(1).normal(size=40)
    found = batch_means_interval(values, batches=40, confidence=0.9)
    assert found == mean_interval(values, confidence=0.9)


def test_batch_means_cover_the_mean_of_a_correlated_series():
    """An autoregressive series of correlation 0.9: the naive interval covers 30 % of the time."""
    noise = np.random.default_rng(3).normal(size=(400, 10_500))
    series = lfilter([1.0], [1.0, -0.9], noise, axis=1)[:, 500:]
    covered = [abs(batch_means_interval(row, 20).mean) < batch_means_interval(row, 20).half_width
               for row in series]  # fmt: skip
    naive = [abs(row.mean()) < mean_interval(row).half_width for row in series]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.04)
    assert np.mean(naive) < 0.5


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: mser([1.0] * 9), "9 values do not fill two batches of 5"),
        (lambda: mser([1.0] * 9, batch=0), "a batch holds 1 value or more, got 0"),
        (lambda: mser([[1.0]]), "1-d array"),
        (lambda: mser([1.0, math.nan] * 9), r"not so at positions \[1, 3"),
        (lambda: batch_means_interval([1.0] * 9, batches=1), "need 2 batches or more, got 1"),
        (lambda: batch_means_interval([1.0] * 9, batches=10), "as many values or more, got 9"),
        (lambda: batch_means_interval([1.0] * 9, 3, confidence=1.0), "strictly between 0 and 1"),
    ],
)
def test_what_cannot_be_told_is_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()
