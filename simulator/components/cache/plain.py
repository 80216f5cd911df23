"""What all caches have in common: they look, which takes its time, and ask their origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.kernel import Call, Component, Find, Simulation, count, ratio
from simulator.kernel.wiring import group_of

if TYPE_CHECKING:
    from simulator.components.cache import CacheSpec


class Cache(Component):
    hits = count("requests answered from the cache", better="higher")
    misses = count("requests not answered from the cache", better="lower")
    loads = count("calls to the origin", better="lower")
    hit_ratio = ratio("hits over all requests", "hits", "hits", "misses", better="higher")
    resting = "lookup"

    def __init__(self, name: str, sim: Simulation, spec: CacheSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._lookup = sim.needs.add(f"{group_of(name)}.lookup", spec.lookup_time)
        self._looked_up = (self._look_up,)

    def connect(self, find: Find) -> None:
        (self._origin,) = find(self.spec.origin)

    def accept(self, call: Call) -> None:
        self.hold(call, call.request[self._lookup], self._looked_up)

    def _look_up(self, call: Call) -> None:
        raise NotImplementedError
