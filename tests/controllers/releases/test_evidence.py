"""What a judge is shown of an arm: nothing that was not known, and all that was."""

from math import inf

import numpy as np
import pytest

from simulator.components.splitter import Arm
from simulator.controllers.releases.evidence import METRICS, OF_CALLERS, ArmWatch
from simulator.controllers.releases.gauges import Gauge
from simulator.kernel import FAILED, OK, TIMED_OUT, Simulation, Station
from simulator.kernel.told import NOTHING, Told
from simulator.world.predictions import HARMS, Predictions


class Scene:
    """An arm whose calls and answers are told one by one."""

    def __init__(self, with_log=True, gauges=None):
        self.sim = Simulation()
        self.arm = Arm("split[canary]", self.sim, "canary", "api")
        self.log = Predictions() if with_log else None
        self.rows = {}  # of each request, what was said last
        self.watch = ArmWatch(self.arm, self.log, gauges)

    def until(self, at_s):
        self.sim.run(until=at_s)

    def predict(self, number, known_s, usd=1.0, flags=0):
        self.rows[number] = self.log.note(
            self.sim.now, number, 0, 0.0, 0.5, known_s, usd, flags, ()
        )

    def answer(self, number, sent_s, outcome=OK):
        call = Told((number, 0, None), None, None)
        call.row = self.rows.get(number, NOTHING)
        self.arm.note(call, sent_s, outcome)

    def look(self):
        return self.watch.look(self.sim.now)


def test_users_are_counted_once_what_callers_see_is_known():
    scene = Scene(with_log=False)
    scene.until(1.0)
    scene.answer(0, sent_s=0.5)
    scene.answer(1, sent_s=0.25)
    scene.answer(2, sent_s=0.0, outcome=FAILED)
    scene.answer(3, sent_s=0.0, outcome=TIMED_OUT)
    for _ in range(2):  # a look changes nothing
        seen = scene.look()
        assert (seen.users, seen.failed, seen.labeled) == (4, 2, 0)
        assert seen.latency_s.tolist() == [0.5, 0.75]


def test_a_label_counts_from_when_it_is_known_and_one_that_never_comes_does_not():
    scene = Scene()
    for number, known_s, flags in ((0, 5.0, HARMS), (1, 10.0, 0), (2, inf, HARMS)):
        scene.predict(number, known_s, usd=-3.0 if flags else 2.0, flags=flags)
    scene.until(1.0)
    for number in range(3):
        scene.answer(number, sent_s=0.0)
    assert (scene.look().labeled, scene.look().harmed) == (0, 0)
    scene.until(5.0)
    assert (scene.look().labeled, scene.look().harmed) == (1, 1)
    scene.until(100.0)
    seen = scene.look()
    assert (seen.users, seen.labeled, seen.harmed) == (3, 2, 1)
    assert sorted(seen.usd) == [-3.0, 2.0]


def test_an_answer_that_was_lost_on_the_way_has_done_nothing_to_its_user():
    scene = Scene()
    scene.predict(0, known_s=0.0, flags=HARMS)
    scene.until(1.0)
    scene.answer(0, sent_s=0.0, outcome=TIMED_OUT)
    assert (scene.look().failed, scene.look().labeled) == (1, 0)


def test_answers_of_other_arms_are_none_of_its_evidence():
    scene = Scene()
    for number in range(10):
        scene.predict(number, known_s=0.0, flags=HARMS)
    scene.until(1.0)
    scene.answer(7, sent_s=0.0)
    assert (scene.look().users, scene.look().harmed) == (1, 1)


def test_a_new_trial_forgets_and_leaves_out_calls_that_were_under_way():
    scene = Scene()
    scene.until(1.0)
    scene.answer(0, sent_s=0.0)
    scene.watch.close(1.0)
    scene.watch.begin(1.0)
    scene.until(2.0)
    scene.answer(1, sent_s=0.5, outcome=FAILED)
    scene.answer(2, sent_s=1.5)
    seen = scene.look()
    assert (seen.users, seen.failed) == (1, 0)
    assert all(values.size == 0 for values in seen.series.values())


def test_each_interval_has_a_value_of_its_own_calls():
    scene = Scene(with_log=False)
    for end_s, outcomes in ((10.0, [OK, OK, FAILED, OK]), (20.0, []), (30.0, [OK, OK])):
        scene.until(end_s)
        for number, outcome in enumerate(outcomes):
            scene.answer(number, sent_s=end_s - 1 - number, outcome=outcome)
        scene.watch.close(end_s)
    series = scene.look().series
    assert series.keys() == set(OF_CALLERS)
    np.testing.assert_allclose(series["calls_per_s"], [0.4, 0.0, 0.2])
    np.testing.assert_allclose(series["failed_ratio"], [0.25, np.nan, 0.0])
    np.testing.assert_allclose(series["latency_mean_s"], [(1 + 2 + 4) / 3, np.nan, 1.5])
    np.testing.assert_allclose(series["latency_p50_s"], [2.0, np.nan, 1.5])


def test_a_label_belongs_to_the_interval_that_it_comes_in():
    """One is known before its user has the answer: then that is when it comes in."""
    scene = Scene()
    for number, known_s, flags in ((0, 0.0, 0), (1, 15.0, HARMS), (2, 15.0, 0), (3, 35.0, HARMS)):
        scene.predict(number, known_s, usd=number, flags=flags)
    for end_s in (10.0, 20.0, 30.0):
        if end_s == 20.0:
            scene.until(12.0)
            for number in range(4):
                scene.answer(number, sent_s=0.0)
        scene.until(end_s)
        scene.watch.close(end_s)
    series = scene.look().series
    assert series.keys() == set(METRICS)
    np.testing.assert_allclose(series["harmed_ratio"], [np.nan, 1 / 3, np.nan])
    np.testing.assert_allclose(series["usd_mean"], [np.nan, 1.0, np.nan])


def stations(sim, count=2):
    return [Station(f"api[{i}]", sim, 4, None, 0) for i in range(count)]


def test_a_gauge_shows_what_happened_since_it_was_read():
    sim = Simulation()
    members = stations(sim)
    metrics = {"served_per_s": 0.5, "served": 5.0, "queued_mean": 3.0, "utilization": 0.25}
    gauges = [Gauge(members, metric) for metric in metrics]
    waits = [Gauge(members, metric) for metric in ("wait_mean_s", "wait_p50_s", "wait_max_s")]
    for each in members:
        each.served = 7  # before: none of it is shown
        each.wait_s.append(99.0)
    for gauge in gauges + waits:
        gauge.begin(0.0)
    members[0].served += 5
    members[1].queued = 3  # all the time
    members[0].in_service = 2
    members[1].wait_s.extend([1.0, 2.0, 6.0])
    sim.run(until=10.0)
    assert [gauge.read(10.0) for gauge in gauges] == pytest.approx([*metrics.values()])
    assert [gauge.read(10.0) for gauge in waits] == [3.0, 2.0, 6.0]
    sim.run(until=20.0)
    assert [gauge.read(20.0) for gauge in gauges] == pytest.approx([0.0, 0.0, 3.0, 0.25])
    assert np.isnan([gauge.read(20.0) for gauge in waits]).all()


def test_gauges_are_among_the_series_of_an_arm():
    sim = Simulation()
    members = stations(sim)
    scene = Scene(with_log=False, gauges={"utilization": Gauge(members, "utilization")})
    members[0].in_service = 4
    scene.watch.close(10.0)
    assert scene.look().series["utilization"].tolist() == [0.5]
