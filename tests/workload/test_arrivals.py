"""When requests come, held against theory."""

from itertools import islice, takewhile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, gamma, kstest, poisson

from simulator.distributions.parametric import Exponential, Gamma
from simulator.kernel.streams import Streams
from simulator.runner import run
from simulator.workload.arrivals import ConstantRate, Poisson, Renewal, Schedule, Spike, Step
from tests.kernel.scene import scenario

FLUKE = 1e-6  # how likely a test may fail although all is well


def until(process, end_s, seed=1, replication=0):
    """Arrivals before an instant."""
    return [*takewhile(lambda t: t < end_s, process.instants(Streams(seed, replication)))]


def counts(process, windows, runs=200):
    """Arrivals in each window, shape (runs, windows)."""
    edges = [edge for window in windows for edge in window]
    found = []
    for replication in range(runs):
        instants = until(process, max(edges), replication=replication)
        found.append(
            [np.searchsorted(instants, w[1]) - np.searchsorted(instants, w[0]) for w in windows]
        )
    return np.array(found)


def assert_poisson(found, mean):
    """Counts have the mean and the variance of a Poisson distribution."""
    total = found.sum()
    tails = poisson.cdf(total, mean * found.size), poisson.sf(total - 1, mean * found.size)
    assert min(tails) > FLUKE
    dispersion = ((found - mean) ** 2).sum() / mean
    assert FLUKE < chi2.cdf(dispersion, found.size) < 1 - FLUKE


# -- steady ------------------------------------------------------------------------------------


def test_poisson_gaps_are_exponential_and_unrelated():
    instants = np.array(list(islice(Poisson(rate=20.0).instants(Streams(1, 0)), 20_000)))
    gaps = np.diff(instants, prepend=0.0)
    assert kstest(gaps * 20.0, "expon").pvalue > FLUKE
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) < 5 / np.sqrt(gaps.size)


def test_poisson_counts_are_poisson():
    assert_poisson(counts(Poisson(rate=5.0), [(0, 10)]), 50)


def test_poisson_at_twice_the_rate_is_the_same_world_at_twice_the_speed():
    slow = list(islice(Poisson(rate=1.0).instants(Streams(1, 0)), 100))
    fast = list(islice(Poisson(rate=2.0).instants(Streams(1, 0)), 100))
    assert fast == pytest.approx([instant_s / 2 for instant_s in slow])


def test_a_constant_rate_is_a_metronome_without_drift():
    instants = list(islice(ConstantRate(rate=10.0).instants(Streams(1, 0)), 100_000))
    assert instants[:3] == [0.1, 0.2, 0.3]
    assert instants == [i / 10 for i in range(1, 100_001)]


def test_renewal_gaps_are_independent_draws_of_their_distribution():
    process = Renewal(gap=Gamma(mean=0.05, cv=2.0))
    gaps = np.diff(list(islice(process.instants(Streams(1, 0)), 20_000)), prepend=0.0)
    assert kstest(gaps, gamma(0.25, scale=0.2).cdf).pvalue > FLUKE
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) < 5 / np.sqrt(gaps.size)


@pytest.mark.parametrize("cv", [0.3, 1.0, 2.0])
def test_the_variation_of_the_gaps_is_the_dispersion_of_the_counts(cv):
    # Var N(t) / E N(t) tends to cv^2, whatever the distribution of the gaps.
    found = counts(
        Renewal(gap=Gamma(mean=0.1, cv=cv)), [(1000.0 * cv, 1000.0 * cv + 100)], runs=300
    )
    error = 5 * cv**2 * np.sqrt(2 / found.size)
    assert found.var(ddof=1) / 1000 == pytest.approx(cv**2, abs=error + 0.05 * cv**2)


def test_exponential_gaps_are_a_poisson_process():
    gaps = Renewal(gap=Exponential(mean=0.05))
    assert until(gaps, 20.0) == pytest.approx(until(Poisson(rate=20.0), 20.0))


def test_constant_gaps_are_a_metronome():
    assert until(Renewal(gap=0.5), 2.1) == pytest.approx([0.5, 1.0, 1.5, 2.0])
    assert Renewal(gap=0.5).mean_rate(60.0) == 2.0


def test_gaps_that_are_always_zero_are_refused():
    with pytest.raises(ValueError, match="must not always be 0"):
        Renewal(gap=0.0)


# -- schedules ---------------------------------------------------------------------------------


def test_a_narrow_spike_is_not_missed():
    # 0.5 a second, and for 0.2 s another 1,000 a second: 200.1 arrivals expected then.
    spiky = Schedule(rate=0.5, spikes=(Spike(at=40.0, length=0.2, extra=1000.0),))
    found = counts(spiky, [(0, 40.0), (40.0, 40.2), (40.2, 100.0)])
    for column, mean in zip(found.T, (20.0, 0.2 * 1000.5, 59.8 * 0.5), strict=True):
        assert_poisson(column, mean)


def test_arrivals_within_a_spike_are_spread_evenly():
    spiky = Schedule(rate=0.0, spikes=(Spike(at=40.0, length=0.2, extra=50_000.0),))
    instants = np.array(until(spiky, 100))
    assert instants.min() >= 40
    assert instants.max() < 40.2
    assert kstest((instants - 40) / 0.2, "uniform").pvalue > FLUKE


def test_steps_change_the_rate_from_their_instant_on():
    stepped = Schedule(rate=2.0, steps=(Step(at=10.0, rate=8.0), Step(at=20.0, rate=1.0)))
    found = counts(stepped, [(0, 10), (10, 20), (20, 40)])
    for column, mean in zip(found.T, (20, 80, 20), strict=True):
        assert_poisson(column, mean)


