"""What a parallel call promises, in scenes whose numbers can be worked out by hand."""

import numpy as np
import pytest

from simulator.components.client import ClientSpec
from simulator.components.parallel import ParallelSpec
from simulator.components.server import ServerSpec
from simulator.kernel import FAILED, OK, REJECTED, TIMED_OUT, RequestClass
from simulator.runner import run
from tests.kernel.scene import Scene, scenario


def server(takes_s, **parameters):
    return ServerSpec(service_time=takes_s, **parameters)


def parallel(*calls, **parameters):
    return ParallelSpec(calls=calls, **parameters)


THREE = {"a": server(1.0), "b": server(2.0), "c": server(4.0)}


@pytest.mark.parametrize(("wait_for", "answered_s"), [(None, 4.0), (3, 4.0), (2, 2.0), (1, 1.0)])
def test_it_answers_when_so_many_are_back(wait_for, answered_s):
    specs = {"it": parallel("a", "b", "c", wait_for=wait_for), **THREE}
    scene = Scene(specs, at_s=[0.0]).run()
    assert scene.answered_s == [answered_s]
    assert scene.outcomes == [OK]
    assert scene.it.sent == 3


def test_those_it_does_not_wait_for_go_on():
    scene = Scene({"it": parallel("a", "b", "c", wait_for=1), **THREE}, at_s=[0.0]).run()
    assert [scene[name].served for name in "abc"] == [1, 1, 1]
    assert scene.it.left_open == 2


def test_those_it_does_not_wait_for_are_taken_back_if_it_cancels():
    specs = {"it": parallel("a", "b", "c", wait_for=1, cancels=True), **THREE}
    scene = Scene(specs, at_s=[0.0]).run()
    assert [scene[name].served for name in "abc"] == [1, 0, 0]
    assert scene.it.left_open == 2


@pytest.mark.parametrize("cancels", [False, True])
def test_it_says_so_as_soon_as_too_few_can_come_back_ok(cancels):
    specs = {"it": parallel("a", "b", "c", wait_for=2, cancels=cancels), **THREE}
    scene = Scene(specs, at_s=[0.0])
    scene.at(0.5, scene["a"].crash).at(1.5, scene["b"].crash).run()
    assert scene.outcomes == [FAILED]
    assert scene.answered_s == [1.5]
    assert scene["c"].served == (0 if cancels else 1)
    assert scene.it.fell_short == 1


def test_one_failure_is_no_matter_while_enough_are_left():
    scene = Scene({"it": parallel("a", "b", "c", wait_for=2), **THREE}, at_s=[0.0])
    scene.at(0.5, scene["a"].crash).run()
    assert scene.outcomes == [OK]
    assert scene.answered_s == [4.0]
    assert scene.it.fell_short == 0


def test_refusals_at_once_answer_at_once_and_all_are_called_all_the_same():
    full = server(5.0, queue_limit=0)
    specs = {"it": parallel("full", "a"), "full": full, "a": server(1.0)}
    scene = Scene(specs, at_s=[0.0, 2.0]).run()
    assert scene.outcomes == [OK, REJECTED]
    assert scene.answered_s == [5.0, 2.0]
    assert scene["a"].served == 2, "the second was sent, though its answer was not waited for"


def test_refusals_at_once_keep_the_rest_from_being_called_if_it_cancels():
    full = server(5.0, queue_limit=0)
    specs = {"it": parallel("full", "a", cancels=True), "full": full, "a": server(1.0)}
    scene = Scene(specs, at_s=[0.0, 2.0]).run()
    assert scene.outcomes == [OK, REJECTED]
    assert scene["a"].served == 1


def test_enough_answers_in_no_time_are_enough():
    scene = Scene({"it": parallel("x", "y", "z", wait_for=2)}, at_s=[0.0], takes_s=None)
    scene.downstream.accept = lambda call: call.answer(OK)
    assert scene.run().outcomes == [OK]


