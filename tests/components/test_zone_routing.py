"""A load balancer in a zone: whom it prefers, what spills over, and what crossing costs."""

from collections import Counter

import numpy as np
import pytest

from simulator.components.client import ClientSpec
from simulator.components.load_balancer import LoadBalancerSpec
from simulator.components.server import ServerSpec
from simulator.kernel import FAILED, OK, TIMED_OUT
from simulator.policies.priority_levels import loads_of
from simulator.runner import run
from simulator.scenario import parse
from tests.kernel.scene import Scene, scenario
from tests.scenario.small import told

CHECK = {
    "interval": 1.0,
    "timeout": 0.5,
    "detector": {"kind": "consecutive", "unhealthy_after": 1, "healthy_after": 1},
}


def zoned(at_s=(), needs=(), replicas=6, zones=("a", "b", "c"), seed=0, **balancer):
    """Replicas in zones in turn, and a balancer in zone a that prefers its own."""
    given = {"kind": "load_balancer", "pool": "api", "zone": "a", "zone_aware": True}
    given |= {"health_check": CHECK, "policy": "round_robin"} | balancer
    specs = {
        "balancer": LoadBalancerSpec.model_validate(given),
        "api": ServerSpec(service_time=1.0, replicas=replicas, workers="unlimited", zone=zones),
    }
    return Scene(specs, list(at_s), needs=list(needs), seed=seed)


def calls(scene):
    """How many calls each replica has seen."""
    return [each.served + each.failed for each in scene.groups["api"]]


def by_zone(scene, zones="abc"):
    found = Counter()
    for place, count in enumerate(calls(scene)):
        found[zones[place % len(zones)]] += count
    return dict(found)


def test_all_calls_stay_at_home_while_home_is_well():
    scene = zoned(np.arange(0, 10, 0.1), [0.01] * 100)
    scene.run(until=20)
    assert by_zone(scene) == {"a": 100, "b": 0, "c": 0}
    assert scene["balancer"].cross_zone == 0


def test_the_policy_chooses_within_the_zone():
    scene = zoned(np.arange(0, 10, 0.1), [0.01] * 100)
    scene.run(until=20)
    assert calls(scene) == [50, 0, 0, 50, 0, 0]


def test_all_zones_are_equal_to_a_balancer_that_minds_none():
    scene = zoned(np.arange(0, 12, 0.1), [0.01] * 120, zone_aware=False)
    scene.run(until=20)
    assert by_zone(scene) == {"a": 40, "b": 40, "c": 40}
    assert scene["balancer"].cross_zone == 80


def test_the_first_zone_of_the_order_takes_over():
    scene = zoned(np.arange(5, 15, 0.1), [0.01] * 100, zone_order=["c"])
    for replica in scene.groups["api"][::3]:
        scene.at(2, replica.crash)
    scene.run(until=20)
    assert by_zone(scene) == {"a": 0, "b": 0, "c": 100}


def test_without_an_order_all_other_zones_take_over_together():
    scene = zoned(np.arange(5, 15, 0.1), [0.01] * 100)
    for replica in scene.groups["api"][::3]:
        scene.at(2, replica.crash)
    scene.run(until=20)
    assert by_zone(scene) == {"a": 0, "b": 50, "c": 50}


@pytest.mark.parametrize("down", [0, 2, 4, 7, 10])
def test_as_much_spills_over_as_the_percentages_say(down):
    """Ten replicas at home, ten away: simulated traffic against the arithmetic of levels."""
    at_s = np.arange(5, 25, 0.005)
    scene = zoned(at_s, [0.001] * len(at_s), replicas=20, zones=("a", "b"))
    for replica in scene.groups["api"][::2][:down]:
        scene.at(2, replica.crash)
    scene.run(until=30)
    percents, _ = loads_of([10 - down, 10], [10, 10])
    found = by_zone(scene, "ab")
    spread = 3.9 * np.sqrt(percents[0] * percents[1] / 100**2 * len(at_s))
    assert found["b"] == pytest.approx(percents[1] / 100 * len(at_s), abs=spread + 1e-9)
    assert found["b"] == scene["balancer"].cross_zone
    assert set(scene.outcomes) == {OK}


def test_overprovisioning_is_how_much_may_fail_before_anything_spills_over():
    def spilled(**more):
        at_s = np.arange(5, 25, 0.01)
        scene = zoned(at_s, [0.001] * len(at_s), replicas=8, zones=("a", "b"), **more)
        scene.at(2, scene["api"].crash)  # one of four at home
        scene.run(until=30)
        return scene["balancer"].cross_zone / len(at_s)

    assert spilled() == 0
    assert spilled(overprovisioning=1.0) == pytest.approx(0.25, abs=0.04)


def test_in_panic_a_level_lets_calls_go_to_all_its_replicas():
    """A quarter of each zone is well: 35 % each is too little, and both are below half."""
    at_s = np.arange(5, 25, 0.01)
    more = {"replicas": 8, "zones": ("a", "b"), "panic_threshold": 0.5}
    scene = zoned(at_s, [0.001] * len(at_s), **more)
    for replica in scene.groups["api"][2:]:
        scene.at(2, replica.crash)
    scene.run(until=30)
    assert scene["balancer"].panicking == 1
    assert scene.outcomes.count(FAILED) / len(at_s) == pytest.approx(0.75, abs=0.04)
    assert scene["balancer"].cross_zone / len(at_s) == pytest.approx(0.5, abs=0.05)


