"""Faults that come one replica after another, or by and by: bad deploys and brown-outs."""

import pytest
from pydantic import ValidationError

from simulator.components.server import ServerSpec
from simulator.faults.bad_deploy import BadDeploy
from simulator.faults.brown_out import STEPS, BrownOut
from simulator.kernel import FAILED, OK
from simulator.runner import run
from simulator.scenario.checks import problems
from simulator.scenario.draft import Draft
from tests.kernel.scene import Scene, scenario

FOUR = {
    "balancer": {"kind": "load_balancer", "pool": "api", "policy": "round_robin"},
    "api": {"kind": "server", "replicas": 4, "workers": 50, "service_time": 0.01},
}


def suffering(fault, at_s, needs=None, **parameters):
    """A server with many workers that a fault befalls while calls come."""
    spec = ServerSpec(**{"service_time": 1.0, "workers": 1000} | parameters)
    scene = Scene(spec, at_s, needs=needs or [1.0] * len(at_s))
    for process in fault.processes(scene.sim, [scene.it], lambda *_: None, "fault"):
        scene.sim.process(process)
    return scene.run(until=1000)


def took_s(scene, at_s):
    return [end_s - begin_s for begin_s, end_s in zip(at_s, scene.answered_s, strict=True)]


# -- bad deploy --------------------------------------------------------------------------------


def deployed(duration=100.0, **parameters):
    fault = {
        "kind": "bad_deploy",
        "of": "api",
        "from": 10.0,
        "stagger": 5.0,
        "detected_after": 12.0,
    }
    arrivals = {"kind": "constant", "rate": 40.0}
    return run(scenario(FOUR, arrivals, duration, faults=[fault | parameters]))


def intervals(found):
    return [(each.of, each.start_s, each.end_s) for each in found.strikes]


def test_it_reaches_one_replica_after_another_and_is_rolled_back_in_the_same_order():
    found = deployed(factor=2.0, detected_after=40.0, rollback_stagger=1.0)
    assert intervals(found) == [
        ("api[1]", 10, 50),
        ("api[2]", 15, 51),
        ("api[3]", 20, 52),
        ("api[4]", 25, 53),
    ]


def test_replicas_that_it_had_not_reached_when_it_was_noticed_never_get_it():
    found = deployed(ratio=1.0)
    assert intervals(found) == [("api[1]", 10, 22), ("api[2]", 15, 27), ("api[3]", 20, 32)]
    failed = {name: found.measures()[f"{name}.failed"] for name in ("api[1]", "api[4]")}
    assert failed["api[1]"] == pytest.approx(120, abs=1)
    assert failed["api[4]"] == 0


@pytest.mark.parametrize(
    ("stagger", "detected_after", "reached"),
    [(5.0, 10.0, 2), (5.0, 10.1, 3), (0.1, 0.3, 3), (0.0, 1.0, 9), (5.0, 1.0, 1), (1.0, 99.0, 9)],
)
def test_it_has_reached_those_whose_turn_came_before_it_was_noticed(
    stagger, detected_after, reached
):
    fault = BadDeploy(of="it", start=0, factor=2.0, stagger=stagger, detected_after=detected_after)
    assert fault.reached(9) == reached


def test_it_is_slower_and_fails_a_part_of_the_calls():
    at_s = [0.0, 2.0, 20.0]
    fault = BadDeploy(of="it", start=1, factor=3.0, ratio=1.0, detected_after=5)
    scene = suffering(fault, at_s, needs=[0.5] * 3)
    assert took_s(scene, at_s) == [0.5, 1.5, 0.5]
    assert scene.outcomes == [OK, FAILED, OK]


def test_it_may_come_again():
    found = deployed(duration=190.0, factor=2.0, every=60.0, of="api[2]")
    assert intervals(found) == [("api[2]", 10 + 60 * i, 22 + 60 * i) for i in range(3)]


def test_a_version_without_faults_is_refused():
    with pytest.raises(ValidationError, match="nothing is wrong with this version"):
        BadDeploy(of="it", start=0, detected_after=1)


