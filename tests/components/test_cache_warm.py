"""What a cache promises about how it begins, about replicas and tiers, and about losing entries."""

import numpy as np
import pytest

from simulator.components.cache import CacheSpec
from simulator.components.load_balancer import LoadBalancerSpec
from simulator.faults.cache_flush import CacheFlush
from simulator.runner import run
from simulator.stats import theory
from tests.kernel.scene import Scene, scenario


def cache(**parameters):
    return CacheSpec(origin="downstream", **parameters)


def begun(spec, keys=100):
    """A cache at the beginning of a run with so many keys to ask for."""
    return Scene(spec, [], key_count=keys).it


def befall(found, fault, name):
    """Have a fault befall a group of a scene; the strikes it tells of, as they happen."""
    strikes = []

    def note(*strike):
        strikes.append(strike)

    for process in fault.processes(found.sim, found.groups[name], note, "faults[0]"):
        found.sim.process(process)
    return strikes


def flushed(spec, fault, until=100, **scene):
    found = Scene(spec, **scene)
    befall(found, fault, "it")
    return found.run(until)


# -- warm --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("warm", "held"), [(True, 20), (False, 0), (7, 7), (0.5, 10), ("25%", 5), (50, 20), (1, 1)]
)
def test_a_warm_cache_begins_with_the_most_popular_keys(warm, held):
    it = begun(cache(capacity=20, warm=warm))
    assert sorted(it._held) == list(range(held))
    assert it.entries == held


def test_without_a_limit_it_begins_with_all_keys_or_a_share_of_them():
    assert len(begun(cache(ttl=9.0, warm=True))._held) == 100
    assert len(begun(cache(ttl=9.0, warm=0.3))._held) == 30


def test_it_does_not_begin_with_keys_that_nobody_can_ask_for():
    assert len(begun(cache(capacity=20, warm=True), keys=8)._held) == 8


def test_the_least_popular_of_them_leaves_first():
    found = Scene(cache(capacity=3, warm=True), [0, 1, 2], keys=[50, 0, 2], key_count=100).run()
    assert (found.it.hits, found.it.evicted) == (1, 2)


def test_warm_entries_expire_as_if_they_had_been_filled_at_some_time_before():
    it = begun(cache(ttl=10.0, warm=True), keys=4000)
    left_s = np.sort([entry.expires_s for entry in it._held.values()])
    # Kolmogorov-Smirnov: 1.95 / sqrt(n) is exceeded once in a thousand samples
    assert np.abs(left_s / 10 - np.arange(1, 4001) / 4000).max() < 1.95 / np.sqrt(4000)


def test_warm_entries_that_live_from_their_last_use_have_just_been_used():
    it = begun(cache(ttl=10.0, ttl_from="last_use", warm=True))
    assert {entry.expires_s for entry in it._held.values()} == {10.0}


def test_a_warm_cache_hits_from_the_start_as_it_will_later():
    """A thousand requests: at first with the best keys there are, later with those of LRU."""
    system = {
        "cache": {"kind": "cache", "capacity": 500, "origin": "db"},
        "db": {"kind": "server", "workers": 100, "service_time": 0.001},
    }
    keys = {"kind": "zipf", "count": 10_000, "exponent": 0.8}
    arrivals = {"kind": "constant", "rate": 10_000.0}
    found = {}
    for warm in (True, False):
        system["cache"]["warm"] = warm
        finished = run(scenario(system, arrivals, 0.1, keys=keys))
        found[warm] = finished.component_measures("cache")["hit_ratio"]
    popularity = theory.zipf_probabilities(10_000, 0.8)
    error = 4 * np.sqrt(0.25 / 1000)
    assert found[True] > theory.lru_hit_ratio(popularity, 500) - error
    assert found[True] < theory.lfu_hit_ratio(popularity, 500) + error
    assert found[False] < 1 - theory.distinct_keys(popularity, 1000) / 1000 + error
    assert found[False] < theory.lru_hit_ratio(popularity, 500)


@pytest.mark.parametrize("wrong", [0, -3, 1.5, 0.0, "150%", "0%", "some", [3]])
def test_a_warmth_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="must be true, a number of keys such as 300, or a share"):
        cache(capacity=3, warm=wrong)


# -- replicas and tiers ------------------------------------------------------------------------


