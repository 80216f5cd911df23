"""Tracing: writes down what chosen requests go through, and changes nothing.

A probe stands in front of every component and lets calls through. It looks at those of chosen
requests: when they come, and, from their way back, for whom they were made, when and how they are
answered. What a call does while it is inside is not told by components but read off: after every
event of the run the tracer looks at the calls that are under way. One that has open forks leaves
the work to them; one that rests in the event list gets on (``Component.pace``); any other waits.
So no component keeps anything for the sake of traces, and without tracing nothing of this exists.

Requests are chosen by number and before the run. A run is reproducible, so whoever wants to see its
slowest requests makes it twice (``simulator.experiments.traces``).
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np

from simulator.kernel import Call, Component, Find, Simulation
from simulator.kernel.call import JOIN, NUMBER
from simulator.kernel.streams import Streams, Uniform
from simulator.results.spans import REQUEST, Row, Spans
from simulator.tracing.way import Visit, Way, rows_of

MOST_SAMPLED = 10_000  # requests of one run; their spans take about a kilobyte each


class TracedSimulation(Simulation):
    """A simulation that looks at the traced calls after every event."""

    __slots__ = ("tracer",)
    tracer: Tracer

    def step(self) -> None:
        super().step()
        if self.tracer.ways:
            self.tracer.look()


class Tracer:
    """Traces chosen requests of one run.

    Args:
        sim: the run.
        source: the root of the system, where requests come from.
        chosen: numbers of the requests to trace.
    """

    def __init__(self, sim: TracedSimulation, source: Component, chosen: Container[int]) -> None:
        self.sim = sim
        self.source = source
        self.chosen = chosen
        self.roots: list[Visit] = []
        self.ways: dict[Call, Way] = {}  # of the calls under way
        self.unfollowed = 0  # calls made for a traced request that was answered already
        sim.tracer = self

    def probing(self, find: Find) -> Find:
        """The same look-up, with a probe in front of every component."""
        probes: dict[str, Component] = {}

        def find_probes(name: str) -> list[Component]:
            for each in find(name):
                probes.setdefault(each.name, Probe(each, self))
            return [probes[each.name] for each in find(name)]

        return find_probes

    def look(self) -> None:
        """See what every call under way does now; most do what they did before."""
        now_s = self.sim.now
        for call, way in self.ways.items():
            if (
                way.changes
                or call.callbacks is not way.callbacks
                or call.children is not way.children
                or (way.asker is not None and way.asker.children is not call)
            ):
                way.look(now_s)

    def way_of(self, call: Call) -> Way | None:
        """The way of a call that is handed over; None if it is of no request that is traced.

        A component that makes a call of its own accord (a load that many wait for) makes it for the
        traced request that is there; if there is none any more, the call is not followed.
        """
        way = self.ways.get(call)
        if way is not None:
            return way
        maker, state = _bottom(call)
        if maker is self.source:
            way = Way(call, None, None)
            way.holder = Visit(REQUEST, maker, way, None, None, self.sim.now)
            self.roots.append(way.holder)
        else:
            owner = self.ways.get(state[1]) if maker is JOIN else None
            visit = owner.holder if owner is not None else self._visit_at(maker, call)
            if visit is None:
                self.unfollowed += 1
                return None
            way = Way(call, owner, visit)
        self.ways[call] = way
        return way

    def _visit_at(self, maker: Any, call: Call) -> Visit | None:
        """Where a component made a call of its own accord: the visit that made it do so."""
        number = call.request[NUMBER]
        for way in self.ways.values():
            if way.number == number:
                visit = way.holder
                while visit is not None and visit.component is not maker:
                    visit = visit.around
                if visit is not None:
                    return visit
        return None

    def spans(self) -> Spans:
        """Everything that was seen; what is still open ends now."""
        now_s = self.sim.now
        for way in self.ways.values():
            way.stop(now_s)
        names: dict[str, int] = {}
        rows: list[Row] = []
        for root in self.roots:  # in order of arrival
            rows += rows_of(root, names, len(rows))
        return Spans.of(list(names), rows)


class Probe(Component):
    """Stands in front of one component; whatever else is asked of it, the component answers."""

    def __init__(self, component: Component, tracer: Tracer) -> None:
        super().__init__(component.name, component.sim)
        self._component = component
        self._tracer = tracer
        self._chosen = tracer.chosen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._component, name)

    def accept(self, call: Call) -> None:
        if call.request[NUMBER] in self._chosen:
            tracer = self._tracer
            way = tracer.way_of(call)
            if way is not None:
                holder = way.holder
                if holder is not None and holder.component is tracer.source:
                    call.return_to(self, holder)  # to see the request end
                call.return_to(self, way.enter(self._component, self.sim.now))
        self._component.accept(call)

    def probe(self, call: Call) -> None:
        self._component.probe(call)

    def returned(self, call: Call, outcome: int, state: Visit) -> None:
        way = self._tracer.ways.get(call)
        is_here = way is not None and way.holder is state  # else it was handed on
        if way is not None and is_here and not way.leave(outcome, self.sim.now):
            del self._tracer.ways[call]
        call.answer(outcome)


class Sampled(Container[int]):
    """The numbers of a part of all requests, drawn from a stream of their own.

    Which they are depends on the seed and the ratio only, so that variants sample the same ones; a
    larger ratio samples more beside them.
    """

    def __init__(self, streams: Streams, ratio: float) -> None:
        self._blocks = streams.blocks("traces", Uniform())
        self._ratio = ratio
        self._numbers: set[int] = set()
        self._known = 0  # numbers from here on are not decided yet

    def __contains__(self, number: Any) -> bool:
        while number >= self._known and len(self._numbers) < MOST_SAMPLED:
            luck = next(self._blocks)
            room = MOST_SAMPLED - len(self._numbers)
            chosen = self._known + np.flatnonzero(luck < self._ratio)[:room]
            self._numbers.update(chosen.tolist())
            self._known += len(luck)
        return number in self._numbers


def _bottom(call: Call) -> tuple[Any, Any]:
    """Who made a call, and what they noted on its way back."""
    component, state, rest = call.back
    while rest is not None:
        component, state, rest = rest
    return component, state
