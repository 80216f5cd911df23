"""What each fault does to what it befalls, and when faults strike."""

from itertools import islice

import numpy as np
import pytest

from simulator.components.database import DatabaseSpec
from simulator.components.server import ServerSpec
from simulator.faults.crash import Crash
from simulator.faults.error_burst import ErrorBurst
from simulator.faults.slowdown import Slowdown
from simulator.kernel import FAILED, OK
from simulator.results import Strike
from simulator.runner import run
from tests.kernel.scene import Scene, scenario

SHARING = {"discipline": "processor_sharing"}
BOTH = pytest.mark.parametrize("how", [{}, SHARING], ids=["fifo", "sharing"])


def unnoted(of, start_s, end_s):
    """Takes note of a strike, and forgets it."""


def suffering(faults, at_s, needs, spec=None, **parameters):
    """A server, by default with one worker, that faults befall while calls come."""
    scene = Scene(spec or ServerSpec(service_time=1.0, **parameters), at_s, needs=needs)
    for place, fault in enumerate(faults):
        for process in fault.processes(scene.sim, [scene.it], unnoted, f"fault {place}"):
            scene.sim.process(process)
    return scene.run(until=1000)


def crash(start, length, **more):
    return Crash(of="it", start=start, length=length, **more)


def slowdown(start, length, factor):
    return Slowdown(of="it", start=start, length=length, factor=factor)


def burst(start, length, **more):
    return ErrorBurst(of="it", start=start, length=length, **more)


# -- crash -------------------------------------------------------------------------------------


@BOTH
def test_a_crash_fails_what_is_queued_and_in_service_at_once(how):
    scene = suffering([crash(1, 5)], [0, 0, 0], [3, 3, 3], **how)
    assert scene.outcomes == [FAILED] * 3
    assert scene.answered_s == [1, 1, 1]
    assert scene.it.failed == 3


@BOTH
def test_arrivals_are_refused_until_it_recovers(how):
    scene = suffering([crash(1, 5)], [2, 5.5, 6.5], [1, 1, 1], **how)
    assert scene.outcomes == [FAILED, FAILED, OK]
    assert scene.answered_s == [2, 5.5, 7.5]
    assert scene.it.rejected == 0


@BOTH
def test_it_comes_back_empty_and_works_as_before(how):
    scene = suffering([crash(1, 1)], [0, 0, 3, 3], [3, 3, 3, 3], **how)
    assert scene.answered_s[2:] == ([6, 9] if how == {} else [9, 9])
    assert (scene.it.in_service, scene.it.queued) == (0, 0)


@BOTH
def test_a_hang_is_silent(how):
    scene = suffering([crash(1, 5, hang=True)], [0, 0, 2, 6.5], [3, 3, 3, 3], **how)
    assert scene.outcomes == [None, None, None, OK]
    assert scene.answered_s[3] == 9.5
    assert (scene.it.in_service, scene.it.queued) == (0, 0)


@BOTH
def test_calls_lost_in_a_hang_may_be_taken_back(how):
    spec = ServerSpec(service_time=1.0, **how)
    scene = Scene(spec, [0, 2], needs=[5, 5])
    scene.at(1, scene.it.crash, True).at(4, scene.it.recover, True)
    for instant_s, call in zip((3, 6), scene.user.calls, strict=True):
        scene.at(instant_s, call.cancel)
    scene.run()
    assert scene.answered_s == [3, 6]
    assert (scene.it.in_service, scene.it.queued) == (0, 0)


def test_of_overlapping_crashes_the_last_to_end_opens_again():
    faults = [crash(1, 4), crash(3, 6)]
    scene = suffering(faults, [0.5, 6, 9.5], [1, 1, 1])
    assert scene.outcomes == [FAILED, FAILED, OK]


@pytest.mark.parametrize("first_hangs", [True, False])
def test_silence_ends_with_the_crash_that_hangs(first_hangs):
    faults = [crash(1, 4, hang=first_hangs), crash(2, 6, hang=not first_hangs)]
    scene = suffering(faults, [3, 6, 9], [1, 1, 1])
    # While either of them hangs nobody answers; at 6 only the second is left.
    assert scene.outcomes == [None, FAILED if first_hangs else None, OK]


def test_calls_already_handed_on_survive():
    scene = Scene(ServerSpec(service_time=1.0, next="downstream"), [0], needs=[1], takes_s=5)
    scene.at(2, scene.it.crash).run(100)
    assert scene.outcomes == [OK]


def test_a_database_crashes_too():
    scene = suffering([crash(1, 5)], [0], [3], DatabaseSpec(connections=1, read_time=1.0))
    assert scene.outcomes == [FAILED]


# -- slowdown ----------------------------------------------------------------------------------


@BOTH
def test_a_slowdown_stretches_what_is_left(how):
    # 1 s done, 1 s left, four times as long.
    assert suffering([slowdown(1, 10, 4)], [0], [2], **how).answered_s == [5]


@BOTH
def test_its_end_shrinks_what_is_left(how):
    # 1 s done by 1, half a second by 3, and half a second alone.
    assert suffering([slowdown(1, 2, 4)], [0], [2], **how).answered_s == [3.5]


@BOTH
def test_work_begun_meanwhile_is_slow_from_the_beginning(how):
    assert suffering([slowdown(1, 100, 3)], [2], [2], **how).answered_s == [8]


@BOTH
def test_slowdowns_at_a_time_multiply(how):
    # 1 s by 1, another by 3, another by 9, and the last one alone at half speed.
    faults = [slowdown(1, 100, 2), slowdown(3, 6, 3)]
    assert suffering(faults, [0], [4], **how).answered_s == pytest.approx([11])


