"""How balancing policies choose, held against their distributions."""

from collections import Counter
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.policies.balancing import FewestOfSample, LeastOutstanding, Random, RoundRobin

DRAWS = 20_000


def picks(policy, outstanding, n=DRAWS, seed=1):
    """How often each replica is chosen when nothing changes between the choices."""
    uniform = iter(np.random.default_rng(seed).random(n * (len(outstanding) + 1)).tolist()).__next__
    pick = policy.start(len(outstanding), uniform)
    counts = Counter(pick(outstanding) for _ in range(n))
    return [counts[place] for place in range(len(outstanding))]


def assert_shares(counts, shares):
    """Counts lie within five standard deviations of a multinomial; a fluke in a million."""
    n = sum(counts)
    shares = np.array(shares) / np.sum(shares)
    error = 5 * np.sqrt(n * shares * (1 - shares))
    assert (np.abs(counts - n * shares) <= error + 1e-9).all()


def test_random_is_uniform_whatever_the_load():
    assert_shares(picks(Random(), [9, 0, 0, 3]), [1, 1, 1, 1])


def test_round_robin_is_exact_whatever_the_load():
    assert picks(RoundRobin(), [9, 0, 3], n=300) == [100, 100, 100]


def test_least_outstanding_takes_the_only_minimum():
    assert picks(LeastOutstanding(), [2, 1, 3], n=100) == [0, 100, 0]


def test_least_outstanding_breaks_ties_evenly():
    assert_shares(picks(LeastOutstanding(), [1, 0, 0, 2, 0]), [0, 1, 1, 0, 1])


@pytest.mark.parametrize("choices", [1, 2, 3, 4])
def test_the_kth_least_loaded_wins_as_often_as_its_samples_have_none_better(choices):
    outstanding = [4, 3, 2, 1, 0]
    # The replica with j better ones wins in the samples of it and others that are all worse.
    shares = [comb(worse, choices - 1) for worse in range(5)]
    assert_shares(picks(FewestOfSample(choices=choices), outstanding), shares)


@pytest.mark.parametrize("choices", [2, 3])
def test_a_sample_breaks_ties_evenly(choices):
    assert_shares(picks(FewestOfSample(choices=choices), [5, 5, 5, 5]), [1, 1, 1, 1])


@pytest.mark.parametrize(("replicas", "choices"), [(2, 2), (3, 3), (3, 9), (1, 2), (5, 5)])
def test_a_sample_of_all_is_the_least_loaded_because_nothing_is_drawn_twice(replicas, choices):
    outstanding = [1] * replicas
    outstanding[-1] = 0
    assert picks(FewestOfSample(choices=choices), outstanding, n=500)[-1] == 500


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=8),
    st.integers(1, 9),
    st.lists(st.floats(0, 1, exclude_max=True), min_size=50, max_size=50),
)
def test_every_policy_names_a_replica_that_exists(outstanding, choices, luck):
    for policy in (Random(), RoundRobin(), LeastOutstanding(), FewestOfSample(choices=choices)):
        pick = policy.start(len(outstanding), iter(luck).__next__)
        for _ in range(3):
            assert 0 <= pick(outstanding) < len(outstanding)


def test_policies_do_not_share_memory():
    policy = RoundRobin()
    one, other = policy.start(3, float), policy.start(3, float)
    assert [one([]), one([]), other([])] == [0, 1, 0]
