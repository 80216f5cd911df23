"""What a zone outage takes down, and that it takes down all of it at once."""

import pytest

from simulator.faults.zone_outage import ZoneOutage
from simulator.results import Strike
from simulator.runner import run
from tests.kernel.scene import scenario

COMPONENTS = {
    "balancer": {"kind": "load_balancer", "pool": ["api", "near"]},
    "api": {"kind": "server", "replicas": 5, "service_time": 0.001, "zone": ["a", "b", "c"]},
    "near": {"kind": "server", "service_time": 0.001, "zone": "b"},
    "far": {"kind": "server", "service_time": 0.001},
}
OUTAGE = {"kind": "zone_outage", "zone": "b", "from": 2.0, "for": 3.0}


def test_replicas_stand_in_the_zones_in_turn():
    zones = scenario(COMPONENTS).system.zones()
    assert zones == {
        "api[1]": "a",
        "api[2]": "b",
        "api[3]": "c",
        "api[4]": "a",
        "api[5]": "b",
        "near": "b",
    }


def test_it_befalls_whatever_stands_in_the_zone_and_can_crash():
    specs = scenario(COMPONENTS).system.components
    zone = ZoneOutage(zone="b", start=2.0, length=3.0)
    assert zone.targets(specs) == ["api[2]", "api[5]", "near"]


def test_all_of_it_is_down_for_the_same_time():
    found = run(scenario(COMPONENTS, faults=[OUTAGE]))
    down = {name for name in found.components if "up" in found.components[name].totals}
    up = {name: found.component_measures(name)["up_mean"] for name in down}
    befallen = {"api[2]", "api[5]", "near"}
    assert up == pytest.approx({name: 0.7 if name in befallen else 1.0 for name in down})


def test_it_is_one_strike_named_by_the_zone():
    found = run(scenario(COMPONENTS, faults=[OUTAGE]))
    assert found.strikes == [Strike(0, "zone b", 2.0, 5.0)]


def test_callers_are_refused_or_left_in_silence():
    alone = {"api": COMPONENTS["near"]}
    told = run(scenario(alone, faults=[OUTAGE])).request_measures()
    silent = run(scenario(alone, faults=[OUTAGE | {"hang": True}])).request_measures()
    assert told["failed"] > 0
    assert told["unfinished"] == silent["failed"] == 0
    assert silent["unfinished"] == told["failed"]
