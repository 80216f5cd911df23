"""What a cache promises: entries by key, their time to live, coalescing, plain chance."""

import numpy as np
import pytest

from simulator.components.cache import CacheSpec
from simulator.components.client import ClientSpec
from simulator.kernel import CANCELED, FAILED, OK, TIMED_OUT
from simulator.runner import run
from tests.kernel.scene import Scene, scenario


def cache(**parameters):
    return CacheSpec(origin="downstream", **parameters)


def hits(spec, at_s, keys, **scene):
    """Which calls were answered from the cache; the origin takes 0.25 s unless told."""
    scene = {"takes_s": 0.25} | scene
    found = Scene(spec, at_s, keys=keys, **scene).run()
    return [answered_s == came_s for came_s, answered_s in zip(at_s, found.answered_s, strict=True)]


def one_a_second(keys):
    return {"at_s": [float(i) for i in range(len(keys))], "keys": keys}


# -- entries -----------------------------------------------------------------------------------


def test_a_miss_fills_and_the_next_one_hits():
    assert hits(cache(capacity=9), **one_a_second("aab")) == [False, True, False]


def test_the_least_recently_used_entry_leaves():
    # b was asked for after a was, but a was used again before c came.
    found = hits(cache(capacity=2), **one_a_second("abacab"))
    assert found == [False, False, True, False, True, False]


def test_evictions_and_entries_are_counted():
    scene = Scene(cache(capacity=2), [0, 1, 2, 3], keys="abcd").run()
    assert (scene.it.entries, scene.it.evicted) == (2, 2)
    assert (scene.it.hits, scene.it.misses, scene.it.loads) == (0, 4, 4)


def test_a_failed_load_is_not_kept():
    scene = Scene(cache(capacity=9), [0, 1, 2], keys="aaa", outcomes=[FAILED]).run()
    assert scene.outcomes == [FAILED, OK, OK]
    assert (scene.it.hits, scene.it.loads) == (1, 2)


def test_looking_takes_time_hit_or_miss():
    scene = Scene(cache(capacity=9, lookup_time=0.5), [0, 10], keys="aa", takes_s=2.0).run()
    assert scene.answered_s == [2.5, 10.5]


def test_a_call_may_be_taken_back_while_the_cache_looks():
    scene = Scene(cache(capacity=9, lookup_time=0.5), [0], keys="a")
    scene.at(0.25, scene.user.calls[0].cancel)
    scene.run()
    assert scene.outcomes == [CANCELED]
    assert scene.downstream.arrived_s == []


def test_a_flush_empties_the_cache():
    scene = Scene(cache(capacity=9), [0, 1, 2, 3], keys="aaaa")
    scene.at(1.5, scene.it.flush).run()
    assert (scene.it.hits, scene.it.misses, scene.it.entries) == (2, 2, 1)


def test_a_load_under_way_survives_a_flush():
    scene = Scene(cache(capacity=9), [0, 2], keys="aa", takes_s=1.0)
    scene.at(0.5, scene.it.flush).run()
    assert scene.it.hits == 1


# -- time to live ------------------------------------------------------------------------------


def test_an_entry_lives_so_long_from_its_fill():
    # Filled at 0.25, so that it is there until 3.25.
    assert hits(cache(ttl=3.0), [0, 3.2, 3.25], "aaa") == [False, True, False]


def test_a_hit_does_not_prolong_an_entrys_life():
    found = hits(cache(ttl=3.0), [0, 1, 2, 3, 4], "aaaaa")
    assert found == [False, True, True, True, False]


def test_what_was_found_too_old_is_counted():
    scene = Scene(cache(ttl=3.0), [0, 10], keys="aa").run()
    assert (scene.it.expired, scene.it.misses, scene.it.entries) == (1, 2, 1)


@pytest.mark.parametrize(("fill", "is_hit"), [("set", True), ("add", False)])
def test_a_second_load_restarts_the_time_to_live_only_with_set(fill, is_hit):
    # Loads come back at 1 and 1.5: the entry lives until 3, or from 1.5 until 3.5.
    found = hits(cache(ttl=2.0, fill=fill), [0, 0.5, 3.2], "aaa", takes_s=1.0)
    assert found == [False, False, is_hit]


def test_add_fills_what_has_expired():
    # The entry filled at 1 has expired at 2, when a third load comes back at 2.5.
    found = hits(cache(ttl=1.0, fill="add"), [0, 0.5, 1.5, 3.2], "aaba", takes_s=1.0)
    assert found == [False, False, False, False]
    found = hits(cache(ttl=1.0, fill="add"), [0, 2.2, 3.5], "aaa", takes_s=1.0)
    assert found == [False, False, True]


