"""What a cache promises about writes: where they go, what they cost, and what may be lost."""

import pytest

from simulator.components.cache import CacheSpec
from simulator.components.load_balancer import LoadBalancerSpec
from simulator.kernel import FAILED, OK, RequestClass
from simulator.runner import run
from tests.kernel.scene import Scene, scenario

KINDS = [RequestClass("read"), RequestClass("write", writes=True)]


def cache(**parameters):
    parameters = {"capacity": 9} | parameters
    return CacheSpec(origin="downstream", **parameters)


def scene(spec, at_s, deeds, takes_s=0.25, **more):
    """Reads and writes of keys: ``Ra`` reads key a, ``Wa`` writes it."""
    deeds = deeds.split()
    keys = [deed[1] for deed in deeds]
    classes = ["RW".index(deed[0]) for deed in deeds]
    return Scene(spec, at_s, keys=keys, classes=classes, kinds=KINDS, takes_s=takes_s, **more)


def at_origin(found):
    """What came to the origin: ``R`` or ``W`` and the key."""
    return [f"{'RW'[request[1]]}{request[2]}" for request in found.downstream.requests]


# -- around, invalidate, through ---------------------------------------------------------------


def test_a_write_around_leaves_an_outdated_entry():
    found = scene(cache(writes="around"), [0, 1, 2, 3], "Ra Wa Ra Ra").run()
    assert found.answered_s == [0.25, 1.25, 2, 3]
    assert (found.it.outdated_hits, found.it.hits, found.it.writes) == (2, 2, 1)


def test_a_write_around_does_not_fill():
    found = scene(cache(writes="around"), [0, 1], "Wa Ra").run()
    assert at_origin(found) == ["Wa", "Ra"]
    assert found.it.outdated_hits == 0


def test_an_entry_filled_after_the_write_is_up_to_date():
    found = scene(cache(writes="around", ttl=2.0), [0, 1, 3, 4], "Ra Wa Ra Ra").run()
    assert (found.it.hits, found.it.outdated_hits) == (1, 0)


def test_a_write_invalidates_unless_told_otherwise():
    found = scene(cache(), [0, 1, 2, 3], "Ra Wa Ra Ra").run()
    assert found.answered_s == [0.25, 1.25, 2.25, 3]
    assert (found.it.invalidated, found.it.outdated_hits, found.it.entries) == (1, 0, 1)


def test_a_write_that_fails_changes_nothing():
    for how in ("around", "invalidate", "through"):
        found = scene(cache(writes=how), [0, 1, 2], "Ra Wa Ra", outcomes=[OK, FAILED]).run()
        assert found.outcomes == [OK, FAILED, OK]
        assert (found.it.hits, found.it.outdated_hits, found.it.entries) == (1, 0, 1)


def test_a_write_through_fills_when_the_origin_has_it():
    found = scene(cache(writes="through"), [0, 0.1, 1], "Wa Ra Ra").run()
    assert found.answered_s == [0.25, 0.35, 1]
    assert (found.it.hits, found.it.outdated_hits) == (1, 0)


def test_a_write_through_restarts_the_time_to_live():
    found = scene(cache(writes="through", ttl=2.0), [0, 1.5, 3], "Ra Wa Ra").run()
    assert found.it.hits == 1


def test_reads_alone_count_as_hits_and_misses():
    found = scene(cache(writes="through"), [0, 1, 2, 3], "Wa Wa Ra Ra").run()
    assert (found.it.hits, found.it.misses, found.it.writes) == (2, 0, 2)


def test_a_write_through_to_a_full_cache_is_admitted_like_a_load():
    found = scene(cache(capacity=1, eviction="lfu", writes="through"), [0, 1, 2], "Ra Ra Wb").run()
    assert found.it.not_admitted == 1
    assert found.it.evicted == 0


# -- back --------------------------------------------------------------------------------------


def test_a_write_back_is_answered_at_once_and_saved_after_a_while():
    found = scene(cache(writes="back", flush_after=5.0), [0, 1], "Wa Ra").run()
    assert found.answered_s == [0, 1]
    assert at_origin(found) == ["Wa"]
    assert found.downstream.arrived_s == [5.0]


def test_several_writes_of_an_entry_are_saved_as_one():
    found = scene(cache(writes="back", flush_after=5.0), [0, 1, 4.9, 6], "Wa Wa Wa Wa").run()
    assert found.downstream.arrived_s == [5.0, 11.0]
    assert [request[0] for request in found.downstream.requests] == [2, 3], "the last of each"
    assert found.it.written_back == 2


def test_an_evicted_entry_is_saved_on_leaving():
    found = scene(cache(capacity=1, writes="back"), [0, 1], "Wa Wb").run()
    assert at_origin(found) == ["Wa"]
    assert found.downstream.arrived_s == [1.0]
    assert found.it.dirty == 1


def test_an_entry_that_is_found_too_old_is_saved_before_it_is_loaded():
    found = scene(cache(ttl=2.0, writes="back"), [0, 3], "Wa Ra").run()
    assert at_origin(found) == ["Wa", "Ra"]


def test_a_flush_of_the_cache_loses_what_the_origin_has_not_got():
    found = scene(cache(writes="back", flush_after=5.0), [0, 0.5, 1, 6, 9], "Wa Wa Wb Wc Ra")
    found.at(5.5, found.it.flush)  # a was saved at 5, b would have been at 6
    found.run()
    assert found.it.lost_writes == 1
    assert at_origin(found) == ["Wa", "Ra", "Wc"]
    assert found.it.dirty == 0


