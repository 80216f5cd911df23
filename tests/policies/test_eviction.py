"""Which entry leaves."""

from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from simulator.policies.eviction import Lru


def test_the_entry_that_was_used_longest_ago_leaves_first():
    order = Lru().start()
    for key in (1, 2, 3):
        order.added(key)
    order.used(1)
    order.added(2)
    assert [order.victim(), order.victim(), order.victim()] == [3, 1, 2]


def test_a_removed_entry_is_no_victim():
    order = Lru().start()
    for key in (1, 2):
        order.added(key)
    order.removed(1)
    assert order.victim() == 2


def test_two_caches_do_not_share_an_order():
    one, other = Lru().start(), Lru().start()
    one.added(1)
    other.added(2)
    assert one.victim() == 1


@given(st.lists(st.integers(0, 6), max_size=60))
def test_agrees_with_a_list_of_keys_by_last_use(asked):
    order, naive = Lru().start(), OrderedDict()
    for key in asked:
        if key in naive:
            order.used(key)
            naive.move_to_end(key)
        else:
            if len(naive) == 3:
                assert order.victim() == naive.popitem(last=False)[0]
            order.added(key)
            naive[key] = None
