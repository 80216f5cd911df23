"""Bad deploy: a new version reaches one replica after another, until it is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from simulator.faults.base import Note, Process, ScheduledFault, TargetedFault, fault_kinds
from simulator.kernel import Component, Simulation
from simulator.units import PositiveSeconds, Ratio, Seconds


@fault_kinds.register
class BadDeploy(ScheduledFault, TargetedFault):
    """A new version is slower, or fails a part of its calls after their full service.

    It reaches the replicas of a group in their order, one each ``stagger``. Somebody notices
    ``detected_after`` its first replica had it: no further replica gets it then, and those that
    have it get the old version back, in the same order, one each ``rollback_stagger``. The fewer
    replicas have it by then, the fewer users met it. What a deploy itself takes, of capacity and of
    warm caches, is left out: neither calls inside nor entries are lost.
    """

    kind: Literal["bad_deploy"] = "bad_deploy"
    factor: float = Field(1.0, gt=0, le=1e6, description="how many times longer work takes in it")
    ratio: Ratio = Field(0.0, description="part of the calls that fails in it")
    stagger: Seconds = Field(0.0, description="time from one replica to the next")
    detected_after: PositiveSeconds = Field(
        description="time from the first replica that has it to the beginning of the rollback"
    )
    rollback_stagger: Seconds | None = Field(
        None,
        description="time from one replica to the next on the way back; as stagger if not given",
    )

    def contradictions(self) -> Iterator[str]:
        if self.factor == 1 and self.ratio == 0:
            yield "give factor, ratio or both: nothing is wrong with this version"

    def reached(self, targets: int) -> int:
        """How many of some replicas have it when it is noticed."""
        if not self.stagger:
            return targets
        before = int(self.detected_after / self.stagger)
        return min(targets, before + (before * self.stagger < self.detected_after))

    def takes_s(self, targets: int) -> float:
        back_s = self.stagger if self.rollback_stagger is None else self.rollback_stagger
        return self.detected_after + (self.reached(targets) - 1) * back_s

    def processes(
        self, sim: Simulation, targets: list[Component], note: Note, name: str
    ) -> Iterator[Process]:
        """One process for each replica that is reached."""
        reached = targets[: self.reached(len(targets))]
        for place, target in enumerate(reached):
            yield self._spoil(sim, target, note, place * self.stagger, self.takes_s(place + 1))

    def _spoil(
        self, sim: Simulation, target: Component, note: Note, first_s: float, last_s: float
    ) -> Process:
        """Let one replica have it, from and until so many seconds after each beginning."""
        for instant_s in self.strikes():
            yield sim.timeout(instant_s + first_s - sim.now)
            note(target.name, instant_s + first_s, instant_s + last_s)
            self.begin(target)
            yield sim.timeout(instant_s + last_s - sim.now)
            self.end(target)

    def begin(self, target: Any) -> None:
        if self.factor != 1:
            target.slow_down(self.factor)
        if self.ratio:
            target.break_calls(self.ratio)

    def end(self, target: Any) -> None:
        """Give one replica the old version back."""
        if self.factor != 1:
            target.speed_up(self.factor)
        if self.ratio:
            target.mend_calls(self.ratio)

    def over_s(self, targets: int) -> float | None:
        return None if self.every else self.start + self.takes_s(targets)
