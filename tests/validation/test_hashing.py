"""Consistent hashing, rendezvous and the plain hash: row h01.

The policies are asked directly. Where a replica stands on a ring is fixed by its name, so that
replicas of other names make another ring, independent of the first.
"""

import numpy as np
import pytest

from simulator.policies.balancing import ConsistentHash, HashModulo, Pool, Rendezvous
from simulator.policies.balancing.consistent_hash import points_of
from simulator.stats import theory
from tests.validation.harness import Estimate

ROW = "h01-consistent-hash"
REPLICAS, NODES, KEYS_ASKED = 10, 100, 100_000
EXPECTED = {
    "mean_max_over_mean_1vnode": theory.ring_largest_share(REPLICAS),
    "mean_min_over_mean_1vnode": theory.ring_smallest_share(REPLICAS),
    "share_cv_v_vnodes": theory.ring_share_cv(REPLICAS, NODES),
    "share_cv_1_vnode": theory.ring_share_cv(REPLICAS, 1),
    "moved_on_add": theory.consistent_moved_on_add(REPLICAS),
    "moved_on_remove": theory.consistent_moved_on_remove(REPLICAS),
    "modulo_moved_add": theory.modulo_moved_on_add(REPLICAS),
    "rendezvous_moved_add": theory.consistent_moved_on_add(REPLICAS),
    "rendezvous_load_cv": theory.hashed_keys_cv(KEYS_ASKED, REPLICAS),
}
KEYS = set(EXPECTED)
WITHIN = 0.05  # relative, as in the row
BATCHES = 20


def names(ring, count=REPLICAS):
    return [f"{ring}.cache[{i}]" for i in range(count)]


def start(policy, ring, count=REPLICAS):
    return policy.start(Pool(names(ring, count), lambda: 0.0, lambda: 0.0))


def owners(picker, keys):
    """The place of the replica that each of the keys 0, 1, ... goes to."""
    loads = [0] * len(picker.weights)
    return np.array([picker.pick(loads, (0, 0, key)) for key in range(keys)])


def shares(ring, nodes):
    """What each replica owns of a ring, from its points alone: the arcs before them."""
    points = np.array([points_of(name, nodes) for name in names(ring)], dtype=np.uint64)
    order = np.argsort(points, axis=None)
    arcs = np.diff(points.ravel()[order], prepend=points.ravel()[order][-1:])  # modulo 2**64
    return np.bincount(order // nodes, weights=arcs.astype(float) / 2**64)


def variation(shares):
    """Standard deviation over mean of several rings together, known to have equal means."""
    return np.sqrt(np.mean(np.asarray(shares) ** 2) / np.mean(shares) ** 2 - 1)


def batches(rings, of_rings):
    """Something about a number of rings, batch by batch."""
    size = rings // BATCHES
    return [of_rings(range(first, first + size)) for first in range(0, size * BATCHES, size)]


def agrees(note, key, values, expected=None, full=True):
    found = Estimate(
        row=ROW,
        case=f"{REPLICAS} replicas",
        key=key,
        expected=expected or EXPECTED[key],
        values=values,
        limit=WITHIN * (expected or EXPECTED[key]),
        fixed=True,
    )
    note(found, full)
    assert found.agrees, str(found)


def test_expected_is_what_was_published(published):
    row = published(ROW)
    assert row["expected"] == pytest.approx(EXPECTED, rel=1e-6)
    assert row["tolerance"]["rel"] == WITHIN


@pytest.mark.validation
def test_one_point_a_replica_makes_very_unequal_shares(note):
    def of_all(measure):
        return batches(4000, lambda rings: np.mean([measure(shares(each, 1)) for each in rings]))

    agrees(note, "mean_max_over_mean_1vnode", of_all(lambda each: max(each) * REPLICAS))
    agrees(note, "mean_min_over_mean_1vnode", of_all(lambda each: min(each) * REPLICAS))


@pytest.mark.validation
@pytest.mark.parametrize(
    ("key", "nodes", "rings"),
    [("share_cv_1_vnode", 1, 4000), ("share_cv_v_vnodes", NODES, 500)],
)
def test_shares_spread_less_with_more_points(key, nodes, rings, note):
    found = batches(rings, lambda some: variation([shares(each, nodes) for each in some]))
    agrees(note, key, found)


@pytest.mark.validation
@pytest.mark.parametrize(
    ("key", "policy", "rings"),
    [
        ("moved_on_add", ConsistentHash(virtual_nodes=NODES), 100),
        ("rendezvous_moved_add", Rendezvous(), 40),
        ("modulo_moved_add", HashModulo(), 20),
    ],
)
def test_so_many_keys_move_when_a_replica_comes(key, policy, rings, note):
    def moved(ring):
        before, after = start(policy, ring), start(policy, ring, REPLICAS + 1)
        return np.mean(owners(before, 2000) != owners(after, 2000))

    agrees(note, key, batches(rings, lambda some: np.mean([moved(each) for each in some])))


@pytest.mark.validation
def test_so_many_keys_move_when_a_replica_leaves(note):
    def moved(ring):
        picker = start(ConsistentHash(virtual_nodes=NODES), ring)
        before = owners(picker, 2000)
        picker.allow(range(1, REPLICAS))
        return np.mean(before != owners(picker, 2000))

    found = batches(100, lambda some: np.mean([moved(each) for each in some]))
    agrees(note, "moved_on_remove", found)


@pytest.mark.validation
@pytest.mark.parametrize(
    "keys", [1000, pytest.param(KEYS_ASKED, marks=pytest.mark.slow)], ids=["quick", "full"]
)
def test_rendezvous_spreads_keys_as_chance_does(keys, note):
    def counts(ring):
        return np.bincount(owners(start(Rendezvous(), ring), keys), minlength=REPLICAS)

    found = batches(200, lambda some: variation([counts(each) for each in some]))
    expected = theory.hashed_keys_cv(keys, REPLICAS)
    agrees(note, "rendezvous_load_cv", found, expected, full=keys == KEYS_ASKED)
