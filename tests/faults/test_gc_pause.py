"""What collections of garbage do: when they come, whom they befall, what becomes of the work."""

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.components.server import ServerSpec
from simulator.faults.gc_pause import GcPause
from simulator.kernel import OK
from simulator.runner import run
from simulator.scenario.checks import problems
from simulator.scenario.draft import Draft
from tests.kernel.scene import Scene, scenario

WAYS = {
    "fifo": {},
    "lifo": {"discipline": "lifo"},
    "sharing": {"discipline": "processor_sharing"},
    "preemptive": {"discipline": {"kind": "lifo", "preemptive": True}},
    "batches": {"batch_size": 2},
    "blocking": {"blocking": True, "next": "downstream"},
}
each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def collecting(at_s, needs, strikes=None, way=None, **parameters):
    """A server of one worker that collects garbage while calls come."""
    scene = Scene(ServerSpec(service_time=1.0, **(way or {})), at_s, needs=needs)
    fault = GcPause(of="it", **parameters)
    strikes = [] if strikes is None else strikes

    def note(of, start_s, end_s):
        strikes.append((of, start_s, end_s))

    for process in fault.processes(scene.sim, [scene.it], note, "fault"):
        scene.sim.process(process)
    return scene.run(until=100)


# -- room that calls fill ----------------------------------------------------------------------


@each_way
def test_a_collection_comes_when_calls_have_filled_the_room(way):
    # A second of work each, one after the other; the room is for four, of which a part is free.
    strikes = []
    at_s = [2.0 * i for i in range(12)]
    scene = collecting(at_s, [1.0] * 12, strikes, way, heap=400.0, allocation=100.0, pause=0.25)
    assert scene.outcomes == [OK] * 12
    starts = [start_s for _, start_s, _ in strikes]
    assert np.diff(starts) == pytest.approx([8.0] * (len(starts) - 1))
    assert len(starts) == 3
    assert set(starts) <= {at + 1.0 for at in at_s}  # when a call is done


def test_the_call_that_fills_the_room_is_answered_and_the_next_one_waits():
    strikes = []
    scene = collecting([0, 0, 0], [1, 1, 1], strikes, heap=1.0, allocation=1.0, pause=0.5)
    assert scene.answered_s == [1.0, 2.5, 4.0]
    assert [start_s for _, start_s, _ in strikes] == [1.0, 2.5, 4.0]


def test_more_to_do_means_more_collections():
    system = {"api": {"kind": "server", "workers": 8, "service_time": "1ms"}}
    fault = {"kind": "gc_pause", "of": "api", "heap": "1MB", "pause": "10ms"}
    fault |= {"allocation": {"kind": "exponential", "mean": "10KB"}}
    counts = []
    for rate in (100.0, 200.0):
        arrivals = {"kind": "constant", "rate": rate}
        counts.append(len(run(scenario(system, arrivals, 100.0, faults=[fault])).strikes))
    assert counts == pytest.approx([100, 200], rel=0.05)  # a hundred calls to a megabyte


# -- intervals ---------------------------------------------------------------------------------


def test_work_goes_on_where_it_was_after_a_pause():
    # The first interval is a random part of 3 s, so look at when the pause was.
    strikes = []
    scene = collecting([0], [2.5], strikes, interval=3.0, pause=0.5)
    (_, first_s, end_s), *_ = strikes
    assert first_s < 3.0
    assert end_s == first_s + 0.5
    stops = sum(1 for _, start_s, _ in strikes if start_s < scene.answered_s[0])
    assert scene.answered_s == pytest.approx([2.5 + 0.5 * stops])


def test_from_one_collection_to_the_next_it_takes_an_interval_and_a_pause():
    strikes = []
    collecting([], [], strikes, interval=3.0, pause=0.5)
    starts = [start_s for _, start_s, _ in strikes]
    assert np.diff(starts) == pytest.approx([3.5] * (len(starts) - 1))
    assert len(starts) >= 28


