"""Connection pools in small scenes: who waits for a connection, who gets one, and for how long."""

import pytest
from pydantic import ValidationError

from simulator.components.connection_pool import ConnectionPoolSpec
from simulator.kernel import FAILED, OK, REJECTED, TIMED_OUT
from simulator.runner import run
from simulator.stats.theory import mmc_mean_wait, mmc_wait_probability
from tests.kernel.scene import Scene, scenario


def pool(at_s, takes_s=1.0, outcomes=(), **parameters):
    """A pool of two connections, to which calls come at some instants."""
    spec = ConnectionPoolSpec(**{"size": 2, "next": "db"} | parameters)
    return Scene(spec, at_s, takes_s=takes_s, outcomes=outcomes)


def test_as_many_calls_go_on_as_there_are_connections():
    scene = pool([0.0, 0.25, 0.5, 0.75]).run()
    assert scene.downstream.arrived_s == [0.0, 0.25, 1.0, 1.25]
    assert scene.answered_s == [1.0, 1.25, 2.0, 2.25]


def test_the_time_to_get_a_connection_and_the_time_it_is_held_are_told_apart():
    scene = pool([0.0, 0.25, 0.5, 0.75]).run()
    assert list(scene.it.wait_s) == [0.0, 0.0, 0.5, 0.5]
    assert list(scene.it.held_s) == [1.0] * 4


def test_calls_that_find_none_free_are_counted():
    scene = pool([0.0, 0.25, 0.5, 1.1]).run()
    assert scene.it.exhausted == 2  # the one given back at 1.0 goes to who waited
    assert scene.it.queued_peak == 1


def test_who_waits_too_long_gives_up_and_never_gets_there():
    scene = pool([0.0, 0.0, 0.25, 0.75], acquire_timeout=0.5).run()
    assert scene.outcomes == [OK, OK, TIMED_OUT, OK]
    assert scene.answered_s == [1.0, 1.0, 0.75, 2.0]
    assert len(scene.downstream.requests) == 3
    assert scene.it.reneged == 1


def test_a_connection_that_comes_at_the_last_moment_is_taken():
    scene = pool([0.0, 0.0, 0.5], acquire_timeout=0.5).run()
    assert scene.outcomes == [OK, OK, OK]


def test_who_finds_no_waiting_place_is_refused():
    scene = pool([0.0, 0.0, 0.25], queue_limit=0).run()
    assert scene.outcomes == [OK, OK, REJECTED]


def test_a_call_that_breaks_gives_its_connection_back():
    scene = pool([0.0, 0.0, 0.25], outcomes=[FAILED, FAILED]).run()
    assert scene.outcomes == [FAILED, FAILED, OK]
    assert scene.answered_s == [1.0, 1.0, 2.0]
    assert (scene.it.in_service, scene.it.queued) == (0, 0)


def test_a_call_taken_back_gives_its_connection_back_at_once():
    scene = pool([0.0, 0.0, 0.25])
    scene.at(0.5, lambda: scene.user.calls[0].cancel()).run()
    assert scene.downstream.arrived_s == [0.0, 0.0, 0.5]
    assert list(scene.it.held_s) == [0.5, 1.0, 1.0]


def test_handing_over_may_take_time_of_the_connection():
    scene = pool([0.0, 0.0, 0.0], checkout_time=0.25).run()
    assert scene.downstream.arrived_s == [0.25, 0.25, 1.5]


@pytest.mark.parametrize("wrong", [{"size": 0}, {"acquire_timeout": 0}, {"checkout_time": -1}])
def test_values_without_sense_are_refused(wrong):
    with pytest.raises(ValidationError):
        ConnectionPoolSpec(**{"size": 2, "next": "db"} | wrong)


@pytest.mark.validation
def test_a_pool_before_a_system_that_is_never_full_waits_as_erlang_says():
    """Ten connections, each held for an exponential time, are ten servers."""
    held = {"kind": "exponential", "mean": 0.1}
    system = {
        "pool": {"kind": "connection_pool", "size": 10, "next": "db"},
        "db": {"kind": "server", "workers": "unlimited", "service_time": held},
    }
    found = scenario(system, {"kind": "poisson", "rate": 80.0}, 2000.0, run={"warmup": 20.0})
    measures = run(found).measures()
    exhausted = measures["pool.exhausted"] / measures["arrived"]
    assert exhausted == pytest.approx(mmc_wait_probability(80, 10, servers=10), rel=0.05)
    wait_s = mmc_mean_wait(80, 10, servers=10)
    assert measures["pool.wait_mean_s"] == pytest.approx(wait_s, rel=0.1)
    assert measures["pool.utilization"] == pytest.approx(0.8, rel=0.02)
