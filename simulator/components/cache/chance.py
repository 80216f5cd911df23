"""A cache of which nothing is known but its hit ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.components.cache.plain import Cache
from simulator.kernel import OK, Call, Simulation, count
from simulator.kernel.call import CLASS
from simulator.kernel.streams import Uniform
from simulator.kernel.wiring import group_of

if TYPE_CHECKING:
    from simulator.components.cache import CacheSpec


class ChanceCache(Cache):
    """A cache of which nothing is known but its hit ratio."""

    def __init__(self, name: str, sim: Simulation, spec: CacheSpec) -> None:
        super().__init__(name, sim, spec)
        self._hit_ratio = spec.hit_ratio or 0.0
        self._luck = sim.needs.add(f"{group_of(name)}.luck", Uniform())

    def _look_up(self, call: Call) -> None:
        if call.request[self._luck] < self._hit_ratio:
            self.hits += 1
            call.answer(OK)
        else:
            self.misses += 1
            self.loads += 1
            self._origin.accept(call)


class WritableChanceCache(ChanceCache):
    """The same where some requests write: these pass it."""

    writes = count("requests that write", better=None)

    def __init__(self, name: str, sim: Simulation, spec: CacheSpec) -> None:
        super().__init__(name, sim, spec)
        self._is_write = [each.writes for each in sim.needs.classes]

    def _look_up(self, call: Call) -> None:
        if self._is_write[call.request[CLASS]]:
            self.writes += 1
            self._origin.accept(call)
        else:
            super()._look_up(call)
