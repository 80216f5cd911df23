"""What random breakdowns do: when they strike, whom, and what becomes of the work."""

import numpy as np
import pytest

from simulator.components.server import ServerSpec
from simulator.faults.breakdowns import Breakdowns
from simulator.kernel import FAILED, OK, REJECTED
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


def stopped(at_s, needs, stops, **parameters):
    """A server of one worker that is stopped from when to when while calls come."""
    scene = Scene(ServerSpec(service_time=1.0, **parameters), at_s, needs=needs)
    for from_s, until_s in stops:
        scene.at(from_s, scene.it.stop).at(until_s, scene.it.go_on)
    return scene.run(until=1000)


# -- work that resumes -------------------------------------------------------------------------


@each_way
def test_work_goes_on_where_it_was(way):
    # 1 s done by 1, the last second from 4 on.
    assert stopped([0], [2], [(1, 4)], **way).answered_s == [5]


@each_way
def test_calls_that_come_while_it_is_stopped_wait_until_it_goes_on(way):
    scene = stopped([2], [1], [(1, 4)], **way)
    assert scene.answered_s == [5]
    assert scene.outcomes == [OK]


@each_way
def test_of_stops_at_a_time_the_last_to_end_lets_it_go_on(way):
    assert stopped([0], [2], [(1, 4), (3, 6)], **way).answered_s == [7]


@each_way
def test_a_call_may_be_taken_back_while_it_is_stopped(way):
    scene = Scene(ServerSpec(service_time=1.0, **way), [0, 2], needs=[2, 1])
    scene.at(1, scene.it.stop).at(3, scene.user.calls[0].cancel).at(5, scene.it.go_on).run()
    assert scene.answered_s == [3, 6]
    assert (scene.it.in_service, scene.it.queued) == (0, 0)


@each_way
def test_everybody_may_be_taken_back_while_it_is_stopped(way):
    scene = Scene(ServerSpec(service_time=1.0, **way), [0, 2, 9], needs=[2, 1, 1])
    scene.at(1, scene.it.stop).at(5, scene.it.go_on)
    for call in scene.user.calls[:2]:
        scene.at(3, call.cancel)
    scene.run()
    assert scene.answered_s == [3, 3, 10]
    assert scene.it.served == 1


@each_way
def test_a_crash_while_it_is_stopped_loses_the_work_all_the_same(way):
    scene = Scene(ServerSpec(service_time=1.0, **way), [0, 2, 8], needs=[3, 1, 1])
    scene.at(1, scene.it.stop).at(3, scene.it.crash).at(4, scene.it.recover).at(6, scene.it.go_on)
    scene.run()
    assert scene.outcomes == [FAILED, FAILED, OK]
    assert scene.answered_s == [3, 3, 9]


@each_way
def test_it_goes_on_slower_if_it_became_slow_meanwhile(way):
    scene = Scene(ServerSpec(service_time=1.0, **way), [0], needs=[2])
    scene.at(1, scene.it.stop).at(2, scene.it.slow_down, 3.0).at(4, scene.it.go_on).run()
    assert scene.answered_s == [7]


def test_waiting_places_stay_as_many_while_it_is_stopped():
    scene = stopped([0, 2, 2, 2], [2, 1, 1, 1], [(1, 4)], queue_limit=2)
    assert scene.outcomes == [OK, OK, OK, REJECTED]
    assert scene.it.rejected == 1


def test_all_workers_go_on_and_free_ones_take_who_waits():
    scene = stopped([0, 2, 2], [2, 1, 1], [(1, 4)], workers=2)
    assert scene.answered_s == [5, 5, 6]


def test_answers_from_downstream_are_passed_on_while_it_is_stopped():
    spec = ServerSpec(service_time=1.0, blocking=True, next="downstream")
    scene = Scene(spec, [0, 0], needs=[1, 1], takes_s=2)
    scene.at(2, scene.it.stop).at(6, scene.it.go_on).run()
    assert scene.answered_s == [3, 9]


def test_up_is_the_time_without_crash_or_stop():
    scene = Scene(ServerSpec(service_time=1.0), [0], needs=[1])
    scene.at(1, scene.it.stop).at(4, scene.it.go_on).at(3, scene.it.crash).at(6, scene.it.recover)
    scene.run(until=10)
    assert scene.it.up_area + scene.it.up * 10 == 5


# -- when they strike --------------------------------------------------------------------------

TWO = {
    "balancer": {"kind": "load_balancer", "pool": "api", "policy": "round_robin"},
    "api": {"kind": "server", "replicas": 2, "service_time": 0.001},
}


def struck(duration=2000.0, system=TWO, rate=1.0, replication=0, **parameters):
    fault = {"kind": "breakdowns", "of": "api", "mtbf": 9.0, "mttr": 1.0} | parameters
    fault = {name: value for name, value in fault.items() if value is not None}
    arrivals = {"kind": "constant", "rate": rate}
    return run(scenario(system, arrivals, duration, faults=[fault]), replication)


def test_each_replica_fails_on_its_own():
    found = struck()
    by_replica = {of: [s for s in found.strikes if s.of == of] for of in ("api[1]", "api[2]")}
    assert sum(map(len, by_replica.values())) == len(found.strikes)
    starts = [{each.start_s for each in strikes} for strikes in by_replica.values()]
    assert all(len(each) > 100 for each in starts)
    assert not starts[0] & starts[1]


