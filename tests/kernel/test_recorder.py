"""What a run writes down: rows, windows, peaks, and histograms beyond the cap."""

import re

import numpy as np
import pytest

from simulator.kernel import (
    FAILED,
    OK,
    Call,
    Component,
    Simulation,
    Timer,
    count,
    level,
    samples,
)
from simulator.kernel.recorder import Recorder, RequestLog
from simulator.runner import run
from simulator.stats.sketch import RELATIVE_ERROR
from tests.kernel.scene import scenario

BUSY = {"api": {"kind": "server", "service_time": {"kind": "exponential", "mean": 0.01}}}
POISSON = {"kind": "poisson", "rate": 80.0}


class Probe(Component):
    """Has one measure of each form, moved by hand."""

    events = count("things that happened")
    inside = level("things inside", peaks=True)
    took_s = samples("how long it took")

    def come(self):
        self.events += 1
        self.inside += 1
        self.inside_area -= self.sim.now
        self.inside_peak = max(self.inside_peak, self.inside)

    def go(self, took_s):
        self.inside -= 1
        self.inside_area += self.sim.now
        self.took_s.append(took_s)


def recorded(actions, until_s, step_s, marks_s=(), cap=100):
    """What is recorded of a probe to which things are done at some instants."""
    sim = Simulation()
    probe = Probe("probe", sim)
    log = RequestLog(sim.needs, [None])
    recorder = Recorder(sim, {"probe": probe}, step_s, marks_s, log, cap)
    for instant_s, action in actions:
        probe.hold(Timer(), instant_s, (lambda _, act=action: act(probe),))
    sim.run(until_s)
    recorder.read()
    return recorder.ticks().tolist(), recorder.components({"probe": 0.0})["probe"]


def come(probe):
    probe.come()


def go(probe):
    probe.go(1.0)


def test_components_are_read_at_regular_ticks_at_marks_and_at_the_end():
    ticks, _ = recorded([], until_s=10, step_s=4, marks_s=[3, 5])
    assert ticks == [0, 3, 4, 5, 8, 10]


def test_a_mark_at_a_tick_is_read_once():
    ticks, _ = recorded([], until_s=9, step_s=3, marks_s=[3, 3, 0, 100])
    assert ticks == [0, 3, 6, 9]


def test_ticks_do_not_drift():
    ticks, _ = recorded([], until_s=1000, step_s=0.1)
    assert len(ticks) == 10_001
    assert ticks[1:-1] == pytest.approx(np.arange(1, 10_000) * 0.1, rel=1e-12)


def test_totals_are_counts_and_areas_so_far():
    _, record = recorded([(1, come), (2, come), (5, go)], until_s=8, step_s=4)
    assert record.totals["events"].tolist() == [0, 2, 2]
    assert record.totals["inside"].tolist() == [0, 3 + 2, 3 + 2 + 1 + 4]
    assert record.totals["took_s"].tolist() == [0, 0, 1]


def test_a_peak_is_the_largest_since_the_tick_before():
    _, record = recorded([(1, come), (2, come), (3, go), (5, go)], until_s=12, step_s=4)
    # two at most until 4; one at 4, which lasts into the next interval; none any more
    assert record.peaks["inside"].tolist() == [0, 2, 1, 0]


def test_samples_beyond_the_cap_go_to_a_histogram():
    actions = [(0.5 + i, come) for i in range(10)]
    actions += [(0.6 + i, lambda probe, i=i: probe.go(1.0 + i)) for i in range(10)]
    _, record = recorded(actions, until_s=11, step_s=1, cap=4)
    assert record.samples["took_s"].tolist() == [1, 2, 3, 4]
    beyond = record.beyond["took_s"]
    # one goes an interval, and the fifth goes between the ticks at 4 and at 5
    assert {tick: each.maximum for tick, each in beyond.items()} == {i: i + 1 for i in range(4, 10)}
    assert sum(each.count for each in beyond.values()) == 6


def test_many_measures_share_the_room_for_samples():
    sim = Simulation()
    probes = {name: Probe(name, sim) for name in "abcd"}
    recorder = Recorder(sim, probes, 1.0, (), RequestLog(sim.needs, [None]), cap=100)
    sim.run(0.5)
    for probe in probes.values():
        probe.took_s.extend([1.0] * 90)
    sim.run(1.5)
    records = recorder.components(dict.fromkeys(probes, 0.0)).values()
    assert [len(each.samples["took_s"]) for each in records] == [50] * 4
    assert [each.beyond["took_s"][0].count for each in records] == [40] * 4


