"""What a sequence promises, in scenes whose numbers can be worked out by hand."""

import numpy as np
import pytest

from simulator.components.client import ClientSpec
from simulator.components.sequence import SequenceSpec
from simulator.components.server import ServerSpec
from simulator.kernel import FAILED, OK, REJECTED, TIMED_OUT
from simulator.runner import run
from tests.kernel.scene import Scene, scenario

QUICK, SLOW = ServerSpec(service_time=1.0), ServerSpec(service_time=3.0)
FULL = ServerSpec(service_time=1.0, queue_limit=0)


def steps(*names, **parameters):
    return SequenceSpec(steps=names, **parameters)


def test_each_step_begins_when_the_one_before_it_is_back():
    scene = Scene({"it": steps("quick", "slow"), "quick": QUICK, "slow": SLOW}, at_s=[0.0]).run()
    assert scene.answered_s == [4.0]
    assert scene["slow"].wait_s.tolist() == [0.0]
    assert scene.outcomes == [OK]


def test_calls_take_their_steps_side_by_side():
    scene = Scene({"it": steps("quick", "slow"), "quick": QUICK, "slow": SLOW}, at_s=[0.0, 1.0])
    assert scene.run().answered_s == [4.0, 7.0]


def test_a_step_that_is_refused_ends_it():
    quick = ServerSpec(service_time=1.0, workers=2)
    specs = {"it": steps("quick", "full", "slow"), "quick": quick, "full": FULL, "slow": SLOW}
    scene = Scene(specs, at_s=[0.0, 0.5]).run()
    assert scene.outcomes == [OK, REJECTED]
    assert scene.answered_s == [5.0, 1.5]
    assert (scene.it.sent, scene.it.broken_off) == (5, 1)


def test_it_can_go_on_after_a_step_that_is_not_ok():
    specs = {
        "it": steps("downstream", "downstream", "downstream", on_error="go_on"),
    }
    scene = Scene(specs, at_s=[0.0], takes_s=1.0, outcomes=[FAILED, OK, TIMED_OUT]).run()
    assert scene.outcomes == [OK]
    assert scene.answered_s == [3.0]
    assert (scene.it.passed_over, scene.it.broken_off) == (2, 0)


def test_a_failure_of_the_last_step_breaks_nothing_off():
    scene = Scene(steps("a", "b"), at_s=[0.0], outcomes=[OK, FAILED]).run()
    assert scene.outcomes == [FAILED]
    assert scene.it.broken_off == 0


def test_who_gives_up_takes_the_step_under_way_along_and_no_other_follows():
    specs = {
        "client": ClientSpec(next="it", timeout=2.0, cancels=True),
        "it": steps("quick", "slow", "quick"),
        "quick": QUICK,
        "slow": SLOW,
    }
    scene = Scene(specs, at_s=[0.0]).run()
    assert scene.outcomes == [TIMED_OUT]
    assert scene["slow"].in_service == 0
    assert scene["quick"].served == 1


def test_the_first_step_takes_what_the_request_needs_and_a_second_visit_draws_anew():
    exponential = {"kind": "exponential", "mean": 1.0}
    specs = {
        "it": steps("a", "b", "a"),
        "a": ServerSpec.model_validate({"service_time": exponential}),
        "b": SLOW,
    }
    scene = Scene(specs, at_s=[0.0])
    own_s = scene.user.calls[0].request[scene["a"]._need]
    scene.run()
    again_s = scene.answered_s[0] - 3.0 - own_s
    assert again_s > 0
    assert again_s != pytest.approx(own_s)


def test_steps_that_share_nothing_need_no_new_draws():
    specs = {"it": steps("a", "b"), "a": QUICK, "b": SLOW}
    scene = Scene(specs, at_s=[0.0])
    assert len(scene.user.calls[0].request) == 3 + 2, "nothing but the two service times"


def test_ten_thousand_steps_in_no_time_are_no_ten_thousand_frames():
    scene = Scene(steps(*["downstream"] * 10_000), at_s=[0.0])
    scene.downstream.accept = lambda call: call.answer(OK)
    scene.run()
    assert scene.outcomes == [OK]
    assert scene.it.sent == 10_000


def test_the_same_request_draws_the_same_in_every_variant():
    """The order in which calls get to a second visit differs, their needs do not."""

    def latencies(workers):
        law = {"kind": "exponential", "mean": 1.0}
        system = {
            "it": {"kind": "sequence", "steps": ["a", "b", "a"]},
            "a": {"kind": "server", "workers": 1000, "service_time": law},
            "b": {"kind": "server", "workers": workers, "service_time": law},
        }
        finished = run(scenario(system, {"kind": "poisson", "rate": 5.0}, 200.0))
        return finished.requests.latency_s

    free, six = latencies(1000), latencies(6)
    answered = ~np.isnan(free) & ~np.isnan(six)
    assert (six[answered] >= free[answered] - 1e-9).all()
    assert np.isclose(six[answered], free[answered]).mean() > 0.3, "many do not wait at all"
    assert not np.isclose(six[answered], free[answered]).all()


def test_a_sequence_is_expected_to_call_each_component_as_often_as_it_is_named():
    assert steps("a", "b", "a").onward() == {"a": 2.0, "b": 1.0}
