"""What the theory of full caches and of early refresh promises, one promise a test."""

from itertools import permutations
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from simulator.stats import theory

SMALL = theory.zipf_probabilities(10, 1.0)
weights = st.lists(st.floats(0.05, 1), min_size=3, max_size=6)


def shares(weights):
    return np.array(weights) / sum(weights)


def stacks(popularity, capacity):
    """Every order in which an LRU cache may hold its keys, with its probability, by hand."""
    for keys in permutations(range(len(popularity)), capacity):
        before = [sum(popularity[i] for i in keys[:place]) for place in range(capacity)]
        yield keys, prod(popularity[key] / (1 - gone) for key, gone in zip(keys, before))


def test_small_caches_agree_with_the_published_hit_ratios(published):
    parameters, expected = published("c01-small-cache")
    popularity = theory.zipf_probabilities(parameters["n"], parameters["alpha"])
    capacity = parameters["C"]
    found = {
        "LRU_exact": theory.lru_exact_hit_ratio(popularity, capacity),
        "LRU_Che": theory.lru_hit_ratio(popularity, capacity),
        "FIFO_exact": theory.fifo_hit_ratio(popularity, capacity),
        "RANDOM_exact": theory.fifo_hit_ratio(popularity, capacity),
        "LFU_static": theory.lfu_hit_ratio(popularity, capacity),
        "p1": popularity[0],
    }
    assert found == pytest.approx(expected, rel=1e-7)


def test_large_caches_agree_with_the_published_hit_ratios(published):
    parameters, expected = published("c02-che")
    popularity = theory.zipf_probabilities(parameters["n"], parameters["alpha"])
    capacity = parameters["C"]
    of_key = theory.lru_key_hit_ratios(popularity, capacity)
    found = {
        "LRU_hit": theory.lru_hit_ratio(popularity, capacity),
        "T_C_requests": theory.lru_characteristic_requests(popularity, capacity),
        "hit_item1": of_key[0],
        "hit_item100": of_key[99],
        "FIFO_RANDOM_meanfield": theory.fifo_mean_field_hit_ratio(popularity, capacity),
        "LFU_static": theory.lfu_hit_ratio(popularity, capacity),
    }
    assert found == pytest.approx(expected, rel=1e-7)


def test_a_filling_cache_agrees_with_the_published_numbers(published):
    parameters, expected = published("c06-cold-start")
    popularity = theory.zipf_probabilities(parameters["n"], parameters["alpha"])
    for requests in parameters["m"]:
        distinct = theory.distinct_keys(popularity, requests)
        assert distinct == pytest.approx(expected[f"distinct_after_{requests}"], rel=1e-7)


def test_early_refresh_agrees_with_the_published_numbers(published):
    parameters, expected = published("c05-xfetch")
    hot = parameters["lam"], parameters["delta"], parameters["beta"]
    found = {
        "p_reaches_expiry": theory.xfetch_expiry_probability(*hot),
        "mean_early_gap_before_expiry": theory.xfetch_mean_gap(*hot),
        "mean_extra_loads_per_refresh": theory.xfetch_extra_loads(*hot),
    }
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-7)


@given(weights, st.integers(1, 2))
def test_the_exact_form_for_lru_is_the_sum_over_all_orders(weights, capacity):
    popularity = shares(weights)
    by_hand = sum(
        part * popularity[list(keys)].sum() for keys, part in stacks(popularity, capacity)
    )
    assert theory.lru_exact_hit_ratio(popularity, capacity) == pytest.approx(by_hand)


@given(weights, st.integers(1, 2))
def test_the_exact_form_for_fifo_is_the_sum_over_all_sets(weights, capacity):
    popularity = shares(weights)
    sets = list(permutations(range(len(popularity)), capacity))
    parts = np.array([prod(popularity[i] for i in keys) for keys in sets])
    hits = np.array([popularity[list(keys)].sum() for keys in sets])
    by_hand = (parts * hits).sum() / parts.sum()
    assert theory.fifo_hit_ratio(popularity, capacity) == pytest.approx(by_hand)


@given(weights, st.integers(1, 2))
def test_no_policy_beats_the_most_popular_keys_and_fifo_does_not_beat_lru(weights, capacity):
    popularity = shares(weights)
    best = theory.lfu_hit_ratio(popularity, capacity)
    lru = theory.lru_exact_hit_ratio(popularity, capacity)
    assert best + 1e-12 >= lru
    assert lru + 1e-12 >= theory.fifo_hit_ratio(popularity, capacity)