def test_each_replica_has_entries_of_its_own():
    specs = {
        "balancer": LoadBalancerSpec(pool="near", policy="round_robin"),
        "near": cache(capacity=9, replicas=2),
    }
    found = Scene(specs, [0, 1, 2, 3], keys="aaaa").run()
    assert [(each.name, each.misses, each.hits) for each in found.groups["near"]] == [
        ("near[1]", 1, 1),
        ("near[2]", 1, 1),
    ]


def test_a_miss_of_the_near_cache_fills_both_tiers():
    specs = {
        "near": CacheSpec(origin="far", capacity=1),
        "far": cache(capacity=9),
    }
    found = Scene(specs, [0, 1, 2], keys="aba", takes_s=0.5).run()
    assert found.answered_s == [0.5, 1.5, 2]
    assert found.downstream.arrived_s == [0, 1]
    assert (found["near"].misses, found["far"].misses, found["far"].hits) == (3, 2, 1)


def test_replicas_are_measured_together_and_each():
    system = {
        "balancer": {"kind": "load_balancer", "pool": "near", "policy": "round_robin"},
        "near": {"kind": "cache", "capacity": 10, "replicas": 2, "origin": "db"},
        "db": {"kind": "server", "workers": 100, "service_time": 0.001},
    }
    arrivals = {"kind": "constant", "rate": 100.0}
    finished = run(scenario(system, arrivals, 10.0, keys={"kind": "zipf", "count": 30}))
    both = finished.component_measures("near")
    each = [finished.component_measures(f"near[{i}]") for i in (1, 2)]
    assert both["hits"] == each[0]["hits"] + each[1]["hits"] > 0
    assert both["hit_ratio"] == pytest.approx(both["hits"] / (both["hits"] + both["misses"]))


def test_a_request_has_the_same_luck_at_whichever_replica_it_gets_to():
    spec = cache(hit_ratio=0.5, replicas=3)
    found = Scene({"balancer": LoadBalancerSpec(pool="near"), "near": spec}, [0])
    assert len({replica._luck for replica in found.groups["near"]}) == 1


# -- flush -------------------------------------------------------------------------------------


def test_a_share_of_the_entries_may_be_lost():
    spec = cache(capacity=1000, warm=True)
    fault = CacheFlush(of="it", start=1.0, share=0.25)
    found = flushed(spec, fault, at_s=[], key_count=1000)
    assert 750 - 5 * 14 < found.it.entries < 750 + 5 * 14  # five standard deviations


def test_losing_shares_one_after_the_other_loses_other_entries():
    spec = cache(capacity=1000, warm=True)
    fault = CacheFlush(of="it", start=1.0, every=2.0, share=0.5)
    found = flushed(spec, fault, at_s=[], key_count=1000, until=4.0)
    assert 250 - 5 * 14 < found.it.entries < 250 + 5 * 14


def test_a_rolling_restart_takes_one_replica_after_the_other():
    specs = {
        "near": cache(capacity=9, replicas=3, warm=True),
    }
    fault = CacheFlush(of="near", start=10.0, stagger=5.0, every=60.0)
    left = []
    found = Scene(specs, [], key_count=9)
    strikes = befall(found, fault, "near")
    for instant_s in (9, 11, 16, 21, 71):
        found.at(instant_s, lambda: left.append([each.entries for each in found.groups["near"]]))
    found.run(72)
    assert left == [[9, 9, 9], [0, 9, 9], [0, 0, 9], [0, 0, 0], [0, 0, 0]]
    assert strikes == [("near", 10.0, 20.0), ("near", 70.0, 80.0)]


def test_a_replica_that_restarts_warm_has_the_most_popular_keys_at_once():
    fault = CacheFlush(of="it", start=5.0, warm=True)
    spec = cache(capacity=3, ttl=8.0)
    scene = {"at_s": [0.0, 6.0, 7.0, 12.9, 13.0], "keys": [9, 0, 9, 1, 1], "key_count": 10}
    found = flushed(spec, fault, **scene)
    assert (found.it.hits, found.it.misses) == (2, 3), "0 and 1 are there, 9 was lost, 13 is late"


def test_remembered_failures_are_lost_with_the_entries():
    spec = cache(capacity=3, negative_ttl=50.0)
    fault = CacheFlush(of="it", start=1.0)
    found = flushed(spec, fault, at_s=[0, 2], keys="aa", outcomes=[3])
    assert found.it.negative_hits == 0


def test_a_part_of_a_cache_does_not_begin_anew():
    with pytest.raises(ValueError, match="leave out share, or warm"):
        CacheFlush(of="it", start=1.0, share=0.5, warm=True)