def test_a_lost_write_leaves_readers_with_what_was_before():
    found = scene(cache(writes="back", flush_after=5.0), [0, 2, 3], "Wa Ra Ra")
    found.at(1, found.it.flush).run()
    assert (found.it.lost_writes, found.it.hits, found.it.outdated_hits) == (1, 1, 1)


def test_a_save_that_fails_is_tried_again():
    spec = cache(writes="back", flush_after=5.0)
    found = scene(spec, [0], "Wa", outcomes=[FAILED, FAILED]).run()
    assert found.downstream.arrived_s == [5.0, 10.25, 15.5]
    assert (found.it.lost_writes, found.it.dirty) == (0, 0)


def test_a_save_that_came_before_its_time_and_failed_is_tried_again_once():
    spec = cache(ttl=4.0, stale_if_error=5.0, writes="back", flush_after=3.0)
    found = scene(spec, [0, 5], "Wa Ra", outcomes=[FAILED, FAILED]).run()
    assert at_origin(found) == ["Wa", "Wa", "Ra", "Wa"]
    assert found.downstream.arrived_s == [3.0, 5.0, 5.0, 8.25]
    assert (found.it.lost_writes, found.it.dirty) == (0, 0)


def test_a_save_that_fails_after_eviction_is_lost():
    spec = cache(capacity=1, writes="back")
    found = scene(spec, [0, 0.5, 1], "Wa Wa Wb", outcomes=[FAILED]).run()
    assert found.it.lost_writes == 2


def test_writes_are_not_lost_twice_if_a_later_one_stands_for_them():
    spec = cache(writes="back", flush_after=1.0)
    found = scene(spec, [0, 1.1], "Wa Wa", outcomes=[FAILED])  # the first comes back at 1.25
    found.at(2.0, found.it.flush).run()
    assert found.it.lost_writes == 2


def test_a_load_does_not_overwrite_what_the_origin_has_not_got():
    found = scene(cache(writes="back", flush_after=5.0), [0, 0.1, 1], "Ra Wa Ra").run()
    assert found.answered_s == [0.25, 0.1, 1]
    assert (found.it.outdated_hits, at_origin(found)) == (0, ["Ra", "Wa"])


def test_dirty_entries_are_counted_while_they_last():
    system = {
        "cache": {
            "kind": "cache",
            "capacity": 10,
            "writes": "back",
            "flush_after": 5.0,
            "origin": "db",
        },
        "db": {"kind": "database", "connections": 1, "read_time": 0.001},
    }
    classes = {"writer": {"share": 1.0, "operation": "write"}}
    keys = {"kind": "uniform", "count": 1}
    arrivals = {"kind": "constant", "rate": 0.1}  # at 10, 20 ... 90: each is dirty for 5 s
    finished = run(scenario(system, arrivals, 100.0, keys=keys, classes=classes))
    measures = finished.component_measures("cache")
    assert measures["dirty_mean"] == pytest.approx(9 * 5 / 100)
    assert measures["written_back"] == 9


# -- several caches ----------------------------------------------------------------------------


def test_a_replica_does_not_learn_of_writes_at_another():
    specs = {
        "balancer": LoadBalancerSpec(pool="near", policy="round_robin"),
        "near": cache(replicas=2),
    }
    # The first replica reads and goes on reading, the second one writes.
    found = scene(specs, [0, 1, 2, 3, 4, 5], "Ra Wa Ra Rb Ra Rb").run()
    one, other = found.groups["near"]
    assert (one.hits, one.outdated_hits) == (2, 2)
    assert (other.invalidated, other.outdated_hits, other.hits) == (0, 0, 1)


def test_a_write_goes_through_all_tiers():
    specs = {
        "near": CacheSpec(origin="far", capacity=1, writes="through"),
        "far": CacheSpec(origin="downstream", capacity=9, writes="through"),
    }
    found = scene(specs, [0, 1, 2, 3], "Wa Wb Ra Rb").run()
    assert at_origin(found) == ["Wa", "Wb"]
    assert (found["near"].hits, found["far"].hits) == (0, 2)


# -- a plain chance ----------------------------------------------------------------------------


def test_writes_pass_a_plain_chance():
    spec = CacheSpec(origin="downstream", hit_ratio=1.0)
    found = scene(spec, [0, 1, 2], "Ra Wa Ra").run()
    assert at_origin(found) == ["Wa"]
    assert (found.it.hits, found.it.writes, found.it.loads) == (2, 1, 0)


def test_the_load_behind_a_cache_is_told_before_a_run_with_writes():
    spec = CacheSpec(origin="db", hit_ratio=0.75)
    assert [spec.onward_of(each, {}) for each in KINDS] == [{"db": 0.25}, {"db": 1.0}]
    assert cache(writes="back").onward_of(KINDS[1], {}) is None


# -- what does not go together -----------------------------------------------------------------


def test_flush_after_is_of_writing_back():
    with pytest.raises(ValueError, match="flush_after goes with writes: back"):
        cache(flush_after=1.0)


def test_writing_back_has_to_happen_some_time():
    with pytest.raises(ValueError, match="needs flush_after or capacity"):
        cache(capacity=None, ttl=3.0, writes="back")


def test_an_entry_is_saved_before_it_expires():
    with pytest.raises(ValueError, match=r"flush_after \(3 s\) must be less than ttl \(3 s\)"):
        cache(ttl=3.0, writes="back", flush_after=3.0)
