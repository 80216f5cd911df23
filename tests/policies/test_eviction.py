"""Which entry leaves, and whether a new one comes in: each policy against a naive one."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.policies.eviction import eviction_policies
from simulator.policies.eviction.frequency import Lfu
from simulator.policies.eviction.s3_fifo import S3Fifo
from simulator.policies.eviction.segmented import Slru
from simulator.policies.eviction.single import Fifo, Lru, RandomEviction
from simulator.policies.eviction.tinylfu import Sketch, TinyLfu

POLICIES = sorted(eviction_policies.kinds())
each_policy = pytest.mark.parametrize("policy", POLICIES)


def start(policy, capacity=3, uniform=None):
    spec = eviction_policies.validate(policy) if isinstance(policy, str) else policy
    return spec.start(capacity, uniform or np.random.default_rng(1).random)


class Cache:
    """Asks an order as a cache does, and remembers what became of each request.

    Args:
        order: the memory of a policy.
        capacity: entries held.
    """

    def __init__(self, order, capacity):
        self.order, self.capacity = order, capacity
        self.held, self.hits, self.left = set(), [], []

    def ask(self, key):
        self.hits.append(key in self.held)
        if key in self.held:
            self.order.used(key)
            return
        self.order.missed(key)
        if len(self.held) == self.capacity:
            if not self.order.admits(key):
                return
            victim = self.order.victim()
            self.left.append(victim)
            self.held.remove(victim)
        self.held.add(key)
        self.order.added(key)

    def remove(self, key):
        if key in self.held:
            self.held.remove(key)
            self.order.removed(key)


# Naive ones: lists, searched from end to end. Each has ``ask``, ``remove`` and ``held``.


class Naive:
    """Says what each policy does in the plainest way; ``rows`` hold all keys in the cache."""

    def __init__(self, capacity):
        self.capacity, self.hits, self.left = capacity, [], []
        self.begin()

    def ask(self, key):
        hit = key in self.held
        self.hits.append(hit)
        self.note(key)
        if hit:
            self.use(key)
        elif len(self.held) < self.capacity:
            self.add(key)
        elif self.wants(key):
            self.left.append(self.evict())
            self.add(key)

    @property
    def held(self):
        return set().union(*self.rows)

    def remove(self, key):
        for row in self.rows:
            if key in row:
                row.remove(key)

    def note(self, key):
        pass

    def wants(self, key):
        return True

    def use(self, key):
        pass


class NaiveFifo(Naive):
    def begin(self):
        self.rows = [[]]

    def add(self, key):
        self.rows[0].append(key)

    def evict(self):
        return self.rows[0].pop(0)


class NaiveLru(NaiveFifo):
    def use(self, key):
        self.rows[0].remove(key)
        self.rows[0].append(key)


class NaiveLfu(NaiveFifo):
    def begin(self):
        super().begin()
        self.counts = Counter()

    def note(self, key):
        self.counts[key] += 1

    def least(self):
        return min(self.rows[0], key=lambda key: self.counts[key])  # the first of several

    def wants(self, key):
        return self.counts[key] > self.counts[self.least()]

    def evict(self):
        victim = self.least()
        self.rows[0].remove(victim)
        return victim


class NaiveSlru(Naive):
    protected = 0.8

    def begin(self):
        self.most = int(self.protected * self.capacity)
        self.rows = [[], []]  # on probation, protected

    def add(self, key):
        self.rows[0].append(key)

    def use(self, key):
        self.remove(key)
        self.rows[1].append(key)
        if len(self.rows[1]) > self.most:
            self.rows[0].append(self.rows[1].pop(0))

    def evict(self):
        return (self.rows[0] or self.rows[1]).pop(0)


class NaiveS3Fifo(Naive):
    def begin(self):
        self.main = self.capacity - max(1, int(0.1 * self.capacity))
        self.rows = [[], []]  # small, main
        self.ghost, self.uses = [], {}

    def add(self, key):
        self.uses[key] = 0
        if key in self.ghost:
            self.ghost.remove(key)
            self.rows[1].append(key)
        else:
            self.rows[0].append(key)

    def use(self, key):
        self.uses[key] = min(3, self.uses[key] + 1)

    def evict(self):
        while True:
            if len(self.rows[1]) > self.main or not self.rows[0]:
                key = self.rows[1].pop(0)
                if self.uses[key] == 0:
                    return key
                self.uses[key] -= 1
                self.rows[1].append(key)
            else:
                key = self.rows[0].pop(0)
                if self.uses[key] < 2:
                    self.ghost = [*self.ghost, key][-self.main :] if self.main else []
                    return key
                self.uses[key] = 0
                self.rows[1].append(key)


class NaiveTinyLfu(Naive):
    def begin(self):
        self.window = max(1, int(0.01 * self.capacity))
        self.most = int(0.8 * (self.capacity - self.window))
        self.rows = [[], [], []]  # window, on probation, protected
        self.sketch = Sketch(self.capacity)

    def note(self, key):
        self.sketch.count(key)

    def add(self, key):
        self.rows[0].append(key)
        if len(self.rows[0]) > self.window:
            self.rows[1].append(self.rows[0].pop(0))

    def use(self, key):
        if key in self.rows[0]:
            self.rows[0].remove(key)
            self.rows[0].append(key)
            return
        self.remove(key)
        self.rows[2].append(key)
        if len(self.rows[2]) > self.most:
            self.rows[1].append(self.rows[2].pop(0))

    def evict(self):
        main = self.rows[1] or self.rows[2]
        if len(self.rows[0]) < self.window or not main:
            return (main or self.rows[0]).pop(0)
        candidate = self.rows[0].pop(0)
        if self.sketch.estimate(candidate) <= self.sketch.estimate(main[0]):
            return candidate
        self.rows[1].append(candidate)
        return main.pop(0)


NAIVE = {
    "fifo": NaiveFifo,
    "lru": NaiveLru,
    "lfu": NaiveLfu,
    "slru": NaiveSlru,
    "s3_fifo": NaiveS3Fifo,
    "tinylfu": NaiveTinyLfu,
}

keys = st.integers(0, 9)
deeds = st.lists(st.tuples(st.sampled_from(["ask"] * 9 + ["remove"]), keys), max_size=120)


@pytest.mark.parametrize("policy", NAIVE)
@given(deeds=deeds, capacity=st.integers(1, 7))
def test_a_policy_agrees_with_a_naive_one(policy, deeds, capacity):
    naive, cache = NAIVE[policy](capacity), Cache(start(policy, capacity), capacity)
    for what, key in deeds:
        getattr(naive, what)(key)
        getattr(cache, what)(key)
    assert (cache.hits, cache.left, cache.held) == (naive.hits, naive.left, naive.held)


def test_every_policy_but_the_random_one_has_a_naive_one():
    assert sorted([*NAIVE, "random"]) == POLICIES


@each_policy
@given(deeds=deeds, capacity=st.integers(1, 7))
def test_a_victim_is_a_key_of_the_cache_and_leaves_once(policy, deeds, capacity):
    cache = Cache(start(policy, capacity), capacity)
    for what, key in deeds:
        getattr(cache, what)(key)  # `held.remove` refuses a victim that is not there
    everybody = [cache.order.victim() for _ in range(len(cache.held))]
    assert sorted(everybody) == sorted(cache.held)


@each_policy
def test_two_caches_do_not_share_an_order(policy):
    one, other = start(policy), start(policy)
    one.added(1)
    other.added(2)
    assert one.victim() == 1


@each_policy
def test_a_removed_entry_is_no_victim(policy):
    order = start(policy)
    for key in (1, 2):
        order.added(key)
    order.removed(1)
    assert order.victim() == 2


# What is special


def test_lru_a_fill_counts_as_a_use():
    order = start(Lru())
    for key in (1, 2):
        order.added(key)
    order.refilled(1)
    assert order.victim() == 2


def test_fifo_neither_a_use_nor_a_fill_keeps_an_entry():
    order = start(Fifo())
    for key in (1, 2):
        order.added(key)
    order.used(1)
    order.refilled(1)
    assert order.victim() == 1


def test_random_evicts_each_entry_equally_often():
    uniform = np.random.default_rng(7).random
    found = Counter()
    for _ in range(9000):
        order = start(RandomEviction(), uniform=uniform)
        for key in (1, 2, 3):
            order.added(key)
        order.removed(1)
        order.added(4)
        found[order.victim()] += 1
    assert found.keys() == {2, 3, 4}
    # chi-squared with 2 degrees of freedom: 18.4 is exceeded once in 10,000
    assert sum((count - 3000) ** 2 / 3000 for count in found.values()) < 18.4


def test_lfu_counts_requests_for_keys_that_are_not_in_the_cache():
    cache = Cache(start(Lfu(), 1), 1)
    for key in (1, 2, 2):
        cache.ask(key)
    assert cache.held == {2}, "the second request for 2 beats the only one for 1"


def test_lfu_does_not_remember_removed_entries_for_ever():
    order = start(Lfu(), 10)
    for key in range(100_000):
        order.added(key)
        order.removed(key)
    assert len(order._heap) < 200


def test_slru_a_scan_does_not_sweep_what_was_asked_for_twice():
    cache = Cache(start(Slru(), 10), 10)
    for key in [1, 2, 3, 1, 2, 3, *range(100, 200)]:
        cache.ask(key)
    assert {1, 2, 3} <= cache.held


def test_s3_fifo_what_comes_back_soon_goes_to_the_main_queue():
    order = start(S3Fifo(), 10)
    order.added(1)
    assert order.victim() == 1
    order.added(1)  # it is remembered
    order.added(2)
    assert [order.victim(), order.victim()] == [2, 1]


def test_tinylfu_keeps_what_is_asked_for_often_from_a_flood():
    cache = Cache(start(TinyLfu(), 100), 100)
    for _ in range(5):
        for key in range(100):
            cache.ask(key)
    for key in range(1000, 1500):
        cache.ask(key)
    assert len(cache.held & set(range(100))) >= 95, "with lru there would be none"


@given(st.lists(st.integers(0, 40), max_size=150))
def test_a_sketch_never_estimates_less_than_there_were(asked):
    sketch = Sketch(16)  # so that nothing is halved in 159 requests
    for key in asked:
        sketch.count(key)
    for key, times in Counter(asked).items():
        assert sketch.estimate(key) >= min(times, 15)


def test_a_sketch_halves_what_it_knows_after_ten_requests_for_each_entry():
    sketch = Sketch(2)
    for _ in range(12):
        sketch.count(5)
    assert sketch.estimate(5) == 12
    for _ in range(8):
        sketch.count(6)
    assert (sketch.estimate(5), sketch.estimate(6)) == (6, 4)