def test_together_all_replicas_fail_at_once():
    found = struck(together=True)
    measures = found.measures()
    assert {each.of for each in found.strikes} == {"api"}
    down_s = sum(each.end_s - each.start_s for each in found.strikes)
    for name in ("api", "api[1]", "api[2]"):
        assert measures[f"{name}.availability"] == pytest.approx(1 - down_s / 2000)


def test_a_replica_is_up_except_when_struck():
    found = struck()
    down_s = sum(each.end_s - each.start_s for each in found.strikes if each.of == "api[1]")
    assert found.measures()["api[1].availability"] == pytest.approx(1 - down_s / 2000)


def test_availability_is_mtbf_over_mtbf_and_mttr():
    runs = [struck(5000.0, replication=each).measures() for each in range(10)]
    found = np.array([each["api.availability"] for each in runs])
    reach = 3.9 * found.std(ddof=1) / np.sqrt(len(found))
    assert abs(found.mean() - 0.9) <= reach < 0.02


def test_users_see_failures_in_proportion_to_the_time_down():
    found = struck(20_000.0)
    down = 1 - found.measures()["api.availability"]
    assert 1 - found.measures()["success_ratio"] == pytest.approx(down, rel=0.1)


def test_times_may_have_any_distribution():
    found = struck(100.0, mtbf=None, up_time=8.0, mttr=None, down_time=2.0, together=True)
    assert [(each.start_s, each.end_s) for each in found.strikes] == [
        (8.0 + 10 * i, 10.0 + 10 * i) for i in range(10)
    ]


def test_the_first_time_up_begins_when_told():
    times = {"mtbf": None, "up_time": 8.0, "mttr": None, "down_time": 2.0}
    found = struck(40.0, together=True, **times, **{"from": 20.0})
    assert [each.start_s for each in found.strikes] == [28.0, 38.0]


def test_another_fault_changes_no_strike():
    one = {"kind": "breakdowns", "of": "api", "mtbf": 9.0, "mttr": 1.0}
    other = one | {"of": "api[1]"}
    arrivals = {"kind": "constant", "rate": 1.0}
    alone = run(scenario(TWO, arrivals, 500.0, faults=[one])).strikes
    both = run(scenario(TWO, arrivals, 500.0, faults=[other, one])).strikes
    assert [(s.of, s.start_s) for s in both if s.fault == 1] == [(s.of, s.start_s) for s in alone]


def test_equal_faults_are_not_the_same_fault():
    one = {"kind": "breakdowns", "of": "api", "mtbf": 9.0, "mttr": 1.0}
    arrivals = {"kind": "constant", "rate": 1.0}
    found = run(scenario(TWO, arrivals, 500.0, faults=[one, one])).strikes
    starts = [{each.start_s for each in found if each.fault == place} for place in (0, 1)]
    assert not starts[0] & starts[1]


def test_lost_work_fails_and_work_that_resumes_does_not():
    lost, resumed = (struck(work=work).measures() for work in ("lost", "resumes"))
    assert lost["failed"] > 100
    assert resumed["failed"] == 0
    assert resumed["ok"] >= resumed["arrived"] - 20


def test_a_crew_repairs_one_after_the_other_in_the_order_of_failures():
    # Both fail at 10, and again 10 after they are back; a repair takes 4.
    times = {"mtbf": None, "mttr": None, "up_time": 10.0, "down_time": 4.0}
    found = struck(duration=40.0, **times, crews=1)
    intervals = [(each.start_s, each.end_s) for each in found.strikes]
    assert intervals == [(10, 14), (10, 18), (24, 28), (28, 32), (38, 40)]


def test_with_a_crew_for_each_replica_nobody_waits():
    many, any_number = struck(crews=2), struck()
    assert many.strikes == any_number.strikes


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mttr": 1.0}, "give either mtbf or up_time"),
        ({"mtbf": 1.0, "up_time": 1.0, "mttr": 1.0}, "give either mtbf or up_time"),
        ({"mtbf": 1.0}, "give either mttr or down_time"),
        ({"mtbf": 1.0, "mttr": 1.0, "work": "resumes", "hang": True}, "hang goes with work: lost"),
        ({"up_time": 0.0, "mttr": 1.0}, "longer than nothing"),
        ({"mtbf": 1.0, "mttr": 1.0, "crews": 1, "together": True}, "leave out together, or crews"),
    ],
)
def test_impossible_times_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Breakdowns(of="it", **wrong)


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"from": 200.0}, "from", "begins at 200 s, when the run is over"),
        ({"mtbf": 1e-4, "mttr": 1e-4}, "mtbf", "about 1,000,000 failures in a run"),
        ({"mtbf": 1e-3, "mttr": 1e-4, "together": True}, None, ""),
    ],
)
def test_what_cannot_be_in_a_run_is_found_before_it(change, path, message):
    right = scenario(TWO, duration=100.0)
    fault = {"kind": "breakdowns", "of": "api", "mtbf": 9.0, "mttr": 1.0} | change
    wrong = type(right).model_validate(right.plain() | {"faults": [fault]})
    found = [(each.path, each.message) for each in problems(Draft.of(wrong))]
    if path is None:
        assert found == []
    else:
        ((where, text),) = found
        assert where == ("faults", 0, path)
        assert message in text