def test_a_group_stands_for_all_its_replicas():
    specs = {"it": parallel("shards"), "shards": server(1.0, replicas=5)}
    scene = Scene(specs, at_s=[0.0]).run()
    assert [shard.served for shard in scene.groups["shards"]] == [1] * 5


def test_the_same_target_may_be_called_several_times():
    specs = {"it": parallel("a", "b", times=2), "a": server(1.0), "b": server(1.0, workers=2)}
    scene = Scene(specs, at_s=[0.0]).run()
    assert (scene["a"].served, scene["b"].served) == (2, 2)
    assert scene.answered_s == [2.0], "the one worker of a serves its calls one after the other"


def test_who_gives_up_takes_all_of_it_along():
    specs = {
        "client": ClientSpec(next="it", timeout=3.0, cancels=True),
        "it": parallel("a", "b", "c"),
        **THREE,
    }
    scene = Scene(specs, at_s=[0.0]).run()
    assert scene.outcomes == [TIMED_OUT]
    assert [scene[name].served for name in "abc"] == [1, 1, 0]


EXPONENTIAL = {"kind": "exponential", "mean": 1.0}


def fan_out(calls, workers=10_000, **parameters):
    system = {
        "it": {"kind": "parallel", "calls": "leaf", "times": calls, **parameters},
        "leaf": {"kind": "server", "workers": workers, "service_time": EXPONENTIAL},
    }
    finished = run(scenario(system, {"kind": "poisson", "rate": 20.0}, 200.0))
    return finished.requests.latency_s


def test_calls_to_one_group_are_independent_draws():
    """Were they the same draw, the slowest of 20 would take 1 s on average, not H(20) = 3.6 s."""
    latency_s = fan_out(20)
    latency_s = latency_s[~np.isnan(latency_s)]
    expected_s = sum(1 / i for i in range(1, 21))
    error_s = latency_s.std() / np.sqrt(len(latency_s))
    assert latency_s.mean() == pytest.approx(expected_s, abs=3.9 * error_s)
    assert 3.9 * error_s < 0.1


def test_one_call_more_leaves_the_others_as_they_were():
    five, six = fan_out(5), fan_out(6)
    answered = ~np.isnan(five) & ~np.isnan(six)
    assert (six[answered] >= five[answered] - 1e-9).all()
    same = np.isclose(six[answered], five[answered]).mean()
    assert same == pytest.approx(5 / 6, abs=0.03), "unless the sixth is the slowest"


def test_a_request_draws_the_same_whatever_its_calls_wait_for():
    free, busy = fan_out(3), fan_out(3, workers=70)
    answered = ~np.isnan(free) & ~np.isnan(busy)
    assert (busy[answered] >= free[answered] - 1e-9).all()
    assert 0.3 < np.isclose(busy[answered], free[answered]).mean() < 1


def test_calls_that_share_nothing_take_what_the_request_needs():
    law = ServerSpec.model_validate({"service_time": EXPONENTIAL})
    scene = Scene({"it": parallel("a", "b"), "a": law, "b": law}, at_s=[0.0])
    request = scene.user.calls[0].request
    longest_s = max(request[scene["a"]._need], request[scene["b"]._need])
    assert scene.run().answered_s == [longest_s]


def test_a_thousand_calls_are_all_answered():
    scene = Scene({"it": parallel("a", times=1000), "a": server(1.0, workers=2000)}, [0.0, 0.5])
    assert scene.run().answered_s == [1.0, 1.5]


def test_a_parallel_call_is_expected_to_call_as_often_as_it_does():
    anyone = RequestClass("")
    onward = parallel("a", "b", "a", times=3).onward_of(anyone, {"a": ["a"], "b": ["b[1]", "b[2]"]})
    assert onward == {"a": 6.0, "b": 2 * 3.0}
    assert not parallel("a").takes_back()
    assert not parallel("a", cancels=True).takes_back(), "it waits for all"
    assert parallel("a", "b", cancels=True, wait_for=1).takes_back()
