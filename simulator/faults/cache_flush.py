"""Cache flush: a cache loses its entries at once, as after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.faults.base import Note, Process, ScheduledFault, TargetedFault, fault_kinds
from simulator.kernel import Component, Simulation
from simulator.units import SHARE, Seconds


@fault_kinds.register
class CacheFlush(ScheduledFault, TargetedFault):
    """Entries are gone, and writes that only they knew of; loads under way go on.

    Of a group, all replicas lose them together or, with ``stagger``, one after the other: a rolling
    restart. A replica that restarts ``warm`` holds the most popular keys again, as the cache's
    ``warm`` says, or as many as fit if that says nothing. The restart itself takes no time.
    """

    kind: Literal["cache_flush"] = "cache_flush"
    share: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False), SHARE] = Field(
        1.0, description="chance of each entry to be lost"
    )
    stagger: Seconds = Field(0.0, description="time from one replica of a group to the next")
    warm: bool = Field(False, description="whether the most popular keys are there again at once")

    def contradictions(self) -> Iterator[str]:
        if self.warm and self.share < 1:
            yield "warm is of a cache that begins anew: leave out share, or warm"

    def begin(self, target: Any) -> None:
        target.flush(self.share, self.warm)

    def takes_s(self, targets: int) -> float:
        return (targets - 1) * self.stagger

    def _process(self, sim: Simulation, targets: list[Component], note: Note) -> Process:
        for instant_s in self.strikes():
            for place, target in enumerate(targets):
                yield sim.timeout(instant_s + place * self.stagger - sim.now)
                if place == 0:
                    note(self.whom, instant_s, instant_s + self.takes_s(len(targets)))
                self.begin(target)
