"""Run lengths, transients, staffing, hottest shards: closed forms against a second way."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from simulator.stats import theory


def lindley(rng, n, arrival_rate):
    """Waits of an M/M/1 system of service rate 1: W' = max(0, W + S - A), from long ago on."""
    steps = rng.exponential(size=n) - rng.exponential(1 / arrival_rate, size=n)
    walk = np.concatenate([[0.0], steps.cumsum()])
    return walk - np.minimum.accumulate(walk)


def test_the_noise_of_a_mean_wait_is_as_published(published):
    parameters, expected = published("q02-mm1-asymvar")
    variance = theory.mm1_wait_asymptotic_variance(parameters["lam"], parameters["mu"])
    error = theory.standard_error(variance, parameters["n"])
    wait = theory.mmc_mean_wait(parameters["lam"], parameters["mu"], 1)
    found = {
        "asym_var_mean_wait": variance,
        "sd_of_mean_wait_n": error,
        "rel_sd": error / wait,
        "n_for_1pct_SE": theory.requests_needed(variance, wait, 0.01),
        "n_for_1pct_95CI_halfwidth": theory.requests_needed(variance, wait, 0.01, 0.95),
    }
    assert found == pytest.approx(expected, rel=1e-4)  # with 1.96 for 1.95996


def test_the_noise_scales_with_the_unit_of_time():
    per_s = theory.mm1_wait_asymptotic_variance(80, 100)
    assert per_s * 100**2 == pytest.approx(theory.mm1_wait_asymptotic_variance(0.8, 1))


def test_means_over_long_stretches_vary_as_foretold():
    waits = lindley(np.random.default_rng(4), 4_000_000, 0.5)[:4_000_000].reshape(-1, 4000)
    found = 4000 * waits.mean(axis=1).var()
    expected = theory.mm1_wait_asymptotic_variance(0.5, 1.0)
    assert found == pytest.approx(expected, rel=5 * math.sqrt(2 / 1000))


def test_the_number_in_a_system_that_started_empty_is_as_published(published):
    parameters, expected = published("q31-transient")
    for t in parameters["ts"]:
        share = theory.mm1_number_at(t, parameters["lam"], parameters["mu"])
        assert share @ np.arange(share.size) == pytest.approx(expected[f"EN_t{t:g}"], rel=1e-6)
        assert share[0] == pytest.approx(expected[f"P_empty_t{t:g}"], rel=1e-6)


@pytest.mark.parametrize(("t", "load"), [(0.0, 0.8), (0.3, 0.5), (4.0, 0.9), (10.0, 1.5)])
def test_the_state_is_that_of_the_matrix_exponential(t, load):
    states = 120
    rates = np.diag(np.full(states - 1, load), 1) + np.diag(np.full(states - 1, 1.0), -1)
    rates -= np.diag(rates.sum(axis=1))
    share = theory.mm1_number_at(t, load, 1.0)
    kept = min(share.size, 60)
    assert share[:kept] == pytest.approx(expm(rates * t)[0][:kept], abs=1e-10)
    assert share.sum() == pytest.approx(1)


def test_an_overloaded_queue_grows_by_the_excess():
    early, late = (theory.mm1_number_at(t, 2.0, 1.0) for t in (100.0, 200.0))
    growth = late @ np.arange(late.size) - early @ np.arange(early.size)
    assert growth == pytest.approx(100.0, rel=1e-3)


def test_a_queue_forgets_that_it_started_empty():
    share = theory.mm1_number_at(5000.0, 0.8, 1.0)
    assert share == pytest.approx(0.2 * 0.8 ** np.arange(share.size), abs=1e-9)


def test_staffing_is_as_published(published):
    parameters, expected = published("q32-halfin-whitt")
    beta, load = parameters["beta"], parameters["R"]
    servers = theory.square_root_staffing(load, beta)
    assert servers == expected["c"]
    assert theory.staffing_margin(load, servers) == pytest.approx(expected["beta_effective"])
    limit = theory.halfin_whitt_wait_probability(beta)
    assert limit == pytest.approx(expected["alpha_limit"], rel=1e-6)
    exact = theory.mmc_wait_probability(load, 1.0, servers)
    assert exact == pytest.approx(expected["P_wait_exact"], rel=1e-6)


@pytest.mark.parametrize("margin", [0.2, 1.0, 2.5])
def test_the_limit_is_that_of_large_systems(margin):
    distance = []
    for load in (400, 40_000):
        exact = theory.mmc_wait_probability(load, 1.0, theory.square_root_staffing(load, margin))
        distance.append(abs(exact / theory.halfin_whitt_wait_probability(margin) - 1))
    assert distance[1] < distance[0] / 5  # it falls with the root of the load
    assert distance[1] < 0.02


def test_the_hottest_shard_is_as_published(published):
    parameters, expected = published("h02-balls-bins")
    keys, shards = parameters["m"], parameters["n"]
    found = theory.hottest_shard_mean(keys, shards)
    assert found == pytest.approx(expected["mean_max"], rel=1e-6)
    assert found / (keys / shards) == pytest.approx(expected["max_over_mean"], rel=1e-6)


@given(st.integers(1, 5), st.integers(1, 4))
def test_the_hottest_shard_is_that_of_all_ways_to_place_the_keys(keys, shards):
    ways = [max(map(way.count, way)) for way in product(range(shards), repeat=keys)]
    assert theory.hottest_shard_mean(keys, shards) == pytest.approx(np.mean(ways))


@pytest.mark.parametrize(("keys", "shards"), [(1000, 1000), (20_000, 16)])
def test_the_hottest_shard_of_many_keys_is_that_of_throws(keys, shards):
    throws = np.random.default_rng(6).multinomial(keys, np.full(shards, 1 / shards), size=5000)
    fullest = throws.max(axis=1)
    error = 5 * fullest.std() / math.sqrt(5000)
    assert theory.hottest_shard_mean(keys, shards) == pytest.approx(fullest.mean(), abs=error)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: theory.mm1_wait_asymptotic_variance(1.0, 1.0), "no steady state"),
        (lambda: theory.requests_needed(1.0, 1.0, 0.0), "relative_error must be above 0"),
        (lambda: theory.requests_needed(1.0, 1.0, 0.1, 1.0), "confidence must lie strictly"),
        (lambda: theory.standard_error(1.0, 0), "requests must be above 0"),
        (lambda: theory.mm1_number_at(-1.0, 1.0, 1.0), "t_s must be 0 or more"),
        (lambda: theory.mm1_number_at(1.0, 0.0, 1.0), "arrival_rate must be above 0"),
        (lambda: theory.square_root_staffing(0, 1), "offered_load must be above 0"),
        (lambda: theory.halfin_whitt_wait_probability(0), "margin must be above 0"),
        (lambda: theory.hottest_shard_mean(0, 1), "keys must be above 0"),
    ],
)
def test_impossible_arguments_are_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()
