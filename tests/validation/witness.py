"""Two kinds of component that only tests need: both pass every call on and write something down.

A ``witness`` notes what each call finds in the stations it is on its way to. Where calls come as a
Poisson process that is the state at a random instant (PASTA: Poisson arrivals see time averages),
so the share of calls that find a state is that state's probability.

A ``meter`` notes when each call comes and when it is answered, which is a second set of books
beside what the station behind it records of itself.
"""

from typing import Literal

from simulator.kernel import (
    Component,
    ComponentSpec,
    Ref,
    Refs,
    Station,
    components,
    samples,
)


@components.register
class WitnessSpec(ComponentSpec):
    """Notes what each call finds."""

    kind: Literal["witness"] = "witness"
    next: Ref
    watches: Refs

    def build(self, name, sim):
        return Witness(name, sim, self)


class Witness(Component):
    calls_found = samples("calls in all watched stations together", unit="", better=None)
    idle_found = samples("watched stations without a call", unit="", better=None)

    def __init__(self, name, sim, spec):
        super().__init__(name, sim)
        self.spec = spec

    def connect(self, find):
        (self._next,) = find(self.spec.next)
        self._watched = [station for name in self.spec.watches for station in find(name)]

    def accept(self, call):
        found = idle = 0
        for station in self._watched:
            inside = station.in_service + station.queued
            found += inside
            idle += inside == 0
        self.calls_found.append(found)
        self.idle_found.append(idle)
        self._next.accept(call)


@components.register
class MeterSpec(ComponentSpec):
    """Notes when each call comes, what it needs of the station behind, and when it is answered."""

    kind: Literal["meter"] = "meter"
    next: Ref

    def build(self, name, sim):
        return Meter(name, sim, self)


class Meter(Component):
    came_s = samples("when each call came", better=None)
    left_s = samples("when each call was answered", better=None)
    need_s = samples("service time of each call, if a station is behind", better=None)

    def __init__(self, name, sim, spec):
        super().__init__(name, sim)
        self.spec = spec

    def connect(self, find):
        (self._next,) = find(self.spec.next)

    def accept(self, call):
        call.return_to(self, None)
        self.came_s.append(self.sim.now)
        if isinstance(self._next, Station):
            self.need_s.append(call.request[self._next._need])
        self._next.accept(call)

    def returned(self, call, outcome, state):
        self.left_s.append(self.sim.now)
        call.answer(outcome)