def test_crossing_takes_its_time_there_and_back():
    times = {"zone_aware": False, "cross_zone_latency": 0.25}
    scene = zoned([1, 2, 3], [0.5] * 3, replicas=3, health_check=None, **times)
    scene.run(until=20)
    assert scene.answered_s == [1.5, 3.0, 4.0]
    assert scene["balancer"].outstanding == [0, 0, 0]


def test_a_call_that_crosses_counts_as_outstanding_all_the_way():
    times = {"zone_aware": False, "cross_zone_latency": 1.0}
    scene = zoned([0, 0], [1.0] * 2, replicas=2, zones=("a", "b"), health_check=None, **times)
    outstanding = {}
    for at_s in (0.5, 1.5, 2.5, 3.5):
        scene.at(at_s, lambda t=at_s: outstanding.update({t: [*scene["balancer"].outstanding]}))
    scene.run(until=10)
    assert outstanding == {0.5: [1, 1], 1.5: [0, 1], 2.5: [0, 1], 3.5: [0, 0]}


@pytest.mark.parametrize("gives_up_s", [0.5, 1.5, 2.5])
def test_a_call_may_be_taken_back_while_it_crosses(gives_up_s):
    specs = {
        "client": ClientSpec(next="balancer", timeout=gives_up_s, cancels=True),
        "balancer": LoadBalancerSpec(pool="api", zone="a", cross_zone_latency=1.0),
        "api": ServerSpec(service_time=1.0, zone="b"),
    }
    scene = Scene(specs, [0], needs=[1.0])
    scene.run(until=20)
    assert scene.outcomes == [TIMED_OUT]
    assert scene.answered_s == [gives_up_s]
    assert scene["balancer"].outstanding == [0]
    assert (scene["api"].in_service, scene["api"].queued) == (0, 0)


def test_calls_lost_in_a_crash_fail_when_word_of_it_has_come_back_across_the_border():
    """Their work would have ended while it comes, or later; nothing must come of that."""
    times = {"zone_aware": False, "cross_zone_latency": 1.0}
    for work_s in (1.75, 3.0):
        scene = zoned([0], [work_s], replicas=1, zones=("b",), health_check=None, **times)
        scene.at(2.5, scene["api"].crash)
        scene.run(until=10)
        assert (scene.outcomes, scene.answered_s) == ([FAILED], [3.5])
        assert scene["balancer"].outstanding == [0]


def test_balancers_in_their_zones_share_an_outage_and_nobody_notices():
    """Each of three balancers keeps to its zone; the calls of one that is gone go to the others."""
    system = {
        "user": {"kind": "client", "next": "front", "timeout": 1.0, "retries": 2},
        "front": {"kind": "load_balancer", "pool": "balancer", "policy": "round_robin"},
        "balancer": {
            "kind": "load_balancer",
            "replicas": 3,
            "pool": "api",
            "zone": ["a", "b", "c"],
            "zone_aware": True,
            "health_check": CHECK,
        },
        "api": {
            "kind": "server",
            "replicas": 6,
            "workers": "unlimited",
            "service_time": 0.01,
            "zone": ["a", "b", "c"],
        },
    }
    outage = [{"kind": "zone_outage", "zone": "b", "from": 20.0, "for": 40.0}]
    found = run(scenario(system, {"kind": "poisson", "rate": 50.0}, 60.0, faults=outage))
    assert found.request_measures()["success_ratio"] > 0.995
    crossed = {
        name: found.component_measures(name)["cross_zone"]
        for name in found.components
        if name.startswith("balancer")
    }
    assert crossed["balancer[1]"] == crossed["balancer[3]"] == 0
    assert crossed["balancer[2]"] > 500


def test_a_pool_without_zones_is_told():
    (found,) = told(("pool: api}", "pool: api, zone: a, zone_aware: true}"))
    assert found == ("api", "this server stands in no zone; give it one, or leave out zone_aware")


def test_a_file_may_say_all_of_it():
    text = """
        format: 1
        scenario: zones
        title: Zones
        chapter: tests
        question: What happens?
        system:
          entry: balancer
          components:
            balancer:
              kind: load_balancer
              pool: api
              zone: a
              zone_aware: true
              zone_order: [b, c]
              cross_zone_latency: 1ms
              health_check: {interval: 2s, timeout: 500ms, jitter: 10%, detector: phi_accrual}
              outlier_detection: {consecutive_errors: 3, timeout: 2s, max_ejected: 30%}
              panic_threshold: 50%
            api: {kind: server, replicas: 3, service_time: 10ms, zone: [a, b, c]}
        workload:
          arrivals: {kind: poisson, rate: 10/s}
        faults:
          - {kind: zone_outage, zone: a, from: 2s, for: 3s}
        run: {duration: 10s}
    """
    found = run(parse(text.replace("\n        ", "\n"), "zones.yaml", None))
    assert found.component_measures("balancer")["cross_zone"] > 0
