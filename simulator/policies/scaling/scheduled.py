"""Scaling by the calendar: so many replicas from one instant to another, or at times of the day.

As scheduled actions of Amazon EC2 Auto Scaling or KEDA's cron trigger do. It knows nothing of the
load; beside another policy it is a floor under what that one wants.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from simulator.policies.scaling.base import Advice, Scaler, ScalingPolicy, Sight, scaling_policies
from simulator.registry import Spec
from simulator.units import PositiveSeconds, Seconds


class Slot(Spec):
    """A stretch of time, and the replicas that there are to be."""

    start: Seconds = Field(alias="from", description="when it begins")
    until: PositiveSeconds = Field(description="when it ends")
    replicas: int = Field(ge=1, le=10_000, description="replicas that there are to be")

    def contradictions(self) -> Iterator[str]:
        if self.until <= self.start:
            yield f"until ({self.until:g} s) must be after from ({self.start:g} s)"


@scaling_policies.register
class Scheduled(ScalingPolicy):
    """So many replicas at set times; of slots that overlap, the largest number counts."""

    kind: Literal["scheduled"] = "scheduled"
    slots: tuple[Slot, ...] = Field(min_length=1, description="when there are to be how many")
    every: PositiveSeconds | None = Field(
        None, description="time after which the slots come again, such as 1 d; never if not given"
    )
    otherwise: int | None = Field(
        None, ge=1, le=10_000, description="replicas at other times; no opinion if not given"
    )

    def contradictions(self) -> Iterator[str]:
        for each in self.slots:
            if self.every is not None and each.until > self.every:
                yield (
                    f"a slot ends at {each.until:g} s, after every ({self.every:g} s); end it "
                    "there, and let another one begin at 0 s"
                )

    def start(self) -> Scaler:
        return _Scheduled(self)


class _Scheduled(Scaler):
    def __init__(self, spec: Scheduled) -> None:
        self._slots = [(float(e.start), float(e.until), int(e.replicas)) for e in spec.slots]
        self._every_s: float | None = spec.every
        self._otherwise: int | None = spec.otherwise

    def advise(self, sight: Sight) -> Advice | None:
        at_s = sight.now_s if self._every_s is None else sight.now_s % self._every_s
        found = [each for begin_s, end_s, each in self._slots if begin_s <= at_s < end_s]
        if found:
            return Advice(max(found), "by schedule")
        return None if self._otherwise is None else Advice(self._otherwise, "by schedule")
