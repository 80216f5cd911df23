"""When requests come, held against theory."""

from itertools import islice

import numpy as np
import pytest
from scipy.stats import gamma, kstest

from simulator.distributions.parametric import Exponential, Gamma
from simulator.kernel.streams import Streams
from simulator.runner import run
from simulator.workload.arrivals import ConstantRate, Poisson, Renewal
from tests.kernel.scene import scenario
from tests.workload.counting import FLUKE, assert_poisson, counts, until

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