def test_nobody_comes_while_the_rate_is_zero():
    pause = Schedule(rate=5.0, steps=(Step(at=10.0, rate=0.0), Step(at=30.0, rate=5.0)))
    found = counts(pause, [(0, 10), (10, 30), (30, 40)])
    assert (found[:, 1] == 0).all()
    assert_poisson(found[:, 2], 50)


def test_after_a_last_rate_of_zero_nobody_comes_any_more():
    over = Schedule(rate=5.0, steps=(Step(at=10.0, rate=0.0),))
    assert max(over.instants(Streams(1, 0))) < 10


def test_a_schedule_that_begins_with_nobody():
    late = Schedule(rate=0.0, steps=(Step(at=10.0, rate=5.0),))
    assert min(until(late, 50)) > 10


def test_a_rate_of_zero_throughout_yields_nobody_and_a_run():
    assert list(Schedule(rate=0.0).instants(Streams(1, 0))) == []
    nobody = {"kind": "schedule", "rate": 0.0}
    finished = run(scenario({"api": {"kind": "server", "service_time": 0.1}}, nobody))
    assert finished.measures()["arrived"] == 0
    assert np.isnan(finished.measures()["latency_mean_s"])


def test_overlapping_spikes_add_up():
    spikes = (Spike(at=10.0, length=10.0, extra=5.0), Spike(at=15.0, length=10.0, extra=7.0))
    points, rates = Schedule(rate=1.0, spikes=spikes).rates()
    assert points.tolist() == [0, 10, 15, 20, 25]
    assert rates.tolist() == [1, 6, 13, 8, 1]


def test_steps_out_of_order_are_refused():
    with pytest.raises(ValueError, match="in order of time"):
        Schedule(rate=1.0, steps=(Step(at=5.0, rate=1.0), Step(at=5.0, rate=2.0)))


def test_mean_rate_is_the_expected_number_over_the_time():
    spikes = (Spike(at=10.0, length=10.0, extra=6.0),)
    assert Schedule(rate=1.0, spikes=spikes).mean_rate(15.0) == pytest.approx((15 + 30) / 15)
    assert Schedule(rate=1.0, spikes=spikes).mean_rate(60.0) == pytest.approx((60 + 60) / 60)


@given(
    st.lists(st.tuples(st.floats(0.01, 50), st.sampled_from([0.0, 0.5, 40.0])), max_size=4),
    st.lists(st.tuples(st.floats(0, 50), st.floats(0.01, 5), st.floats(0.1, 99)), max_size=3),
)
def test_arrivals_are_in_order_and_only_where_there_is_a_rate(steps, spikes):
    at = sorted({at for at, _ in steps})
    schedule = Schedule(
        rate=1.0,
        steps=tuple(Step(at=t, rate=rate) for t, (_, rate) in zip(at, steps, strict=False)),
        spikes=tuple(Spike(at=t, length=length, extra=extra) for t, length, extra in spikes),
    )
    instants = np.array(until(schedule, 60.0))
    points, rates = schedule.rates()
    assert (np.diff(instants) >= 0).all()
    piece = np.searchsorted(points, instants + 1e-9, side="right") - 1
    earlier = np.searchsorted(points, instants - 1e-9, side="right") - 1
    assert (np.maximum(rates[piece], rates[earlier.clip(0)]) > 0).all()


# -- closed loop -------------------------------------------------------------------------------


def test_users_answers_and_thinking_balance():
    # N = X (R + Z), exactly in the limit; an open rest of one request a user at each end.
    users, think_s = 20, 0.5
    loop = {
        "kind": "closed_loop",
        "users": users,
        "think_time": {"kind": "exponential", "mean": think_s},
    }
    system = {
        "api": {
            "kind": "server",
            "workers": 2,
            "service_time": {"kind": "exponential", "mean": 0.08},
        }
    }
    measures = run(scenario(system, loop, 2000.0, run={"warmup": 100.0})).measures()
    throughput, latency_s = measures["throughput_per_s"], measures["latency_mean_s"]
    thinks = 1900 * throughput
    error = 5 * throughput * think_s / np.sqrt(thinks) + 2 * users / 1900
    assert throughput * (latency_s + think_s) == pytest.approx(users, abs=error)


def test_users_are_never_more_than_there_are():
    loop = {"kind": "closed_loop", "users": 7, "think_time": 0.1}
    finished = run(scenario({"api": {"kind": "server", "service_time": 0.1}}, loop, 60.0))
    # They think together once: six wait for the first. From then on somebody is always thinking.
    assert finished.measures()["api.queued_max"] == 6
    rows = finished.requests
    left_s = rows.arrived_s + np.nan_to_num(rows.latency_s, nan=np.inf)
    for instant_s in np.arange(0.25, 60, 0.5):
        assert (rows.arrived_s <= instant_s).sum() - (left_s <= instant_s).sum() == 6


def test_a_constant_loop_is_a_machine():
    # Everybody thinks 1 s, then one is served each second.
    loop = {"kind": "closed_loop", "users": 2, "think_time": 1.0}
    finished = run(scenario({"api": {"kind": "server", "service_time": 1.0}}, loop, 6.5))
    assert finished.requests.arrived_s.tolist() == [1, 1, 3, 4, 5, 6]
    assert finished.requests.latency_s[:4].tolist() == [1, 2, 1, 1]


def test_nobody_asks_any_more_while_the_run_drains():
    loop = {"kind": "closed_loop", "users": 3, "think_time": 0.5}
    system = {"api": {"kind": "server", "service_time": 1.0}}
    finished = run(scenario(system, loop, 6.25, run={"drain": 50.0}))
    assert finished.requests.arrived_s.max() < 6.25
    assert finished.measures()["unfinished"] == 0
