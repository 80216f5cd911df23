"""What a run costs in memory and in events; time is the benchmark's business."""

import sys
from pathlib import Path

import pytest

from simulator.runner import run
from simulator.scenario.load import load
from tests.kernel.scene import running, scenario

PIPELINE = Path(__file__).parents[2] / "benchmarks" / "pipeline.yaml"


def buffers(finished):
    """Bytes of every array of a run, room for growth included."""
    rows = finished.requests
    arrays = [getattr(rows, column) for column in rows.__slots__]
    for record in finished.components.values():
        for group in (record.totals, record.peaks, record.samples):
            arrays += group.values()
    return sum(sys.getsizeof(array.base) for array in arrays if len(array))


def test_a_recorded_request_takes_at_most_60_bytes():
    finished = run(load(PIPELINE).with_run(duration=200.0))
    assert len(finished.requests) > 70_000
    assert buffers(finished) / len(finished.requests) <= 60


def test_memory_is_bounded_beyond_the_cap():
    busy = {"api": {"kind": "server", "workers": 10, "service_time": 0.001}}
    sizes = [
        buffers(run(scenario(busy, {"kind": "poisson", "rate": 1000.0}, duration), cap=5000))
        for duration in (20.0, 60.0)
    ]
    assert sizes[1] == pytest.approx(sizes[0], rel=0.01)


def test_an_overloaded_system_costs_no_more_events_a_request(monkeypatch):
    system = {
        "client": {"kind": "client", "next": "api", "timeout": 0.5, "cancels": True},
        "api": {"kind": "server", "service_time": 0.1},
    }
    sims, costs = [], []
    running(monkeypatch, lambda system, source: sims.append(source.sim))
    for duration in (20.0, 80.0):
        finished = run(scenario(system, {"kind": "poisson", "rate": 100.0}, duration))
        costs.append((next(sims.pop()._eid) - len(finished.tick_s)) / len(finished.requests))
    assert costs[1] == pytest.approx(costs[0], rel=0.02)
    assert costs[1] < 4  # arrival, service or none, and the timer of the client
