"""Brown-out: a dependency gets slower and fails more by and by, stays so, and mends by and by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from simulator.faults.base import LastingFault, Note, Process, TargetedFault, fault_kinds
from simulator.kernel import Component, Simulation
from simulator.units import Ratio, Seconds

STEPS = 20  # of a ramp; each looks through all work under way


@fault_kinds.register
class BrownOut(LastingFault, TargetedFault):
    """Work takes longer and a part of the calls fails, both more and more, then less and less.

    From its beginning it gets worse over ``ramp_up``, in twenty equal steps, until work takes
    ``factor`` times as long and ``ratio`` of the calls fail. It ends with ``ramp_down``, in which
    it gets better the same way. No instant of it looks like a failure, which is what makes it hard
    to notice. It adds to what other faults do.
    """

    kind: Literal["brown_out"] = "brown_out"
    factor: float = Field(
        1.0, ge=1, le=1e6, description="how many times longer work takes at the worst"
    )
    ratio: Ratio = Field(0.0, description="part of the calls that fails at the worst")
    ramp_up: Seconds = Field(0.0, description="time from well to the worst")
    ramp_down: Seconds = Field(0.0, description="time from the worst to well, before the end")

    def contradictions(self) -> Iterator[str]:
        wrong = [*super().contradictions()]
        yield from wrong
        if self.factor == 1 and self.ratio == 0:
            yield "give factor, ratio or both: nothing gets worse"
        ramps_s = self.ramp_up + self.ramp_down
        if not wrong and ramps_s > self.lasts_s:
            yield (
                f"ramp_up and ramp_down take {ramps_s:g} s; must be at most {self.lasts_s:g} s, "
                "as long as it lasts"
            )

    def course(self) -> Iterator[tuple[float, float]]:
        """When it changes, in seconds from its beginning, and how bad it is then: 0 to 1."""
        up_s, down_s = self.ramp_up / STEPS, self.ramp_down / STEPS
        first_down_s = self.lasts_s - self.ramp_down
        if up_s:
            yield from ((step * up_s, (step + 1) / STEPS) for step in range(STEPS))
        else:
            yield 0.0, 1.0
        if down_s:
            steps = range(1, STEPS)
            yield from ((first_down_s + step * down_s, 1 - step / STEPS) for step in steps)
        yield self.lasts_s, 0.0

    def _process(self, sim: Simulation, targets: list[Component], note: Note) -> Process:
        for instant_s in self.strikes():
            before = 0.0
            for after_s, level in self.course():
                yield sim.timeout(instant_s + after_s - sim.now)
                if not before:
                    note(self.whom, instant_s, instant_s + self.lasts_s)
                for target in targets:
                    self._change(target, before, level)
                before = level

    def _change(self, target: Any, before: float, level: float) -> None:
        """Let it be as bad as a new level says, and no longer as the one before."""
        if self.factor > 1:
            self._slow(target.slow_down, level)
            self._slow(target.speed_up, before)
        if self.ratio:
            if level:
                target.break_calls(self.ratio * level)
            if before:
                target.mend_calls(self.ratio * before)

    def _slow(self, change: Any, level: float) -> None:
        if level:
            change(1 + (self.factor - 1) * level)
