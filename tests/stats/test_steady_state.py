"""What the statistics of one long run promise, one promise a test."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from simulator.stats.intervals import mean_interval
from simulator.stats.steady_state import batch_means_interval, mser, mser_over_replications


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


def waits(load, customers, runs, seed):
    """Waits in M/M/1 that starts empty, by Lindley's recursion; a service takes 1 on average."""
    rng = np.random.default_rng(seed)
    gained = rng.exponential(1.0, (runs, customers)) - rng.exponential(1 / load, (runs, customers))
    found = np.zeros((runs, customers))
    for i in range(1, customers):
        found[:, i] = np.maximum(found[:, i - 1] + gained[:, i], 0.0)
    return found


def test_a_queue_that_starts_empty_loses_its_beginning():
    runs = waits(load=0.9, customers=2000, runs=200, seed=1)
    true = 0.9 / (1 - 0.9)
    cut = mser_over_replications(runs)
    assert cut.settled
    assert runs.mean() < 0.95 * true  # it starts too fast
    assert cut.mean == pytest.approx(true, rel=0.05)
    assert abs(cut.mean - true) < abs(runs.mean() - true)


def test_the_average_shows_a_beginning_that_single_runs_hide():
    runs = waits(load=0.8, customers=2000, runs=200, seed=2)
    alone = [mser(run).observations for run in runs[:50]]
    assert mser_over_replications(runs).observations < np.std(alone)


def test_white_noise_is_hardly_cut():
    noise = np.random.default_rng(3).normal(size=(30, 10, 1000))
    cuts = [mser_over_replications(runs).observations for runs in noise]
    assert np.mean(cuts) < 0.1 * 1000


def test_a_system_that_never_settles_is_not_cut_in_the_middle():
    runs = waits(load=1.1, customers=2000, runs=20, seed=4)
    assert not mser_over_replications(runs).settled


def test_replications_are_rows():
    with pytest.raises(ValueError, match="row a replication"):
        mser_over_replications([1.0, 2.0, 3.0])
