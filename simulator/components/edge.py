"""Edge: sends each user's call to the point of presence of its region.

Users are spread over regions, one to each of the ``points``; which region a request comes from is
luck of its own, the same in every variant. The way to the nearest point takes ``latency``, and so
does the way back, each drawn for itself. Names and routes know addresses and not places, so that
some users go astray: they are sent to any of the other points, over a longer way.

Points are usually caches, one group with ``replicas`` or several of unequal size; behind them may
stand a common cache (a shield) and, over a ``link``, the origin. Each point has seen only what its
own region asked for: the more points, the nearer they are, and the less each of them holds of what
is asked of it.

Left out: regions that ask for different things, points that fail or are full and hand over to
others, bandwidth on the way to users (a ``link`` has it), the time to find a point (``dns``).

Source: Calder et al., "Analyzing the Performance of an Anycast CDN", IMC 2015 (users that are not
sent to the nearest point).
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.distributions import Time
from simulator.distributions.parametric import Constant
from simulator.kernel import (
    CANCELED,
    Answer,
    Call,
    Component,
    ComponentSpec,
    Find,
    Reference,
    Refs,
    Simulation,
    Uniform,
    components,
    count,
    level,
    ratio,
    samples,
)
from simulator.kernel.wiring import group_of
from simulator.units import Ratio

Point = Annotated[str, Reference(many=True)]
Weight = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]


@components.register
class EdgeSpec(ComponentSpec):
    """Brings calls of users to the nearest of several points of presence."""

    kind: Literal["edge"] = "edge"
    points: Refs = Field(
        min_length=1, description="points of presence, one a region: a group, or a list"
    )
    shares: dict[Point, Weight] = Field(
        {},
        description="group or point -> how many users its region has, relative to others; 1 if "
        "not given",
    )
    latency: Time = Field(
        Constant(value=0.0), description="time on the way to the nearest point, one way"
    )
    astray: Ratio = Field(0.0, description="part of the calls that go to another point")
    astray_latency: Time = Field(
        Constant(value=0.0), description="time on the way to another point, one way"
    )

    def onward(self) -> dict[str, float] | None:
        return {self.points[0]: 1.0} if len(self.points) == 1 else None

    def objections(self, members: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
        points = [each for name in self.points for each in members.get(name, [name])]
        for name in self.shares:
            if not set(points).issuperset(members.get(name, [name])):
                yield "shares", f"{name!r} is no point: {', '.join(self.points)}"
        if self.astray and len(points) == 1:
            yield "astray", "there is no other point to go to; name several, or leave it out"

    def build(self, name: str, sim: Simulation) -> Edge:
        return Edge(name, sim, self)


class Edge(Component):
    forwarded = count("calls brought to a point")
    strays = count("calls brought to another point than that of their region", better="lower")
    stray_ratio = ratio("part of the calls brought to another point", "strays", "forwarded")
    in_transit = level("calls and answers on the way")
    network_s = samples("time that an answered call was on the way, there and back together")
    resting = "network"

    def __init__(self, name: str, sim: Simulation, spec: EdgeSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._region = sim.needs.add(f"{name}.region", Uniform())
        self._luck = sim.needs.add(f"{name}.astray", Uniform())
        self._there = sim.needs.add(f"{name}.request_latency", spec.latency)
        self._back = sim.needs.add(f"{name}.response_latency", spec.latency)
        self._far_there = sim.needs.add(f"{name}.astray_request_latency", spec.astray_latency)
        self._far_back = sim.needs.add(f"{name}.astray_response_latency", spec.astray_latency)
        self._astray: float = spec.astray
        self._points: list[Component] = []
        self._thresholds: list[float] = []
        self._probed = 0
        self._arrived = (self._arrive,)
        self._delivered = (self._deliver,)

    def connect(self, find: Find) -> None:
        shares = self.spec.shares
        self._points = [point for name in self.spec.points for point in find(name)]
        names = [point.name for point in self._points]
        sums = [*accumulate(shares.get(each, shares.get(group_of(each), 1.0)) for each in names)]
        self._thresholds = [each / sums[-1] for each in sums[:-1]]

    def probe(self, call: Call) -> None:
        """Ask the points in turn."""
        self._probed = (self._probed + 1) % len(self._points)
        self._points[self._probed].probe(call)

    def accept(self, call: Call) -> None:
        self.in_transit += 1
        self.in_transit_area -= self.sim.now
        call.give_up = self._vanish
        is_astray = call.request[self._luck] < self._astray
        latency_s = call.request[self._far_there if is_astray else self._there]
        self.hold(call, latency_s, self._arrived)

    def _arrive(self, call: Call) -> None:
        self.in_transit -= 1
        self.in_transit_area += self.sim.now
        self.forwarded += 1
        call.give_up = None
        place = bisect(self._thresholds, call.request[self._region])
        luck = call.request[self._luck]
        if luck < self._astray:
            self.strays += 1
            other = int(luck / self._astray * (len(self._points) - 1))
            place = other + (other >= place)
        call.return_to(self, None)
        self._points[place].accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if outcome == CANCELED:
            call.answer(outcome)
            return
        self.in_transit += 1
        self.in_transit_area -= self.sim.now
        call.give_up = self._vanish
        is_astray = call.request[self._luck] < self._astray
        latency_s = call.request[self._far_back if is_astray else self._back]
        call.memo = answer = Answer(call, outcome)
        self.hold(answer, latency_s, self._delivered)

    def _deliver(self, answer: Answer) -> None:
        call = answer.call
        if call.memo is not answer:  # taken back meanwhile
            return
        self.in_transit -= 1
        self.in_transit_area += self.sim.now
        is_astray = call.request[self._luck] < self._astray
        if is_astray:
            on_way_s = call.request[self._far_there] + call.request[self._far_back]
        else:
            on_way_s = call.request[self._there] + call.request[self._back]
        self.network_s.append(on_way_s)
        call.memo = call.give_up = None
        call.answer(answer.outcome)

    def _vanish(self, call: Call) -> None:
        self.in_transit -= 1
        self.in_transit_area += self.sim.now
        call.memo = None