def test_approximations_get_better_with_size():
    errors = []
    for keys, capacity in ((10, 2), (1000, 200)):
        popularity = theory.zipf_probabilities(keys, 0.8)
        exact = theory.fifo_hit_ratio(popularity, capacity)
        errors.append(abs(theory.fifo_mean_field_hit_ratio(popularity, capacity) / exact - 1))
    assert errors[1] < 0.001 < errors[0]


def test_an_unused_entry_stays_for_as_many_requests_as_ask_for_so_many_keys():
    t = theory.lru_characteristic_requests(SMALL, 3)
    assert -np.expm1(-SMALL * t).sum() == pytest.approx(3)


@pytest.mark.parametrize("requests", [0, 1, 7])
def test_what_a_filling_cache_misses_are_the_keys_that_are_new(requests):
    new = theory.distinct_keys(SMALL, requests + 1) - theory.distinct_keys(SMALL, requests)
    assert theory.cold_miss_ratio(SMALL, requests) == pytest.approx(new)


def test_one_key_for_all_is_missed_once():
    assert theory.distinct_keys([1.0], 5) == 1
    assert theory.cold_miss_ratio([1.0], 5) == 0


@given(st.floats(1, 200), st.floats(0.01, 1), st.floats(0.3, 3))
def test_the_closed_forms_of_early_refresh_are_the_integrals(rate, load_s, beta):
    scale_s = beta * load_s
    expected = rate * scale_s

    def begins_at(u):  # density of the first load at u seconds before expiry
        return rate * np.exp(-u / scale_s) * np.exp(-expected * np.exp(-u / scale_s))

    def others(u):  # loads in the load_s seconds after that
        before, after = min(u, load_s), max(load_s - u, 0)
        chance = np.exp(-u / scale_s) * np.expm1(before / scale_s)
        return expected * chance + rate * after

    far = scale_s * (40 + np.log(expected + 1))
    split = {"limit": 200, "points": [load_s]}
    gap, _ = quad(lambda u: u * begins_at(u), 0, far, limit=200)
    late = theory.xfetch_expiry_probability(rate, load_s, beta)
    extra, _ = quad(lambda u: others(u) * begins_at(u), 0, max(far, load_s), **split)
    assert theory.xfetch_mean_gap(rate, load_s, beta) == pytest.approx(gap, rel=1e-4)
    loads = extra + late * rate * load_s
    assert theory.xfetch_extra_loads(rate, load_s, beta) == pytest.approx(loads, rel=1e-4)


def test_the_first_tier_is_a_cache_like_any_other():
    popularity = theory.zipf_probabilities(1000, 0.8)
    tiers = theory.lru_tiers_hit_ratios(popularity, [50, 200])
    assert tiers[0] == pytest.approx(theory.lru_hit_ratio(popularity, 50))


def test_behind_a_cache_a_second_one_is_worth_less_than_in_front():
    popularity = theory.zipf_probabilities(1000, 0.8)
    _, second = theory.lru_tiers_hit_ratios(popularity, [50, 200])
    assert 0 < second < theory.lru_hit_ratio(popularity, 200)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: theory.lru_hit_ratio(SMALL, 10), "capacity must be below the number of keys, 10"),
        (lambda: theory.lru_hit_ratio(SMALL, 0), "capacity must be above 0, got 0"),
        (lambda: theory.fifo_hit_ratio([0.5, 0.4], 1), "sum 1, got sum 0.9"),
        (lambda: theory.lfu_hit_ratio([1.5, -0.5], 1), "probabilities with sum 1"),
        (lambda: theory.distinct_keys(SMALL, -1), "requests must be 0 or more, got -1"),
        (lambda: theory.distinct_keys([2.0], 1), "sum 1, got sum 2"),
        (lambda: theory.xfetch_mean_gap(1, 1, 0), "beta must be above 0, got 0"),
        (
            lambda: theory.lru_exact_hit_ratio(theory.zipf_probabilities(100, 1), 10),
            "sets of 10 out of 100 keys; at most 2,000,000 are gone through: use lru_hit_ratio",
        ),
    ],
)
def test_arguments_out_of_range_are_refused(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
