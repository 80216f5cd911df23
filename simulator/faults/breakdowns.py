"""Breakdowns: a component fails at random and is repaired, again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heapreplace
from typing import Any, Literal

from pydantic import Field

from simulator.distributions import Distribution, Time
from simulator.distributions.parametric import Exponential
from simulator.faults.base import (
    MOST_STRIKES,
    Note,
    Process,
    TargetedFault,
    fault_kinds,
    too_late,
)
from simulator.kernel import Component, Simulation
from simulator.units import PositiveSeconds, Seconds


@fault_kinds.register
class Breakdowns(TargetedFault):
    """Up for a random time, down for a random time, whatever there is to do.

    Every replica of a group fails and is repaired on its own, unless ``together`` says that they
    have a cause in common. What is in progress is lost as in a crash; or it resumes: calls wait
    until the repair, and work that was begun goes on where it was (a pause for garbage collection).
    In the long run a component is up for mtbf / (mtbf + mttr) of the time.

    With ``crews`` only so many repairs go on at a time, in the order of the failures; whoever fails
    while all crews are busy waits for one, so that the time down is longer than the repair.
    """

    kind: Literal["breakdowns"] = "breakdowns"
    mtbf: PositiveSeconds | None = Field(
        None, description="mean time from a repair to the next failure, exponentially distributed"
    )
    mttr: PositiveSeconds | None = Field(
        None, description="mean time from a failure to its repair, exponentially distributed"
    )
    up_time: Time | None = Field(None, description="time up, in place of mtbf")
    down_time: Time | None = Field(None, description="time down, in place of mttr")
    work: Literal["lost", "resumes"] = Field("lost", description="what becomes of calls inside")
    hang: bool = Field(
        False, description="silence instead of failures and refusals, where work is lost"
    )
    together: bool = Field(False, description="whether all replicas fail and are repaired at once")
    crews: int | None = Field(
        None, ge=1, description="repairs that can go on at a time; any number if not given"
    )
    start: Seconds = Field(0.0, alias="from", description="when the first time up begins")

    def contradictions(self) -> Iterator[str]:
        for mean, law in (("mtbf", "up_time"), ("mttr", "down_time")):
            if (getattr(self, mean) is None) == (getattr(self, law) is None):
                yield f"give either {mean} or {law}"
        if self.hang and self.work == "resumes":
            yield "hang goes with work: lost; what resumes is answered in the end"
        if self.together and self.crews is not None:
            yield "crews are for replicas that fail apart; leave out together, or crews"
        if self.up_law().average() <= 0:
            yield "up_time must be longer than nothing on average"

    def up_law(self) -> Distribution:
        """How long it is up."""
        return self.up_time or Exponential(mean=self.mtbf or 1.0)

    def down_law(self) -> Distribution:
        """How long it is down."""
        return self.down_time or Exponential(mean=self.mttr or 1.0)

    def processes(
        self, sim: Simulation, targets: list[Component], note: Note, name: str
    ) -> Iterator[Process]:
        """One process for all replicas together, or one for each."""
        parts = [(self.of, targets)] if self.together else [(each.name, [each]) for each in targets]
        repairs = _Repairs(self.crews or len(parts), self.start)
        for of, members in parts:
            stream = f"{name}.{of}"
            up_s = sim.draws(f"{stream}.up_time", self.up_law())
            down_s = sim.draws(f"{stream}.down_time", self.down_law())
            yield self._process(sim, of, members, note, up_s, down_s, repairs)

    def _process(
        self,
        sim: Simulation,
        of: str,
        targets: list[Any],
        note: Note,
        up_s: Callable[[], float],
        down_s: Callable[[], float],
        repairs: _Repairs,
    ) -> Process:
        yield sim.timeout(self.start)
        while True:
            yield sim.timeout(up_s())
            lasts_s = repairs.lasts_s(sim.now, down_s())
            note(of, sim.now, sim.now + lasts_s)
            for target in targets:
                self.begin(target)
            yield sim.timeout(lasts_s)
            for target in targets:
                self.end(target)

    def begin(self, target: Any) -> None:
        """Let one component fail."""
        if self.work == "lost":
            target.crash(self.hang)
        else:
            target.stop()

    def end(self, target: Any) -> None:
        """Let one component be repaired."""
        if self.work == "lost":
            target.recover(self.hang)
        else:
            target.go_on()

    def objections(self, duration_s: float | None, targets: int) -> Iterator[tuple[str, str]]:
        yield from too_late(self.start, duration_s)
        cycle_s = self.up_law().average() + self.down_law().average()
        strikes = (duration_s or 0.0) / cycle_s * (1 if self.together else targets)
        if strikes > MOST_STRIKES:
            field = "mtbf" if self.mtbf is not None else "up_time"
            yield field, f"about {strikes:,.0f} failures in a run; must be at most {MOST_STRIKES:,}"


class _Repairs:
    """Crews who repair in the order of failures: when one is free for a failure is known at once.

    Args:
        crews: how many there are.
        now_s: since when they are free.
    """

    def __init__(self, crews: int, now_s: float) -> None:
        self._free_s = [now_s] * crews  # a heap: when each is through with what it has to do

    def lasts_s(self, now_s: float, repair_s: float) -> float:
        """How long a failure lasts, the wait for a crew included; that crew is taken."""
        lasts_s = max(0.0, self._free_s[0] - now_s) + repair_s
        heapreplace(self._free_s, now_s + lasts_s)
        return lasts_s