def test_a_shared_server_slows_all_inside():
    # At 2 each has had 1 s; then 1/4 s a second: 1 and 2 left, done after 4 and after 6 more.
    scene = suffering([slowdown(2, 100, 2)], [0, 0], [2, 3], **SHARING)
    assert scene.answered_s == pytest.approx([6, 8])


def test_waiting_calls_are_slow_only_once_they_are_served():
    scene = suffering([slowdown(1, 2, 4)], [0, 0], [2, 2])
    assert scene.answered_s == [3.5, 5.5]


@BOTH
def test_a_slowdown_that_begins_in_a_crash_is_felt_after_it(how):
    faults = [crash(1, 2), slowdown(2, 100, 3)]
    assert suffering(faults, [4], [1], **how).answered_s == [7]


# -- error burst -------------------------------------------------------------------------------


@BOTH
def test_errors_come_after_the_full_service(how):
    scene = suffering([burst(1, 3)], [0, 0, 5], [2, 2, 2], **how)
    assert scene.outcomes == ([FAILED, OK, OK] if how == {} else [OK, OK, OK])
    assert scene.answered_s == ([2, 4, 7] if how == {} else [4, 4, 7])


def test_a_part_of_the_calls_fails():
    spec = ServerSpec(service_time=1.0, workers=10_000)
    scene = suffering([burst(0, 10, ratio=0.3)], [0] * 10_000, [1] * 10_000, spec)
    share = scene.outcomes.count(FAILED) / 10_000
    assert share == pytest.approx(0.3, abs=5 * np.sqrt(0.3 * 0.7 / 10_000))
    assert scene.it.failed == scene.outcomes.count(FAILED)


def test_a_broken_call_goes_no_further():
    scene = Scene(ServerSpec(service_time=1.0, next="downstream"), [0], needs=[1])
    scene.at(0, scene.it.break_calls, 1.0).run()
    assert scene.outcomes == [FAILED]
    assert scene.downstream.arrived_s == []


def test_the_end_of_one_burst_leaves_the_other():
    faults = [burst(1, 4), burst(3, 6)]
    scene = suffering(faults, [2, 6, 9], [0.5] * 3)
    assert scene.outcomes == [FAILED, FAILED, OK]


def test_bursts_at_a_time_each_break_their_part():
    spec = ServerSpec(service_time=1.0, workers=10_000)
    faults = [burst(0, 10, ratio=0.5), burst(0, 10, ratio=0.5)]
    scene = suffering(faults, [0] * 10_000, [1] * 10_000, spec)
    share = scene.outcomes.count(FAILED) / 10_000
    assert share == pytest.approx(0.75, abs=5 * np.sqrt(0.75 * 0.25 / 10_000))


# -- when they strike --------------------------------------------------------------------------


def test_a_fault_strikes_once_unless_told():
    assert list(crash(3, 1).strikes()) == [3]


def test_a_periodic_fault_begins_every_so_often():
    assert list(islice(crash(3, 1, every=10).strikes(), 4)) == [3, 13, 23, 33]


def test_a_periodic_fault_lasts_as_long_every_time():
    scene = suffering([crash(1, 2, every=10)], [0.5, 2, 4, 12, 14], [0.25] * 5)
    assert scene.outcomes == [OK, FAILED, OK, FAILED, OK]


def test_until_and_for_mean_the_same():
    assert Crash(of="it", start=2, until=5).lasts_s == Crash(of="it", start=2, length=3).lasts_s


def test_a_run_tells_when_faults_struck_until_its_end():
    system = {
        "cache": {"kind": "cache", "ttl": 1.0, "origin": "it"},
        "it": {"kind": "server", "service_time": 0.1},
    }
    faults = [
        {"kind": "crash", "of": "it", "from": 1.0, "for": 2.0, "every": 10.0},
        {"kind": "cache_flush", "of": "cache", "from": 4.0},
    ]
    found = run(
        scenario(system, duration=22.0, faults=faults, keys={"kind": "uniform", "count": 9})
    )
    assert found.strikes == [
        Strike(0, "it", 1.0, 3.0),
        Strike(1, "cache", 4.0, 4.0),
        Strike(0, "it", 11.0, 13.0),
        Strike(0, "it", 21.0, 22.0),
    ]


def test_a_group_suffers_as_a_whole_and_a_replica_alone():
    system = {
        "balancer": {"kind": "load_balancer", "pool": "api", "policy": "round_robin"},
        "api": {"kind": "server", "replicas": 2, "service_time": 0.1},
    }
    arrivals = {"kind": "constant", "rate": 10.0}
    failed = {}
    for of in ("api", "api[2]"):
        faults = [{"kind": "crash", "of": of, "from": 0.0, "until": 10.0}]
        failed[of] = run(scenario(system, arrivals, 10.0, faults=faults)).measures()["failed"]
    assert failed == {"api": 99, "api[2]": 49}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "give either until or for"),
        ({"until": 5, "length": 3}, "give either until or for"),
        ({"until": 2}, r"until \(2 s\) must be after from \(2 s\)"),
        ({"length": 3, "every": 3}, r"lasts 3 s; must be less than every \(3 s\)"),
    ],
)
def test_impossible_times_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Crash(of="it", start=2, **wrong)


def test_a_plain_chance_cannot_be_flushed():
    system = {
        "cache": {"kind": "cache", "hit_ratio": 0.5, "origin": "db"},
        "db": {"kind": "server", "service_time": 0.1},
    }
    faults = [{"kind": "cache_flush", "of": "cache", "from": 1.0}]
    with pytest.raises(AssertionError, match="this cache cannot have a cache_flush"):
        scenario(system, faults=faults)
