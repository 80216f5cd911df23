"""What comparing paired replications promises, one promise a test."""

import math

import numpy as np
import pytest

from simulator.stats.compare import better_in, misled, paired_difference, variance_ratio

COMPARISONS = [
    paired_difference,
    variance_ratio,
    lambda a, b: better_in(a, b, "lower"),
    misled,
]


def mean_waits(arrival_rate, service_rates, n, rng):
    """Mean wait of ``n`` requests at one server from empty, each rate given the same requests."""
    gaps_s = rng.exponential(1 / arrival_rate, n)
    work = rng.exponential(1.0, n)
    means_s = []
    for service_rate in service_rates:
        steps_s = work[:-1] / service_rate - gaps_s[1:]  # Lindley: wait grows by work minus gap
        walk_s = np.concatenate(([0.0], np.cumsum(steps_s)))
        means_s.append(np.mean(walk_s - np.minimum.accumulate(walk_s)))
    return means_s


def test_the_difference_is_variant_minus_baseline():
    assert paired_difference([5.0, 6.0, 7.0], [2.0, 3.5, 3.0]).mean == pytest.approx(-19 / 6)


def test_noise_that_both_share_cancels():
    noise = np.array([0.0, 100.0, -50.0, 7.0])
    assert paired_difference(noise, noise + 2).half_width == pytest.approx(0, abs=1e-12)


def test_the_half_width_is_that_of_the_differences():
    interval = paired_difference([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])  # differences 1, 2, 3
    assert interval.half_width == pytest.approx(4.303 / math.sqrt(3), rel=1e-3)  # t(2), any table


def test_a_single_pair_has_no_half_width():
    assert paired_difference([1.0], [3.0]).half_width is None


def test_pairing_by_a_perfect_opposite_doubles_the_variance():
    a = np.array([1.0, 2.0, 3.0, 4.0])
    assert variance_ratio(a, -a) == pytest.approx(0.5)


def test_pairing_buys_everything_when_the_difference_is_always_the_same():
    a = np.array([0.1, 0.7, 0.3])
    assert variance_ratio(a, a + 0.1) == math.inf


def test_a_small_difference_that_varies_is_no_rounding():
    a, b = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0001])
    assert 1e8 < variance_ratio(a, b) < 1e9  # about (1 + 1) / (0.0001² / 3)


def test_where_nothing_varies_there_is_nothing_to_buy():
    assert math.isnan(variance_ratio([0.1, 0.1, 0.1], [0.3, 0.3, 0.3]))


def test_a_variance_needs_two_pairs():
    with pytest.raises(ValueError, match="two or more pairs, got 1"):
        variance_ratio([1.0], [2.0])


def test_shared_seeds_buy_what_was_published_for_two_queues(published):
    parameters, expected = published("o03-crn")
    rng = np.random.default_rng(3)
    service_rates = parameters["mu1"], parameters["mu2"]
    waits_s = [
        mean_waits(parameters["lam"], service_rates, parameters["n"], rng) for _ in range(600)
    ]
    slow_s, fast_s = np.array(waits_s).T
    assert variance_ratio(slow_s, fast_s) == pytest.approx(
        expected["variance_reduction_factor"], rel=0.35
    )


@pytest.mark.parametrize(("direction", "pairs"), [("lower", 1), ("higher", 2)])
def test_ties_are_better_for_nobody(direction, pairs):
    assert better_in([5, 5, 5, 5], [4, 5, 6, 7], direction) == pairs


def test_an_unknown_direction_is_refused():
    with pytest.raises(ValueError, match="'lower' or 'higher', got 'less'"):
        better_in([1.0], [2.0], "less")


@pytest.mark.parametrize("compare", COMPARISONS)
@pytest.mark.parametrize(("a", "b"), [([1, 2], [1, 2, 3]), ([], []), ([[1, 2]], [[1, 2]])])
def test_replications_that_do_not_pair_up_are_refused(compare, a, b):
    with pytest.raises(ValueError, match="equal non-empty 1-d shapes"):
        compare(a, b)


@pytest.mark.parametrize("compare", COMPARISONS)
def test_pairs_with_a_missing_value_are_named(compare):
    with pytest.raises(ValueError, match=r"replications \[0, 2\]"):
        compare([math.nan, 1.0, 2.0], [1.0, 2.0, math.inf])


def test_far_apart_no_two_runs_mislead():
    assert misled([1.0, 2.0, 3.0], [11.0, 12.0, 13.0]) == 0.0


def test_equal_systems_mislead_half_the_time():
    assert misled([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]) == 0.5


def test_runs_that_share_their_seed_are_no_look_at_different_seeds():
    # in pairs b is always above a; of runs with different seeds half are the wrong way round
    assert misled([1.0, 10.0], [2.0, 11.0]) == 0.5


def test_normal_values_mislead_as_often_as_the_normal_distribution_says():
    rng = np.random.default_rng(2)
    a, b = rng.normal(0.0, 1.0, 2000), rng.normal(1.0, 1.0, 2000)
    # a difference of two has mean 1 and deviation √2: below zero with Φ(-0.707) = 0.2398
    assert misled(a, b) == pytest.approx(0.2398, abs=0.02)


def test_which_way_two_seeds_point_takes_two_replications():
    with pytest.raises(ValueError, match="two or more"):
        misled([1.0], [2.0])
