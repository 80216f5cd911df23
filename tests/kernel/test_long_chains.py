"""However long a chain of components: a result or a message, never a RecursionError or a hang."""

import sys

import numpy as np
import pytest

from simulator.errors import SimulationError
from simulator.kernel import TIMED_OUT
from simulator.results import OUTCOMES
from simulator.runner import run
from simulator.scenario.checks import warnings
from tests.kernel.scene import Scene, scenario

ONCE_A_SECOND = {"kind": "constant", "rate": 1.0}
SERVER = {"kind": "server", "service_time": 0.0}


@pytest.fixture(autouse=True)
def _usual_recursion_limit():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    assert sys.getrecursionlimit() == 1000, "a run leaves the limit as it was"
    sys.setrecursionlimit(limit)


def in_a_row(*kinds, last=SERVER, length=600):
    """Components ``c0`` to ``c599``, each with the next one behind it, of some kinds in turn."""
    row = {}
    for i in range(length - 1):
        kind = dict(kinds[i % len(kinds)])
        kind["pool" if kind["kind"] == "load_balancer" else "next"] = f"c{i + 1}"
        row[f"c{i}"] = kind
    return row | {f"c{length - 1}": last}


def outcomes(finished):
    return [OUTCOMES[outcome] for outcome in np.unique(finished.requests.outcome)]


CLIENT = {"kind": "client", "timeout": 5.0}
BALANCER = {"kind": "load_balancer"}
BLOCKING = SERVER | {"blocking": True, "workers": 10}
FULL = {"kind": "server", "service_time": 100.0, "queue_limit": 0}


@pytest.mark.parametrize(
    "kinds",
    [[CLIENT], [BALANCER], [SERVER], [BLOCKING], [CLIENT, BALANCER, SERVER, BLOCKING]],
    ids=["clients", "balancers", "servers", "blocking servers", "all"],
)
def test_an_answer_goes_through_600_components(kinds):
    finished = run(scenario(in_a_row(*kinds), ONCE_A_SECOND, 5.0))
    assert outcomes(finished) == ["ok"]
    assert len(finished.requests) == 4


@pytest.mark.parametrize(
    "kinds",
    [[CLIENT], [BALANCER], [SERVER], [BLOCKING], [CLIENT, BALANCER, SERVER, BLOCKING]],
    ids=["clients", "balancers", "servers", "blocking servers", "all"],
)
def test_a_refusal_goes_back_through_600_components(kinds):
    finished = run(scenario(in_a_row(*kinds, last=FULL), {"kind": "constant", "rate": 4.0}, 2.0))
    assert outcomes(finished) == ["rejected", "unfinished"]


def test_the_deepest_way_there_is_goes_through_2000_clients():
    # The call goes down frame by frame, and its refusal comes back on top of them.
    system = in_a_row({"kind": "client"}, last=FULL, length=2000)
    finished = run(scenario(system, {"kind": "constant", "rate": 4.0}, 2.0))
    assert outcomes(finished) == ["rejected", "unfinished"]


@pytest.mark.parametrize(
    "kinds",
    [[BALANCER], [SERVER], [BLOCKING], [CLIENT | {"timeout": 50.0}, BALANCER, SERVER, BLOCKING]],
    ids=["balancers", "servers", "blocking servers", "all"],
)
def test_a_call_is_taken_back_through_600_components(kinds):
    front = {"front": CLIENT | {"next": "c0", "timeout": 0.5, "cancels": True}}
    finished = run(scenario(front | in_a_row(*kinds, last=FULL), ONCE_A_SECOND, 5.0))
    assert outcomes(finished) == ["timed_out"]


def test_a_crash_answers_through_600_blocking_servers():
    faults = [{"kind": "crash", "of": "c599", "from": 1.5, "for": 1.0}]
    system = in_a_row(BLOCKING, last=FULL)
    finished = run(scenario(system, ONCE_A_SECOND, 2.0, faults=faults))
    assert outcomes(finished) == ["failed"]


def test_load_is_foreseen_through_1500_components():
    kinds = [BALANCER, SERVER, CLIENT]
    slow = {"kind": "server", "service_time": 2.0}
    found = warnings(scenario(in_a_row(*kinds, last=slow, length=1500), ONCE_A_SECOND))
    assert len(found) == 1
    assert "c1499 is offered 2 times what it can do" in found[0]


def test_load_is_foreseen_where_ways_part_and_meet_again_forty_times():
    system = {}
    for i in range(40):
        system[f"b{i}"] = {"kind": "load_balancer", "pool": [f"l{i}", f"r{i}"]}
        system[f"l{i}"] = system[f"r{i}"] = {"kind": "client", "next": f"b{i + 1}"}
    system["b40"] = {"kind": "server", "service_time": 3.0}
    (found,) = warnings(scenario(system, ONCE_A_SECOND))
    assert "b40 is offered 3 times what it can do" in found


def test_users_who_think_no_time_and_are_refused_at_once_end_in_a_message():
    refusing = {"api": {"kind": "server", "service_time": 1.0, "queue_limit": 0}}
    eager = {"kind": "closed_loop", "users": 10, "think_time": 0.0}
    with pytest.raises(SimulationError, match="simulated time stands still at 0 s: 10 users"):
        run(scenario(refusing, eager))


def test_users_who_think_no_time_before_a_server_that_takes_none_end_in_a_message():
    eager = {"kind": "closed_loop", "users": 1, "think_time": 0.0}
    with pytest.raises(SimulationError, match=r"give workload\.arrivals a think_time"):
        run(scenario({"api": SERVER}, eager))


def test_many_users_may_ask_at_the_same_instant():
    crowd = {"kind": "closed_loop", "users": 20_000, "think_time": 1.0}
    finished = run(scenario({"api": SERVER | {"workers": 20_000}}, crowd, 2.5))
    assert len(finished.requests) == 40_000


def test_a_thousand_immediate_retries_are_a_thousand_and_one_tries():
    system = {"client": {"kind": "client", "next": "api", "retries": 1000}, "api": FULL}
    finished = run(scenario(system, ONCE_A_SECOND, 4.0))
    assert finished.requests.attempts.tolist() == [1, 1001, 1001]
    assert finished.component_measures("client")["sent"] == 1 + 2 * 1001


def test_a_coalescing_cache_answers_ten_thousand_at_once():
    system = {
        "client": {"kind": "client", "next": "cache"},
        "cache": {"kind": "cache", "ttl": 10.0, "coalesces": True, "origin": "db"},
        "db": {"kind": "database", "connections": 1, "read_time": 5.0},
    }
    crowd = {"kind": "closed_loop", "users": 10_000, "think_time": 1.0}
    finished = run(scenario(system, crowd, 6.5, keys={"kind": "uniform", "count": 1}))
    assert np.unique(finished.requests.latency_s).tolist() == [5.0]
    assert finished.component_measures("cache")["coalesced"] == 9_999


def test_a_crash_answers_ten_thousand_at_once():
    scene = Scene(_spec(FULL | {"queue_limit": None}), [0.0] * 10_000)
    scene.at(1.0, scene.it.crash).run(2.0)
    assert scene.answered_s == [1.0] * 10_000


def test_ten_thousand_give_up_at_once():
    client = _spec(CLIENT | {"next": "downstream", "timeout": 1.0, "cancels": True})
    scene = Scene(client, [0.0] * 10_000, takes_s=None).run()
    assert set(scene.outcomes) == {TIMED_OUT}
    assert len(scene.downstream.canceled_s) == 10_000


def _spec(plain):
    return scenario({"it": plain, "downstream": SERVER}).system.components["it"]
