"""How a scenario becomes a run: wiring, window, end, drain."""

import numpy as np
import pytest

from simulator.runner import run
from tests.kernel.scene import digest, scenario

STEADY = {"kind": "constant", "rate": 1.0}
SLOW = {"api": {"kind": "server", "workers": 99, "service_time": 2.5}}


def test_a_run_stops_dead_at_its_duration():
    finished = run(scenario(SLOW, STEADY, 6.25))
    assert finished.duration_s == 6.25
    assert finished.requests.arrived_s.tolist() == [1, 2, 3, 4, 5, 6]
    assert finished.requests.latency_s[:3].tolist() == [2.5] * 3
    assert np.isnan(finished.requests.latency_s[3:]).all()
    assert finished.measures()["unfinished"] == 3


def test_what_is_due_at_the_very_end_does_not_happen_any_more():
    assert run(scenario(SLOW, STEADY, 6.0)).measures()["arrived"] == 5


def test_draining_answers_those_inside_and_lets_nobody_in():
    drained = run(scenario(SLOW, STEADY, 6.25, run={"drain": 10.0}))
    assert drained.measures()["unfinished"] == 0
    assert drained.measures()["arrived"] == 6


def test_draining_does_not_touch_what_was_before():
    short, drained = (
        run(scenario(SLOW, STEADY, 6.25, run={"drain": drain})) for drain in (0.0, 10.0)
    )
    for measure in ("api.in_service_mean", "api.served", "api.utilization"):
        assert drained.measures()[measure] == short.measures()[measure]


def test_a_longer_run_begins_as_a_shorter_one():
    busy = {"api": {"kind": "server", "service_time": {"kind": "exponential", "mean": 0.05}}}
    arrivals = {"kind": "poisson", "rate": 10.0}
    short, long = (run(scenario(busy, arrivals, duration)) for duration in (10.0, 100.0))
    n = int((short.requests.outcome == 0).sum())
    assert n > 50
    assert np.array_equal(short.requests.arrived_s[:n], long.requests.arrived_s[:n])
    assert np.array_equal(short.requests.latency_s[:n], long.requests.latency_s[:n])


def test_a_component_may_be_called_entry_without_being_it():
    system = {
        "front": {"kind": "load_balancer", "pool": "entry"},
        "entry": {"kind": "server", "workers": 9, "service_time": 0.5},
    }
    faults = [{"kind": "crash", "of": "entry", "from": 3.75, "until": 9.0}]
    finished = run(scenario(system, STEADY, 6.25, faults=faults))
    assert finished.requests.outcome.tolist() == [0, 0, 0, 3, 3, 3]


def test_the_entry_may_be_any_component():
    system = {"api": SLOW["api"], "front": {"kind": "client", "next": "api"}}
    finished = run(scenario(system, STEADY, 6.25, entry="front"))
    assert finished.component_measures("front")["sent"] == 6


def test_the_entry_may_be_one_replica():
    system = {"api": SLOW["api"] | {"replicas": 2}}
    finished = run(scenario(system, STEADY, 6.25, entry="api[2]"))
    assert finished.component_measures("api[2]")["in_service_mean"] > 0
    assert finished.component_measures("api[1]")["in_service_mean"] == 0


def test_a_balancer_spreads_over_replicas_of_the_same_work():
    # Needs belong to the request and the group: the policy changes who serves, not how long.
    latencies = []
    for policy in ("random", "round_robin"):
        system = {
            "front": {"kind": "load_balancer", "pool": "api", "policy": policy},
            "api": {
                "kind": "server",
                "replicas": 3,
                "workers": 99,
                "service_time": {"kind": "exponential", "mean": 1.0},
            },
        }
        finished = run(scenario(system, STEADY, 60.5, run={"drain": 100.0}))
        latencies.append(finished.requests.latency_s.tolist())
    assert latencies[0] == pytest.approx(latencies[1])


def test_the_manifest_tells_where_it_was_made_and_is_not_part_of_the_run():
    once, again = run(scenario(SLOW, STEADY)), run(scenario(SLOW, STEADY))
    assert once.manifest.keys() == {"engine_version", "python", "host", "wall_s"}
    assert digest(once) == digest(again)
    assert once.scenario_hash == again.scenario_hash


def test_what_decides_a_run_is_in_its_hash_and_nothing_else():
    def hash_of(**sections):
        return run(scenario(SLOW, STEADY, **sections)).scenario_hash

    assert hash_of() == hash_of(story="another story") == hash_of(run={"replications": 2})
    others = [
        hash_of(),
        hash_of(run={"seed": 2}),
        hash_of(run={"warmup": 1.0}),
        hash_of(faults=[{"kind": "crash", "of": "api", "from": 1.0, "for": 1.0}]),
    ]
    assert len(set(others)) == 4