def test_arrays_are_read_only():
    finished = run(scenario(BUSY, POISSON))
    arrays = [finished.requests.arrived_s, finished.tick_s]
    arrays += finished.components["api"].totals.values()
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_windows_between_ticks_add_up_to_the_whole():
    findings = [
        {"claim": "x", "measure": "ok", "at_least": 0, "during": window}
        for window in ([0.0, 3.7], [3.7, 10.0])
    ]
    finished = run(scenario(BUSY, POISSON, 10.0, findings=findings))
    parts = [finished.measures((0.0, 3.7)), finished.measures((3.7, 10.0))]
    whole = finished.measures()
    for measure in ("arrived", "ok", "api.served"):
        assert sum(part[measure] for part in parts) == whole[measure]
    mean = (parts[0]["api.queued_mean"] * 3.7 + parts[1]["api.queued_mean"] * 6.3) / 10
    assert mean == pytest.approx(whole["api.queued_mean"])
    assert max(part["api.queued_max"] for part in parts) == whole["api.queued_max"]


def test_what_comes_in_the_warm_up_is_left_out():
    steady = {"kind": "constant", "rate": 1.0}
    slow = {"api": {"kind": "server", "workers": 9, "service_time": 0.25}}
    measures = run(scenario(slow, steady, 10.5, run={"warmup": 4.5})).measures()
    assert measures["arrived"] == 6
    assert measures["api.served"] == 6
    assert measures["api.in_service_mean"] == pytest.approx(0.25)


WINDOWS = [(0.0, 1.5), (1.5, 8.25), (20.0, 61.5), (90.0, 100.0)]  # before and beyond the cap


@pytest.fixture(scope="module")
def whole_and_capped():
    """The same run, kept one by one and in bounded memory; its load comes at regular instants.

    Some requests arrive at the very end of a window, and some are answered after the end.
    """
    system = {
        "client": {"kind": "client", "next": "api", "timeout": 0.1, "retries": 1, "cancels": True},
        "api": BUSY["api"] | {"queue_limit": 50},
    }
    claims = [
        {"claim": "x", "measure": "ok", "at_least": 0, "during": list(window)} for window in WINDOWS
    ]
    busy = scenario(
        system,
        {"kind": "constant", "rate": 88.0},
        100.0,
        classes={"gold": {"share": 1.0}, "rest": {"share": 3.0}},
        findings=claims,
        run={"warmup": 30.0, "drain": 5.0},
    )
    late = type(busy).model_validate(
        busy.plain() | {"workload": busy.plain()["workload"] | {"deadline": 0.05}}
    )
    return run(late), run(late, cap=1000)


def same(found, expected):
    """Whether counts and averages are the same, and quantiles within 1 %."""
    assert found.keys() == expected.keys()
    for measure, value in expected.items():
        is_quantile = re.search(r"_p\d+", measure)
        rel = RELATIVE_ERROR if is_quantile else 1e-9
        assert found[measure] == pytest.approx(value, rel=rel, abs=1e-12, nan_ok=True), measure


@pytest.mark.parametrize("during", [None, *WINDOWS])
def test_beyond_the_cap_every_measure_is_right(whole_and_capped, during):
    whole, capped = whole_and_capped
    assert len(capped.requests) == 1000 < len(whole.requests)
    same(capped.measures(during), whole.measures(during))


@pytest.mark.parametrize("name", ["gold", "rest"])
@pytest.mark.parametrize("during", [None, *WINDOWS])
def test_beyond_the_cap_classes_are_told_apart(whole_and_capped, during, name):
    expected, found = (each.request_measures(during, name) for each in whole_and_capped)
    same(found, expected)


@pytest.mark.parametrize("q", [0.1, 0.5, 0.999])
def test_beyond_the_cap_any_quantile_is_within_one_per_cent(whole_and_capped, q):
    whole, capped = whole_and_capped
    assert capped.latency(q) == pytest.approx(whole.latency(q), rel=RELATIVE_ERROR)


def test_the_log_opens_rows_in_blocks_and_counts_what_is_open():
    sim = Simulation()
    log = RequestLog(sim.needs, [None], cap=3)

    def answered(number, outcome, latency_s, attempts):
        call = Call((number, 0, None), None, None)
        call.attempts = attempts
        log.answered(call, outcome, 1.0, 1.0 + latency_s)

    log.tick(0.0, 3.0)
    assert log.grow(0.5, 0) == 3
    log.arrived_s.extend([0.75, 1.0])
    answered(1, OK, 0.25, 2)
    assert log.grow(2.0, 0) == 3, "no more room: only counted"
    assert log.count_open() == 3
    answered(3, FAILED, 0.5, 2)
    assert log.open == 2
    rows = log.requests()
    assert rows.outcome.tolist() == [4, OK, 4]
    assert rows.attempts.tolist() == [1, 2, 1]
    log.tick(3.0, 4.0)
    ((tally,),) = log.beyond().tallies.values()
    assert tally.outcomes.tolist() == [0, 0, 0, 1, 0]
    assert (tally.attempts, tally.latency_not_ok.count, tally.latency_ok.count) == (2, 1, 0)


def test_a_request_may_have_more_tries_than_the_column_holds():
    sim = Simulation()
    log = RequestLog(sim.needs, [None])
    log.grow(0.5, 0)
    call = Call((0, 0, None), None, None)
    call.attempts = 10**6
    log.answered(call, FAILED, 0.5, 1.5)
    assert log.requests().attempts.tolist() == [2**16 - 1]