def test_the_next_deploy_must_wait_until_the_last_is_rolled_back():
    right = scenario(FOUR, duration=1000.0)
    fault = {"kind": "bad_deploy", "of": "api", "factor": 2.0, "from": 0.0, "every": 20.0}
    fault |= {"stagger": 5.0, "detected_after": 12.0}
    wrong = type(right).model_validate(right.plain() | {"faults": [fault]})
    ((path, message),) = [(each.path, each.message) for each in problems(Draft.of(wrong))]
    assert path == ("faults", 0, "every")
    assert "found 20 s; must be more than the 22 s that it takes" in message


# -- brown-out ---------------------------------------------------------------------------------


def brown_out(**parameters):
    ramps = {"start": 100, "length": 100, "ramp_up": 40, "ramp_down": 20}
    return BrownOut(of="it", **ramps | parameters)


def test_work_takes_longer_by_and_by_and_then_less_again():
    at_s = [0.0, 110.0, 120.0, 130.0, 150.0, 185.0, 199.5, 201.0]
    scene = suffering(brown_out(factor=5.0), at_s, needs=[1e-3] * len(at_s))
    slowness = [each / 1e-3 for each in took_s(scene, at_s)]
    up = {110: 0.25, 120: 0.5, 130: 0.75}  # part of the ramp; a step has begun
    down = {185: 0.75, 199.5: 0.05}
    levels = [0, *(part + 1 / STEPS for part in up.values()), 1, *down.values(), 0]
    assert slowness == pytest.approx([1 + 4 * level for level in levels])


def test_calls_fail_more_and_more_and_then_less_again():
    fault = brown_out(ratio=0.5, ramp_up=50, ramp_down=50, length=100)
    at_s = [i / 100 for i in range(30_000)]
    scene = suffering(fault, at_s, needs=[1e-6] * len(at_s))
    failed = [scene.outcomes[i : i + 1000].count(FAILED) / 1000 for i in range(0, 30_000, 1000)]
    assert failed[:10] == failed[20:] == [0.0] * 10
    worst = [0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.4, 0.3, 0.2, 0.1]  # at the ends of tenths
    mean = [(a + b) / 2 for a, b in zip([0, *worst[:5]], worst[:5], strict=False)]
    assert failed[10:15] == pytest.approx([each + 0.0125 for each in mean], abs=0.08)
    assert sum(failed[10:20]) == pytest.approx(2.5, abs=0.2)


def test_when_it_is_over_nothing_is_left_of_it():
    scene = suffering(brown_out(factor=5.0, ratio=0.3), [])
    assert scene.it._slowness == 1
    assert not scene.it._aside.bursts
    assert not scene.it._aside.slowdowns


def test_without_ramps_it_is_there_at_once():
    at_s = [99.0, 101.0, 199.5, 201.0]
    fault = brown_out(factor=5.0, ramp_up=0, ramp_down=0)
    scene = suffering(fault, at_s, needs=[0.1] * 4)
    assert took_s(scene, at_s) == pytest.approx([0.1, 0.5, 0.5, 0.1])


def test_it_is_one_strike_from_its_beginning_to_its_end():
    fault = {"kind": "brown_out", "of": "api", "from": 10.0, "for": 20.0, "every": 40.0}
    fault |= {"factor": 3.0, "ramp_up": 10.0, "ramp_down": 10.0}
    found = run(scenario(FOUR, {"kind": "constant", "rate": 10.0}, 100.0, faults=[fault]))
    assert intervals(found) == [("api", 10, 30), ("api", 50, 70), ("api", 90, 100)]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "nothing gets worse"),
        ({"factor": 2.0, "ramp_up": 90}, "take 110 s; must be at most 100 s"),
        ({"factor": 0.5}, "greater than or equal to 1"),
    ],
)
def test_impossible_ones_are_refused(wrong, message):
    with pytest.raises(ValidationError, match=message):
        brown_out(**wrong)
