"""What holds for the traces of every kind of component: they change nothing, and nothing is lost.

A station's levels and the spans of its calls are written down independently of each other. If all
requests are traced, the one must be the sum of the other; a new kind whose calls wait or get on in
a way of its own and that does not say so (``Component.pace``) fails here.
"""

from functools import lru_cache

import numpy as np
import pytest

from simulator.kernel import Station
from simulator.results.ledger import OTHER, totals
from simulator.results.spans import REQUEST, VISIT, WAIT
from simulator.runner import run
from tests.kernel.scene import digest, running
from tests.laws.test_every_kind import SITUATIONS, each_sample, plain, scene

EVERYTHING = range(-1, 10**9)
"""The numbers of all requests, and that of calls that belong to none, such as checks of health."""

each_situation = pytest.mark.parametrize("situation", SITUATIONS)


@lru_cache(maxsize=4)
def traced(kind, name, situation):
    """A run with all requests traced, what its stations counted, and what was not followed.

    Counted are, by name of the station, the areas under the calls waiting and under those served,
    with those that are to come back.
    """
    with pytest.MonkeyPatch.context() as monkeypatch:
        alive = []
        running(monkeypatch, lambda system, source: alive.append(system))
        finished = run(scene(kind, name, situation), traces=EVERYTHING)
    (system,) = alive
    areas = {
        each.name: (
            each.queued_area + each.queued * each.sim.now,
            each.in_service_area + each.in_service * each.sim.now + away_s(each),
        )
        for each in system.components.values()
        if isinstance(each, Station)
    }
    return finished, areas, system.tracer.unfollowed


def away_s(station):
    """The area under the calls that will come back to a station, where it counts them."""
    area = getattr(station, "outstanding_area", 0.0)
    return area + getattr(station, "outstanding", 0) * station.sim.now


@each_sample
@each_situation
def test_traces_change_no_number(kind, name, situation):
    finished, _, _ = traced(kind, name, situation)
    assert digest(finished) == plain(kind, name, situation)


@each_sample
@each_situation
def test_every_request_has_its_trace_from_arrival_to_outcome(kind, name, situation):
    finished, _, _ = traced(kind, name, situation)
    roots = finished.spans.rows(finished.spans.step == REQUEST)
    answered = np.isfinite(finished.requests.latency_s)
    latency_s = (roots.end_s - roots.start_s)[answered]
    assert np.array_equal(roots.request, np.arange(len(finished.requests)))
    assert np.array_equal(roots.start_s, finished.requests.arrived_s)
    assert np.array_equal(roots.outcome, finished.requests.outcome)
    assert latency_s == pytest.approx(finished.requests.latency_s[answered], rel=1e-12)


@each_sample
@each_situation
def test_a_span_lies_in_its_parent_as_long_as_somebody_waits_for_it(kind, name, situation):
    spans = traced(kind, name, situation)[0].spans
    inner = spans.rows(spans.parent > 0)
    outer = spans.rows(inner.parent - 1)  # a row's place follows from its number
    assert np.array_equal(spans.span, np.arange(1, len(spans) + 1))
    assert np.array_equal(inner.request, outer.request)
    assert (inner.parent < inner.span).all()
    assert (inner.start_s >= outer.start_s).all()
    assert (np.fmin(inner.end_s, inner.given_up_s) <= outer.end_s).all()


@each_sample
@each_situation
def test_waits_and_services_add_up_to_what_stations_counted(kind, name, situation):
    finished, areas, unfollowed = traced(kind, name, situation)
    spans = finished.spans
    lasted_s = spans.end_s - spans.start_s
    names = list(spans.names)
    for station, (queued_s, in_service_s) in areas.items():
        # one that works for no request, such as cores for handshakes, is in no trace
        here = spans.component == (names.index(station) if station in names else -1)
        waited_s = (lasted_s - spans.active_s)[here & (spans.step >= WAIT)].sum()
        visited_s = lasted_s[here & (spans.step == VISIT)].sum()
        served_s = visited_s - waited_s
        if unfollowed:  # some work belonged to no request any more: spans are a part of it all
            assert waited_s <= queued_s + 1e-6
            assert served_s <= in_service_s + 1e-6
        else:
            assert waited_s == pytest.approx(queued_s, rel=1e-6, abs=1e-6)
            assert served_s == pytest.approx(in_service_s, rel=1e-6, abs=1e-6)


@each_sample
@each_situation
def test_the_ledger_of_every_request_adds_up_to_its_latency(kind, name, situation):
    finished, _, _ = traced(kind, name, situation)
    other_s = 0.0
    for number, trace in finished.spans.each():
        total = totals(trace)
        other_s += sum(seconds for (cause, _), seconds in total.items() if cause == OTHER)
        assert min(total.values(), default=0.0) >= 0
        latency_s = finished.requests.latency_s[number]
        assert sum(total.values()) == pytest.approx(latency_s, rel=1e-9, abs=1e-9)
    assert other_s == pytest.approx(0, abs=1e-6), "some time is in no span"
