"""How balancing policies choose, held against their distributions."""

from collections import Counter
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.policies.balancing import (
    FewestOfSample,
    LeastOutstanding,
    Pool,
    Random,
    RoundRobin,
)

DRAWS = 20_000
POLICIES = (Random(), RoundRobin(), LeastOutstanding(), FewestOfSample())


def start(policy, names, uniform=None, is_weighted=False):
    uniform = uniform or np.random.default_rng(1).random
    return policy.start(Pool(list(names), uniform, lambda: 0.0, is_weighted))


def drawn(picker, loads, n=DRAWS):
    """How often each replica is chosen when nothing changes between the choices."""
    counts = Counter(picker.pick(loads, ()) for _ in range(n))
    return [counts[place] for place in range(len(loads))]


def picks(policy, loads, n=DRAWS, weights=None, allowed=None):
    """The same from the beginning, with weights and among some of the replicas only, if given."""
    picker = start(policy, "abcdefgh"[: len(loads)], is_weighted=weights is not None)
    if weights is not None:
        picker.weigh(weights)
    if allowed is not None:
        picker.allow(allowed)
    return drawn(picker, loads, n)


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
    st.data(),
)
def test_every_policy_names_a_replica_that_may_get_calls(loads, choices, luck, data):
    places = st.sets(st.integers(0, len(loads) - 1), min_size=1)
    for policy in (*POLICIES, FewestOfSample(choices=choices)):
        for is_weighted in (False, True):
            luck_left = iter(luck).__next__
            picker = start(policy, "abcdefgh"[: len(loads)], luck_left, is_weighted)
            for allowed in (set(range(len(loads))), data.draw(places), data.draw(places)):
                picker.allow(sorted(allowed))
                assert picker.pick(loads, ()) in allowed


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_who_may_not_get_calls_gets_none_and_the_others_share_alike(policy):
    assert_shares(picks(policy, [0, 0, 0, 0, 0], allowed=[0, 2, 4], n=3000), [1, 0, 1, 0, 1])


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_who_may_get_calls_again_gets_them_as_before(policy):
    picker = start(policy, "abc")
    picker.allow([1])
    assert drawn(picker, [0, 0, 0], n=10) == [0, 10, 0]
    picker.allow([0, 1, 2])
    assert_shares(drawn(picker, [0, 0, 0], n=3000), [1, 1, 1])


def test_turns_go_on_where_they_were():
    picker = start(RoundRobin(), "abcd")
    turns = [picker.pick([], ()) for _ in range(2)]
    picker.allow([0, 1, 3])
    turns += [picker.pick([], ()) for _ in range(4)]
    picker.allow([0, 1, 2, 3])
    turns += [picker.pick([], ()) for _ in range(3)]
    assert turns == [0, 1, 3, 0, 1, 3, 0, 1, 2]


def test_random_goes_by_weight():
    assert_shares(picks(Random(), [5, 0, 0], weights=[1, 2, 5]), [1, 2, 5])


def test_least_outstanding_goes_by_weight_where_loads_are_equal_for_it():
    assert_shares(picks(LeastOutstanding(), [0, 0, 0], weights=[1, 2, 5]), [1, 2, 5])
    assert_shares(picks(LeastOutstanding(), [2, 4, 11], weights=[1, 2, 5]), [1, 2, 0])


def test_a_replica_of_twice_the_weight_may_have_twice_the_load():
    assert picks(LeastOutstanding(), [2, 3], weights=[1, 2], n=100) == [0, 100]
    assert picks(LeastOutstanding(), [2, 5], weights=[1, 2], n=100) == [100, 0]


def test_a_sample_of_one_goes_by_weight():
    assert_shares(picks(FewestOfSample(choices=1), [9, 0, 3], weights=[1, 2, 5]), [1, 2, 5])


def test_a_weighted_sample_of_all_is_the_least_loaded_for_its_weight():
    found = picks(FewestOfSample(choices=3), [2, 3, 9], weights=[1, 2, 3], n=500)
    assert found == [0, 500, 0]


def test_a_weighted_sample_of_two_leaves_out_the_third_as_often_as_weights_say():
    # The worst wins never; the middle one when the best is not drawn: 2/8 * 1/6 + 1/8 * 2/7.
    middle = 2 / 8 * 1 / 6 + 1 / 8 * 2 / 7
    found = picks(FewestOfSample(), [100, 4, 5], weights=[1, 2, 5])
    assert_shares(found, [0, middle, 1 - middle])


def test_policies_do_not_share_memory():
    policy = RoundRobin()
    one, other = start(policy, "abc"), start(policy, "abc")
    assert [one.pick([], ()), one.pick([], ()), other.pick([], ())] == [0, 1, 0]
