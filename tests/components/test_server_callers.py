"""What a server that heeds its callers promises: it does not begin what has been given up."""

import pytest

from simulator.components.client import ClientSpec
from simulator.components.load_balancer import LoadBalancerSpec
from simulator.components.parallel import ParallelSpec
from simulator.components.server import ServerSpec
from simulator.kernel import OK, TIMED_OUT
from tests.kernel.scene import Scene


def system(needs, at_s, heeds=True, before=None, **told):
    """A client, whatever stands between, and a server with one worker."""
    specs = {
        "client": ClientSpec(**{"next": "between" if before else "api", "timeout": 2.0} | told),
        **({"between": before} if before else {}),
        "api": ServerSpec(service_time=1.0, heeds_callers=heeds),
    }
    return Scene(specs, at_s, needs=needs)


@pytest.mark.parametrize(("heeds", "served", "answered_s"), [(True, 2, 3.5), (False, 3, 4.5)])
def test_a_call_that_has_been_given_up_is_not_begun(heeds, served, answered_s):
    """The second has waited for two seconds by the time the worker is free, and is left out."""
    scene = system([3.0, 1.0, 0.5], [0, 0, 2.5], heeds).run()
    assert scene.outcomes == [TIMED_OUT, TIMED_OUT, OK]
    assert scene.answered_s[2] == answered_s
    assert scene["api"].served == served
    if heeds:
        assert scene["api"].expired == 1


def test_what_has_begun_is_finished():
    scene = system([3.0], [0]).run()
    assert scene.outcomes == [TIMED_OUT]
    assert scene["api"].served == 1


def test_a_call_whose_deadline_has_not_passed_yet_is_begun():
    scene = system([2.0, 1.0], [0, 0]).run()
    # The worker is free at the very instant of the timeout, which counts as in time.
    assert scene["api"].served == 2
    assert scene["api"].expired == 0


def test_a_deadline_over_all_tries_goes_along_as_well():
    scene = system([9.0, 1.0], [0, 0], timeout=None, deadline=5.0).run()
    assert scene["api"].expired == 1
    assert scene["api"].served == 1


def test_a_deadline_of_somebody_further_out_goes_along():
    """The inner client would wait for ever; the outer one has given up."""
    scene = system([3.0, 1.0], [0, 0], before=ClientSpec(next="api")).run()
    assert scene["api"].expired == 1


def test_a_deadline_passes_through_whatever_does_not_fork():
    balancer = LoadBalancerSpec(pool="api")
    scene = system([3.0, 1.0], [0, 0], before=balancer)
    scene.run()
    assert scene["api"].expired == 1
    assert scene["between"].outstanding == [0]


def test_a_try_that_came_too_late_is_left_out_at_an_idle_server_too():
    specs = {
        "client": ClientSpec(next="slow", timeout=1.0),
        "slow": ServerSpec(service_time=2.0, next="api"),
        "api": ServerSpec(service_time=1.0, heeds_callers=True),
    }
    scene = Scene(specs, [0]).run()
    assert (scene["api"].expired, scene["api"].served) == (1, 0)


def test_that_somebody_has_enough_answers_is_no_deadline():
    """A quorum that is reached is not known to the third replica; taking back would tell it."""
    specs = {
        "it": ParallelSpec(calls=("api",), times=3, wait_for=1),
        "api": ServerSpec(service_time=1.0, heeds_callers=True),
    }
    scene = Scene(specs, [0]).run()
    assert (scene["api"].expired, scene["api"].served) == (0, 3)


def test_what_is_left_out_is_answered_once_and_after_whatever_is_going_on():
    scene = system([3.0, 1.0, 1.0, 1.0], [0, 0, 0, 0], timeout=1.0).run()
    assert scene["api"].expired == 3
    assert scene["api"].queued == 0
    assert scene["api"].in_service == 0
    assert scene.outcomes == [TIMED_OUT] * 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"batch_size": 2},
        {"discipline": "processor_sharing"},
        {"discipline": {"kind": "lifo", "preemptive": True}},
    ],
)
def test_it_goes_with_one_call_at_a_time(wrong):
    with pytest.raises(ValueError, match="heeds_callers does not go with"):
        ServerSpec(service_time=1.0, heeds_callers=True, **wrong)