def test_ttl_counts_anew_from_every_hit_if_wanted():
    at_s = [0, 2, 4, 6, 9.5]
    assert hits(cache(ttl=3.0), at_s, "aaaaa") == [False, True, False, True, False]
    sliding = cache(ttl=3.0, ttl_from="last_use")
    assert hits(sliding, at_s, "aaaaa") == [False, True, True, True, False]


def test_capacity_and_ttl_go_together():
    found = hits(cache(capacity=1, ttl=3.0), [0, 1, 2, 3, 7], "aabab")
    assert found == [False, True, False, False, False]


# -- coalescing --------------------------------------------------------------------------------


def test_without_coalescing_every_miss_is_a_load():
    scene = Scene(cache(ttl=9.0), [0, 0.1, 0.2], keys="aaa", takes_s=1.0).run()
    assert scene.it.loads == 3
    assert scene.answered_s == pytest.approx([1.0, 1.1, 1.2])


def test_coalescing_loads_once_and_answers_all_together():
    spec = cache(ttl=9.0, coalesces=True)
    scene = Scene(spec, [0, 0.1, 0.2, 1.5], keys="aaaa", takes_s=1.0).run()
    assert (scene.it.loads, scene.it.coalesced, scene.it.hits) == (1, 2, 1)
    assert scene.answered_s == [1.0, 1.0, 1.0, 1.5]


def test_keys_are_loaded_side_by_side():
    spec = cache(ttl=9.0, coalesces=True)
    scene = Scene(spec, [0, 0.5], keys="ab", takes_s=1.0).run()
    assert scene.answered_s == [1.0, 1.5]


def test_all_who_wait_see_the_load_fail_and_the_next_one_loads_again():
    spec = cache(ttl=9.0, coalesces=True)
    scene = Scene(spec, [0, 0.5, 2], keys="aaa", takes_s=1.0, outcomes=[FAILED]).run()
    assert scene.outcomes == [FAILED, FAILED, OK]
    assert scene.it.loads == 2


@pytest.mark.parametrize("who", [0, 1])
def test_the_load_goes_on_when_one_of_those_who_wait_gives_up(who):
    scene = Scene(cache(ttl=9.0, coalesces=True), [0, 0.1, 2], keys="aaa", takes_s=1.0)
    scene.at(0.5, scene.user.calls[who].cancel)
    scene.run()
    assert scene.outcomes[who] == CANCELED
    assert scene.answered_s[1 - who] == 1.0
    assert scene.downstream.canceled_s == []
    assert (scene.it.loads, scene.it.hits) == (1, 1)


def test_waiters_behind_an_impatient_client_time_out_one_by_one():
    specs = {
        "client": ClientSpec(next="cache", timeout=0.75, cancels=True),
        "cache": cache(ttl=9.0, coalesces=True),
    }
    scene = Scene(specs, [0, 0.5], keys="aa", takes_s=1.0).run()
    assert scene.outcomes == [TIMED_OUT, OK]
    assert scene.answered_s == [0.75, 1.0]


# -- plain chance ------------------------------------------------------------------------------


def test_the_hit_ratio_is_a_chance_of_its_own_for_each_request():
    system = {
        "cache": {"kind": "cache", "hit_ratio": 0.8, "origin": "db"},
        "db": {"kind": "server", "workers": 1000, "service_time": 1.0},
    }
    finished = run(scenario(system, {"kind": "constant", "rate": 1000.0}, 20.0, run={"drain": 2.0}))
    is_hit = finished.requests.latency_s == 0
    error = 5 * np.sqrt(0.8 * 0.2 / is_hit.size)
    assert is_hit.mean() == pytest.approx(0.8, abs=error)
    # A hit says nothing about the next: as many pairs of hits as independence makes.
    assert (is_hit[1:] & is_hit[:-1]).mean() == pytest.approx(0.64, abs=2 * error)


@pytest.mark.parametrize(("ratio", "loads"), [(0.0, 5), (1.0, 0)])
def test_never_and_always_are_possible(ratio, loads):
    scene = Scene(cache(hit_ratio=ratio), [0, 1, 2, 3, 4]).run()
    assert scene.it.loads == loads


def test_a_plain_chance_does_not_go_with_entries():
    for wrong in ({"capacity": 3}, {"ttl": 1.0}, {"coalesces": True}):
        with pytest.raises(ValueError, match="hit_ratio has no keys"):
            cache(hit_ratio=0.5, **wrong)


def test_a_cache_that_is_told_nothing_is_refused():
    with pytest.raises(ValueError, match="give hit_ratio, or capacity, ttl or both"):
        cache()


def test_only_a_cache_with_entries_can_be_flushed():
    assert cache(ttl=1.0).can_have("cache_flush")
    assert not cache(hit_ratio=0.5).can_have("cache_flush")
    assert not cache(ttl=1.0).can_have("crash")