def test_in_the_background_work_gets_on_but_slower():
    scene = collecting([50], [10.0], interval=1e-3, pause=1000.0, factor=3.0)
    assert scene.answered_s == [80.0]
    assert scene.it.up == 1


TWO = {
    "balancer": {"kind": "load_balancer", "pool": "api", "policy": "round_robin"},
    "api": {"kind": "server", "replicas": 2, "service_time": 0.001},
}


def struck(duration=1000.0, replication=0, **parameters):
    fault = {"kind": "gc_pause", "of": "api", "interval": {"kind": "exponential", "mean": 9.0}}
    fault |= {"pause": {"kind": "exponential", "mean": 1.0}} | parameters
    arrivals = {"kind": "constant", "rate": 5.0}
    return run(scenario(TWO, arrivals, duration, faults=[fault]), replication)


def test_each_replica_collects_on_its_own_even_if_intervals_are_all_the_same():
    found = struck(interval=9.0, pause=1.0)
    starts = [{s.start_s for s in found.strikes if s.of == of} for of in ("api[1]", "api[2]")]
    assert all(len(each) >= 99 for each in starts)
    assert not starts[0] & starts[1]


def test_together_all_replicas_collect_at_once():
    found = struck(together=True)
    down_s = sum(each.end_s - each.start_s for each in found.strikes)
    assert {each.of for each in found.strikes} == {"api"}
    for name in ("api[1]", "api[2]"):
        assert found.measures()[f"{name}.availability"] == pytest.approx(1 - down_s / 1000)


def test_one_replica_alone_may_collect():
    found = struck(of="api[2]")
    assert {each.of for each in found.strikes} == {"api[2]"}
    assert found.measures()["api[1].availability"] == 1


def test_nothing_is_lost():
    found = struck()
    assert found.measures()["failed"] == found.measures()["rejected"] == 0


def test_it_pauses_for_the_part_of_the_time_that_intervals_and_pauses_say():
    runs = [struck(replication=each).measures()["api.availability"] for each in range(10)]
    reach = 3.9 * np.std(runs, ddof=1) / np.sqrt(len(runs))
    assert abs(np.mean(runs) - 0.9) <= reach < 0.02


def test_another_fault_changes_no_pause():
    one = {
        "kind": "gc_pause",
        "of": "api",
        "interval": 9.0,
        "pause": {"kind": "exponential", "mean": 1},
    }
    arrivals = {"kind": "constant", "rate": 1.0}
    alone = run(scenario(TWO, arrivals, 500.0, faults=[one])).strikes
    other = one | {"of": "api[1]"}
    both = run(scenario(TWO, arrivals, 500.0, faults=[other, one])).strikes
    assert [(s.of, s.start_s) for s in both if s.fault == 1] == [(s.of, s.start_s) for s in alone]


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "give either interval, or heap and allocation"),
        (
            {"interval": 1.0, "heap": 1.0, "allocation": 1.0},
            "give either interval, or heap and allocation",
        ),
        ({"heap": 1.0}, "heap and allocation go together"),
        ({"interval": 1.0, "allocation": 1.0}, "heap and allocation go together"),
        ({"heap": 1.0, "allocation": 1.0, "together": True}, "a heap of its own"),
        ({"interval": 0.0}, "longer than nothing"),
        ({"heap": 1.0, "allocation": 0.0}, "more than nothing"),
        ({"interval": 1.0, "factor": 1.0}, "greater than 1"),
    ],
)
def test_impossible_collections_are_refused(wrong, message):
    with pytest.raises(ValidationError, match=message):
        GcPause(of="it", pause=1.0, **wrong)


def test_too_many_pauses_are_found_before_the_run():
    right = scenario(TWO, duration=1000.0)
    fault = {"kind": "gc_pause", "of": "api", "interval": 1e-3, "pause": 1e-3}
    wrong = type(right).model_validate(right.plain() | {"faults": [fault]})
    ((path, message),) = [(each.path, each.message) for each in problems(Draft.of(wrong))]
    assert path == ("faults", 0, "interval")
    assert "about 1,000,000 pauses in a run" in message
