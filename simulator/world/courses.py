"""How a change of the world comes about over time: at once, by and by, or again and again."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, inf, pi
from typing import Annotated, Literal

from pydantic import Field

from simulator.registry import Family, Spec
from simulator.units import PositiveSeconds, Seconds

courses = Family("course of a change")

STEPS = 1000  # in which a change that comes by and by is followed


class Course(Spec):
    """How much of a change has come about, at any instant."""

    kind: str

    def part(self, at_s: float) -> float:
        """From 0, nothing, to 1, all of it.

        Args:
            at_s: seconds of simulated time; below 0 before the run.
        """
        raise NotImplementedError

    def steady_until(self, at_s: float) -> float:
        """An instant, later than this one, until which the part may be taken for the same.

        It is not off by more than 0.002 then; infinite where nothing changes any more.
        """
        raise NotImplementedError


@courses.register
class Sudden(Course):
    """From one instant on all of it, for good or until another instant."""

    kind: Literal["sudden"] = "sudden"
    start: Seconds = Field(alias="from", description="when it comes")
    until: PositiveSeconds | None = Field(None, description="when it goes; never if not given")

    def contradictions(self) -> Iterator[str]:
        if self.until is not None and self.until <= self.start:
            yield f"until ({self.until:g} s) must be after from ({self.start:g} s)"

    def part(self, at_s: float) -> float:
        return float(self.start <= at_s and (self.until is None or at_s < self.until))

    def steady_until(self, at_s: float) -> float:
        edges = (self.start, self.until or inf)
        return min((each for each in edges if each > at_s), default=inf)


@courses.register
class Gradual(Course):
    """Evenly more and more of it from one instant to another, and all of it from then on."""

    kind: Literal["gradual"] = "gradual"
    start: Seconds = Field(alias="from", description="when it begins to come")
    until: PositiveSeconds = Field(description="when all of it has come")

    def contradictions(self) -> Iterator[str]:
        if self.until <= self.start:
            yield f"until ({self.until:g} s) must be after from ({self.start:g} s)"

    def part(self, at_s: float) -> float:
        return min(1.0, max(0.0, (at_s - self.start) / (self.until - self.start)))

    def steady_until(self, at_s: float) -> float:
        if at_s < self.start:
            return self.start
        return inf if at_s >= self.until else at_s + (self.until - self.start) / STEPS


@courses.register
class Seasonal(Course):
    """A wave: nothing of it at the first instant, all of it half a period later."""

    kind: Literal["seasonal"] = "seasonal"
    period: PositiveSeconds = Field(description="from one height to the next")
    start: Seconds = Field(0.0, alias="from", description="an instant at which there is none of it")

    def part(self, at_s: float) -> float:
        return (1 - cos(2 * pi * (at_s - self.start) / self.period)) / 2

    def steady_until(self, at_s: float) -> float:
        return at_s + self.period / (2 * STEPS)


When = Annotated[Course, courses]
