"""Batches and timers that go off together."""

from itertools import groupby

import numpy as np
import pytest
from scipy.stats import kstest

from simulator.runner import run
from simulator.workload.bursts import Batch, Cron, Herd
from simulator.workload.sizes import EmpiricalSize, Geometric, UniformSize
from tests.kernel.scene import scenario
from tests.workload.counting import FLUKE, assert_poisson, counts, until


def batches(process, end_s):
    """Instant and number of requests of each batch."""
    return [(at_s, len([*each])) for at_s, each in groupby(until(process, end_s))]


# -- batches -----------------------------------------------------------------------------------


def test_all_requests_of_a_batch_come_at_once():
    assert {number for _, number in batches(Batch(rate=2.0, size=4), 500.0)} == {4}


def test_batches_come_like_poisson_arrivals():
    at_s = np.array([at_s for at_s, _ in batches(Batch(rate=2.0, size=3), 5000.0)])
    assert kstest(np.diff(at_s) * 2.0, "expon").pvalue > FLUKE


@pytest.mark.parametrize(
    ("size", "mean", "square"),
    [
        (5, 5, 25),
        (UniformSize(low=1, high=3), 2, 14 / 3),
        (Geometric(mean=4.0), 4, 28),  # (2 - p) / p^2
        (EmpiricalSize(values=(1, 10), weights=(9.0, 1.0)), 1.9, 10.9),
    ],
    ids=["constant", "uniform", "geometric", "empirical"],
)
def test_counts_have_the_mean_and_the_dispersion_of_a_compound_poisson_process(size, mean, square):
    runs, batches_a_window = 2000, 20
    found = np.concatenate(
        [counts(Batch(rate=1.0, size=size), [(i * 20, i * 20 + 20) for i in range(100)], 20)]
    ).ravel()
    assert len(found) == runs
    expected, variance = batches_a_window * mean, batches_a_window * square
    assert found.mean() == pytest.approx(expected, abs=5 * np.sqrt(variance / runs))
    spread = (found - expected) ** 2
    assert spread.mean() == pytest.approx(variance, abs=5 * spread.std() / np.sqrt(runs))


def test_the_size_of_a_batch_does_not_depend_on_when_it_comes():
    slow, fast = (batches(Batch(rate=r, size=Geometric(mean=3.0)), 40 / r) for r in (1.0, 8.0))
    assert [number for _, number in slow] == [number for _, number in fast]


# -- cron --------------------------------------------------------------------------------------


def test_timers_go_off_at_their_offset_in_every_period():
    found = batches(Cron(every=60.0, requests=5, at=7.0), 200.0)
    assert found == [(7.0, 5), (67.0, 5), (127.0, 5), (187.0, 5)]


def test_a_spread_burst_is_even_over_its_spread_and_nothing_comes_after_it():
    at_s = np.array(until(Cron(every=60.0, requests=1000, spread=4.0), 600.0))
    within = at_s % 60.0
    assert len(at_s) == 10_000
    assert kstest(within / 4.0, "uniform").pvalue > FLUKE
    assert (np.bincount((at_s // 60.0).astype(int)) == 1000).all()


def test_beside_the_bursts_there_is_a_poisson_process():
    process = Cron(every=10.0, requests=50, spread=1.0, rate=6.0)
    found = counts(process, [(1.0, 10.0), (11.0, 20.0), (10.0, 11.0)], 60)
    assert_poisson(found[:, 0], 54.0)
    assert_poisson(found[:, 1], 54.0)
    assert_poisson(found[:, 2] - 50, 6.0)


def test_the_base_rate_does_not_change_the_bursts():
    alone = until(Cron(every=10.0, requests=7, spread=2.0), 100.0)
    beside = until(Cron(every=10.0, requests=7, spread=2.0, rate=30.0), 100.0)
    assert set(alone) < set(beside)


def test_a_burst_counts_in_the_mean_rate_as_far_as_it_has_come():
    process = Cron(every=10.0, requests=8, at=5.0, spread=4.0, rate=2.0)
    assert process.mean_rate(5.0) == 2.0
    assert process.mean_rate(6.0) == pytest.approx(2 + 2 / 6)
    assert process.mean_rate(9.0) == pytest.approx(2 + 8 / 9)
    assert process.mean_rate(15.0) == pytest.approx(2 + 8 / 15)
    assert Cron(every=10.0, requests=8).mean_rate(5.0) == pytest.approx(8 / 5)


def test_bursts_that_run_into_one_another_are_refused():
    with pytest.raises(ValueError, match=r"spread \(11 s\) must be at most every \(10 s\)"):
        Cron(every=10.0, requests=8, spread=11.0)


# -- a herd ------------------------------------------------------------------------------------


def test_a_herd_comes_all_at_once_and_once_only():
    assert batches(Herd(clients=70, at=5.0), 1e9) == [(5.0, 70)]


def test_a_herd_with_jitter_is_spread_evenly():
    at_s = np.array(until(Herd(clients=20_000, at=5.0, spread=10.0), 1e9))
    assert at_s.size == 20_000
    assert kstest((at_s - 5.0) / 10.0, "uniform").pvalue > FLUKE


def test_twice_the_jitter_is_the_same_order_at_half_the_speed():
    short, long = (until(Herd(clients=500, spread=s), 1e9) for s in (10.0, 20.0))
    assert 2 * np.array(short) == pytest.approx(np.array(long))


def test_a_herd_needs_no_duration_and_may_come_on_top_of_others():
    api = {"api": {"kind": "server", "service_time": 0.01}}
    alone = run(scenario(api, {"kind": "herd", "clients": 30, "at": 1.0}, duration=None))
    assert alone.requests.latency_s.max() == pytest.approx(30 * 0.01)
    both = {"herd": {"kind": "herd", "clients": 30, "at": 1.0}}
    both["others"] = {"kind": "constant", "rate": 1.0}
    assert len(run(scenario(api, {"kind": "sum", "of": both}, 5.5)).requests) == 35
