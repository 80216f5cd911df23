"""What a probe is told: what a caller would see, at no cost."""

import pytest

from simulator.components.client import ClientSpec
from simulator.components.load_balancer import LoadBalancerSpec
from simulator.components.server import ServerSpec
from simulator.kernel import FAILED, OK, Call
from simulator.kernel.call import PROBE, Caller, probe_taking
from tests.kernel.scene import Scene

BOTH = pytest.mark.parametrize("discipline", ["fifo", "processor_sharing"])


def probed(scene, at_s, component=None, request=PROBE):
    """Probe a component at these instants; the answers so far, as ``(outcome, instant)``."""
    answers = [None] * len(at_s)

    class Checker(Caller):
        def returned(self, call, outcome, state):
            answers[state] = (outcome, scene.sim.now)

    def ask(place):
        (component or scene.it).probe(Call(request, Checker(), place))

    for place, instant_s in enumerate(at_s):
        scene.at(instant_s, ask, place)
    scene.run(until=1000)
    return answers


def test_a_busy_server_answers_a_probe_at_once_and_counts_nothing():
    scene = Scene(ServerSpec(service_time=1.0), [0, 0, 0], needs=[10.0, 10.0, 10.0])
    assert probed(scene, [5]) == [(OK, 5)]
    assert scene.it.served == len(scene.it.wait_s) == 3


@BOTH
def test_a_crashed_server_refuses_probes_until_it_is_back(discipline):
    scene = Scene(ServerSpec(service_time=1.0, discipline=discipline), [], needs=[])
    scene.at(1, scene.it.crash).at(3, scene.it.recover)
    assert probed(scene, [2, 4]) == [(FAILED, 2), (OK, 4)]
    assert scene.it.failed == 0


@BOTH
def test_a_hanging_server_is_silent(discipline):
    scene = Scene(ServerSpec(service_time=1.0, discipline=discipline), [], needs=[])
    scene.at(1, scene.it.crash, True).at(3, scene.it.recover, True)
    assert probed(scene, [2, 4]) == [None, (OK, 4)]


def test_a_server_that_stands_still_answers_when_it_goes_on():
    scene = Scene(ServerSpec(service_time=1.0), [], needs=[])
    scene.at(1, scene.it.stop).at(3, scene.it.go_on)
    assert probed(scene, [2]) == [(OK, 3)]


@BOTH
def test_a_slow_server_takes_longer_to_answer_a_probe_that_takes_time(discipline):
    scene = Scene(ServerSpec(service_time=1.0, discipline=discipline), [0], needs=[50.0])
    scene.at(3, scene.it.slow_down, 4.0)
    assert probed(scene, [1, 5], request=probe_taking(0.5)) == [(OK, 1.5), (OK, 7)]
    assert scene.it.served == 1


def test_a_probe_that_takes_time_sees_a_crash_meanwhile():
    scene = Scene(ServerSpec(service_time=1.0), [], needs=[])
    scene.at(2, scene.it.crash)
    assert probed(scene, [1], request=probe_taking(2.0)) == [(FAILED, 3)]


def test_whoever_only_passes_calls_on_asks_whom_they_would_go_to():
    specs = {
        "client": ClientSpec(next="balancer"),
        "balancer": LoadBalancerSpec(pool="api"),
        "api": ServerSpec(service_time=1.0, replicas=2),
    }
    scene = Scene(specs, [], needs=[])
    scene.at(1, scene.groups["api"][1].crash)
    outcomes = [outcome for outcome, _ in probed(scene, [2, 3, 4, 5])]
    assert sorted(outcomes) == [OK, OK, FAILED, FAILED]
