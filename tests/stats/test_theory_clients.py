"""What the theory of caches and retries promises, one promise a test."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.stats import theory

positive = st.floats(0.01, 100)


def hits(arrived_s, ttl_s):
    """Ages in seconds at which a cache with a time to live from insertion is hit."""
    inserted_s, ages_s = -math.inf, []
    for now_s in arrived_s:
        if now_s - inserted_s <= ttl_s:
            ages_s.append(now_s - inserted_s)
        else:
            inserted_s = now_s
    return ages_s


def test_popularity_agrees_with_the_published_share_of_the_first_key(published):
    parameters, expected = published("c01-small-cache")
    shares = theory.zipf_probabilities(parameters["n"], parameters["alpha"])
    assert shares[0] == pytest.approx(expected["p1"], rel=1e-6)


@given(st.integers(1, 1000), st.floats(0, 3))
def test_popularity_sums_to_one_and_falls_with_rank(count, exponent):
    shares = theory.zipf_probabilities(count, exponent)
    assert shares.shape == (count,)
    assert shares.sum() == pytest.approx(1)
    assert (np.diff(shares) <= 0).all()


def test_the_second_key_is_half_as_popular_under_zipfs_law():
    shares = theory.zipf_probabilities(100, exponent=1.0)
    assert shares[0] / shares[1] == pytest.approx(2)


def test_without_skew_all_keys_are_equal():
    assert theory.zipf_probabilities(4, exponent=0).tolist() == [0.25] * 4


def test_time_to_live_agrees_with_the_published_hit_ratios(published):
    parameters, expected = published("c03-ttl")
    key = parameters["lam"], parameters["T"]
    found = {
        "hit_ttl_from_insert": theory.ttl_hit_ratio(*key),
        "hit_ttl_renew_on_access": theory.sliding_ttl_hit_ratio(*key),
        "mean_age_at_hit_from_insert": theory.ttl_mean_age_at_hit(parameters["T"]),
    }
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-7)


def test_time_to_live_agrees_with_a_cache_played_through():
    rng, arrival_rate, ttl_s, batches = np.random.default_rng(5), 0.3, 10.0, 40
    ratios, ages_s = [], []
    for _ in range(batches):
        batch = hits(np.cumsum(rng.exponential(1 / arrival_rate, 4_000)), ttl_s)
        ratios.append(len(batch) / 4_000)
        ages_s.append(np.mean(batch))
    for found, exact in (
        (ratios, theory.ttl_hit_ratio(arrival_rate, ttl_s)),
        (ages_s, theory.ttl_mean_age_at_hit(ttl_s)),
    ):
        assert np.mean(found) == pytest.approx(exact, abs=3.9 * np.std(found) / math.sqrt(batches))


def test_a_stampede_agrees_with_the_published_numbers(published):
    parameters, expected = published("c04-stampede")
    rate, ttl_s, load_s = (parameters[name] for name in ("lam", "T", "L"))
    found = {
        "loads_per_expiry_no_coalescing": theory.stampede_loads_per_expiry(rate, load_s),
        "origin_rate_no_coalescing": theory.stampede_origin_rate(rate, ttl_s, load_s),
        "origin_rate_coalesced": theory.stampede_origin_rate(rate, ttl_s, load_s, coalesced=True),
        "p_stall_requests_coalesced": theory.stampede_stalled_ratio(rate, ttl_s, load_s),
    }
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-7)


@given(positive, positive)
def test_loading_at_once_leaves_nothing_but_misses(arrival_rate, ttl_s):
    missed = theory.stampede_stalled_ratio(arrival_rate, ttl_s, load_s=1e-12)
    assert missed == pytest.approx(1 - theory.ttl_hit_ratio(arrival_rate, ttl_s), rel=1e-6)


def test_attempts_agree_with_the_published_mean(published):
    parameters, expected = published("r05-retry-amplification")
    mean = theory.mean_attempts(parameters["p"], parameters["n"])
    assert mean == pytest.approx(expected["mean_attempts"])


@pytest.mark.parametrize(("failure_probability", "mean"), [(0.0, 1), (1.0, 4)])
def test_attempts_go_from_one_to_all_of_them(failure_probability, mean):
    assert theory.mean_attempts(failure_probability, attempts=4) == mean


def test_timeouts_agree_with_the_published_numbers(published):
    parameters, expected = published("r06-timeout-retry")
    client = theory.timeout_retry(parameters["mean"], parameters["to"], parameters["n"])
    found = {
        "p_attempt_timeout": client.attempt_timeout_probability,
        "mean_attempts": client.mean_attempts,
        "p_fail": client.failure_probability,
        "mean_latency_given_success": client.mean_latency_ok_s,
        "mean_latency_all": client.mean_latency_all_s,
    }
    assert found == pytest.approx(expected, rel=1e-7)


@given(st.floats(0.1, 10), st.integers(1, 10))
def test_latencies_are_those_of_the_attempts_added_up(timeout_s, attempts):
    client = theory.timeout_retry(1.0, timeout_s, attempts)
    timed_out = math.exp(-timeout_s)
    answered_s = 1 - timeout_s * timed_out / (1 - timed_out)  # exponential below the timeout
    answers = [timed_out**k * (1 - timed_out) for k in range(attempts)]
    ok_s = sum(p * (k * timeout_s + answered_s) for k, p in enumerate(answers))
    all_s = ok_s + timed_out**attempts * attempts * timeout_s
    assert client.mean_latency_ok_s == pytest.approx(ok_s / sum(answers))
    assert client.mean_latency_all_s == pytest.approx(all_s)


def test_endless_patience_sees_the_latency_as_it_is():
    client = theory.timeout_retry(0.1, timeout_s=1e6, attempts=2)
    assert (client.mean_latency_ok_s, client.mean_latency_all_s) == (0.1, 0.1)
    assert client.failure_probability == 0


OUT_OF_RANGE = {
    "count must be above 0": lambda: theory.zipf_probabilities(0, 1.0),
    "exponent must be 0 or more": lambda: theory.zipf_probabilities(1, -1.0),
    "ttl_s must be above 0, got -1": lambda: theory.ttl_hit_ratio(1.0, -1.0),
    "load_s must be above 0": lambda: theory.stampede_origin_rate(1.0, 1.0, 0.0),
    "attempts must be above 0": lambda: theory.timeout_retry(1.0, 1.0, 0),
    "failure_probability must lie in 0 to 1": lambda: theory.mean_attempts(1.5, 2),
}


@pytest.mark.parametrize("message", OUT_OF_RANGE)
def test_arguments_out_of_range_are_refused_by_name(message):
    with pytest.raises(ValueError, match=message):
        OUT_OF_RANGE[message]()
