"""What policies that go by key promise; the numbers are in tests/validation/test_hashing.py."""

from collections import Counter
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.policies.balancing import ConsistentHash, HashModulo, Pool, Rendezvous
from simulator.policies.balancing.hashing import MASK, STEP, hash_of_name, mixed

KEYS = 400
CONSISTENT = [ConsistentHash(), ConsistentHash(virtual_nodes=1), Rendezvous()]
consistent = pytest.mark.parametrize("policy", CONSISTENT, ids=str)


def start(policy, replicas, is_weighted=False):
    names = [f"cache[{i}]" for i in range(1, replicas + 1)]
    return policy.start(Pool(names, lambda: 0.0, lambda: 0.0, is_weighted))


def owners(picker, keys=KEYS, loads=None):
    loads = loads or [0] * len(picker.weights)
    return [picker.pick(loads, (0, 0, key)) for key in range(keys)]


# -- the hash ----------------------------------------------------------------------------------


def test_the_hash_is_the_published_generator():
    # Numbers that SplitMix64 makes from the seed 1234567, in the C code of its author.
    numbers = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert [mixed((1234567 + i * STEP) & MASK) for i in range(4)] == numbers


def test_every_bit_of_the_hash_depends_on_every_bit_of_the_key():
    rng = np.random.default_rng(1)
    keys = rng.integers(0, 2**64, 500, dtype=np.uint64).tolist()
    for bit in range(64):
        changed = [mixed(key) ^ mixed(key ^ (1 << bit)) for key in keys]
        flips = np.array([[x >> out & 1 for out in range(64)] for x in changed]).mean(axis=0)
        assert np.abs(flips - 0.5).max() < 5 * 0.5 / np.sqrt(len(keys))


def test_names_have_the_hash_of_blake2b():
    # The first vector of RFC 7693, appendix A, is for 64 bytes of digest; this one for 8 is from
    # the reference program: b2sum --length 64.
    assert hash_of_name("abc").to_bytes(8, "little").hex() == "d8bb14d833d59559"


# -- who gets which key ------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [*CONSISTENT, HashModulo()], ids=str)
def test_a_key_stays_with_its_replica_whatever_the_load(policy):
    picker = start(policy, 5)
    assert owners(picker) == owners(picker, loads=[9, 0, 7, 3, 1])


@consistent
@given(gone=st.sets(st.integers(0, 6), min_size=1, max_size=6))
def test_only_the_keys_of_replicas_that_leave_move_and_they_come_back(policy, gone):
    picker = start(policy, 7)
    before = owners(picker)
    picker.allow([place for place in range(7) if place not in gone])
    after = owners(picker)
    assert all(was == now or was in gone for was, now in zip(before, after, strict=True))
    assert not gone & set(after)
    picker.allow(range(7))
    assert owners(picker) == before


@consistent
def test_only_keys_for_a_replica_that_comes_move(policy):
    before, after = owners(start(policy, 6)), owners(start(policy, 7))
    moved = {now for was, now in zip(before, after, strict=True) if was != now}
    assert moved == {6}


@consistent
def test_load_balancers_agree_in_whatever_order_they_list_their_replicas(policy):
    names = [f"cache[{i}]" for i in range(5)]
    forth = policy.start(Pool(names, float, float))
    back = policy.start(Pool(names[::-1], float, float))
    assert owners(forth) == [4 - place for place in owners(back)]


def test_modulo_moves_nearly_all_keys():
    before, after = owners(start(HashModulo(), 10)), owners(start(HashModulo(), 11))
    stayed = sum(was == now for was, now in zip(before, after, strict=True))
    assert stayed < KEYS / 11 + 5 * np.sqrt(KEYS / 11)


# -- weights -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "error"),
    [(Rendezvous(), 5 * 0.5 / np.sqrt(20_000)), (ConsistentHash(virtual_nodes=4000), 0.03)],
    ids=str,
)
def test_keys_are_spread_by_weight(policy, error):
    picker = start(policy, 3, is_weighted=True)
    picker.weigh([1.0, 2.0, 5.0])
    counts = Counter(owners(picker, 20_000))
    found = [counts[place] / 20_000 for place in range(3)]
    assert found == pytest.approx([1 / 8, 2 / 8, 5 / 8], abs=error)


@consistent
def test_a_replica_of_less_weight_only_gives_keys_away(policy):
    picker = start(policy, 5, is_weighted=True)
    before = owners(picker)
    picker.weigh([1.0, 1.0, 0.4, 1.0, 1.0])
    after = owners(picker)
    assert {was for was, now in zip(before, after, strict=True) if was != now} <= {2}


# -- the bound ---------------------------------------------------------------------------------


@given(
    st.floats(1.01, 3.0),
    st.integers(1, 8),
    st.lists(st.integers(0, 20), min_size=1, max_size=150),
)
def test_no_replica_ever_has_more_than_the_bound_times_the_mean(bound, replicas, keys):
    picker = start(ConsistentHash(virtual_nodes=20, bound=bound), replicas)
    loads = [0] * replicas
    for number, key in enumerate(keys, start=1):
        loads[picker.pick(loads, (0, 0, key))] += 1
        assert max(loads) <= ceil(bound * number / replicas)


def test_one_hot_key_fills_replicas_to_the_bound_one_after_the_other():
    picker = start(ConsistentHash(bound=1.25), 4)
    loads = [0] * 4
    for _ in range(400):
        loads[picker.pick(loads, (0, 0, 7))] += 1
    assert sorted(loads) == [25, 125, 125, 125]


def test_below_the_bound_a_key_stays_with_its_replica():
    bounded, plain = start(ConsistentHash(bound=2.0), 4), start(ConsistentHash(), 4)
    assert owners(bounded, loads=[10, 10, 10, 10]) == owners(plain)


def test_a_bound_goes_by_weight():
    picker = start(ConsistentHash(bound=1.25), 2, is_weighted=True)
    picker.weigh([1.0, 3.0])
    loads = [0, 0]
    for _ in range(400):
        loads[picker.pick(loads, (0, 0, 7))] += 1
    assert loads[0] <= 125
    assert loads[1] <= 375
