"""How a scenario becomes a run: wiring, window, end, drain."""

import numpy as np
import pytest

from simulator import runner
from simulator.kernel import Simulation
from simulator.runner import Stopped, Watch, run
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
    assert once.manifest.keys() == {"engine_version", "compiled", "python", "host", "wall_s"}
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


# Stopped on the way


def stopped_at(instant_s, found, cap=10**6):
    """The run of a scenario that somebody stops at an instant."""
    watch = Watch()
    begin = watch.begin

    def stop(sim):
        yield sim.timeout(instant_s)
        watch.stop()

    def began(sim, horizon_s):
        begin(sim, horizon_s)
        sim.process(stop(sim))

    watch.begin = began
    return run(found, cap=cap, watch=watch)


BUSY = {"api": {"kind": "server", "service_time": {"kind": "exponential", "mean": 0.01}}}
POISSON = {"kind": "poisson", "rate": 80.0}


@pytest.mark.parametrize("cap", [10**6, 100])
def test_a_stopped_run_has_the_measures_of_one_that_was_to_end_there(cap):
    whole, short = (
        scenario(BUSY, POISSON, duration, run={"warmup": 2.0}) for duration in (100.0, 7.5)
    )
    partial, expected = stopped_at(7.5, whole, cap), run(short, cap=cap)
    assert (partial.is_complete, expected.is_complete) == (False, True)
    assert partial.duration_s == 7.5
    for measure, value in expected.measures().items():
        # regular ticks, and with them the histograms' intervals, lie elsewhere
        assert partial.measures()[measure] == pytest.approx(value, nan_ok=True), measure


def test_a_run_stopped_in_its_warm_up_has_nothing_to_say():
    found = scenario(BUSY, POISSON, 100.0, run={"warmup": 10.0})
    with pytest.raises(Stopped, match=r"stopped at 7\.5 s .* before the warm-up of 10 s"):
        stopped_at(7.5, found)


def test_a_run_may_be_stopped_before_it_begins():
    watch = Watch()
    watch.stop()
    with pytest.raises(Stopped, match="stopped at 0 s"):
        run(scenario(BUSY, POISSON, 100.0), watch=watch)


def test_a_stop_comes_before_whatever_else_is_due_and_never_turns_the_clock_back():
    sim = Simulation()
    seen = []

    def act(instant_s):
        yield sim.timeout(instant_s)
        seen.append(instant_s)
        if instant_s == 2.0:
            sim.stop()

    for instant_s in (1.0, 2.0, 2.0, 3.0):
        sim.process(act(instant_s))
    sim.run(10.0)
    assert seen == [1.0, 2.0]
    assert (sim.now, sim.is_stopped) == (2.0, True)


def test_a_stop_in_the_drain_keeps_the_window():
    found = scenario(SLOW, STEADY, 6.25, run={"drain": 10.0})
    partial = stopped_at(7.0, found)
    assert (partial.duration_s, partial.is_complete) == (6.25, False)
    assert partial.measures()["ok"] == 4


def test_a_watch_is_told_how_far_the_run_is_and_changes_nothing(monkeypatch):
    monkeypatch.setattr(runner, "TELL_S", 0.0)
    shares = []
    found = scenario(BUSY, POISSON, 20.0, run={"drain": 5.0})
    watched = run(found, watch=Watch(shares.append))
    assert shares == sorted(shares)
    assert len(shares) == pytest.approx(1000, abs=2)
    assert shares[0] < 0.002
    assert shares[-1] > 0.998
    assert digest(watched) == digest(run(found))
