"""Running on until an estimate is sharp enough.

Replications are looked at in their order, and only those before the first that is still missing.
How many it takes therefore depends on the scenario and its seed alone, not on which of several
processes is done first; what was made beyond them is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite
from statistics import fmean

from simulator.errors import Problem, ScenarioError
from simulator.experiments.design import Design
from simulator.experiments.rows import Row
from simulator.experiments.summary import CONFIDENCE
from simulator.scenario.checks import unknown_measure
from simulator.scenario.draft import Draft
from simulator.stats.intervals import mean_interval
from simulator.stats.sequential import PILOT, is_sharp, replications_needed

MOST = 10_000  # replications of a design; who needs more had better make the runs longer


@dataclass(frozen=True, slots=True)
class Goal:
    """How sharp an estimate is to be.

    Of one design it is the measure's mean; of several, the paired difference of each from the
    first, measured by the mean of the first, since a difference may well be zero.

    Attributes:
        measure: its full name.
        relative: the relative error wanted, above 0, such as 0.01.
    """

    measure: str
    relative: float


def check_measure(design: Design, measure: str) -> None:
    """Refuse a measure that a design has not.

    Raises:
        ScenarioError: names those that it has, and the likeliest.
    """
    known = Draft.of(design.scenario).measures()
    if measure not in known:
        raise ScenarioError([Problem("--of", 1, 1, "", *unknown_measure(measure, known))])


class Sharpening:
    """Looks at the runs of some designs as they finish, and says when there are enough.

    Args:
        goal: what is wanted.
        designs: how many there are.

    Attributes:
        enough: replications that suffice; None as long as there are too few.
        reached: relative half-width at the last look; None before the first.
        forecast: replications that it will take in all, judged by those there are; None before
            the first look, infinite where that cannot be told.
    """

    def __init__(self, goal: Goal, designs: int) -> None:
        self.goal = goal
        self.enough: int | None = None
        self.reached: float | None = None
        self.forecast: float | None = None
        self._early: list[dict[int, float]] = [{} for _ in range(designs)]  # by replication
        self._values: list[list[float]] = [[] for _ in range(designs)]

    def add(self, place: int, row: Row) -> None:
        """Take a finished run of the design at a place, and look whether there are enough."""
        self._early[place][row.replication] = row.measures[self.goal.measure]
        first = self._values[0]
        while self.enough is None and all(len(first) in each for each in self._early):
            for values, early in zip(self._values, self._early, strict=True):
                values.append(early.pop(len(values)))
            if len(first) >= PILOT:
                self._look()

    def _look(self) -> None:
        first, *others = self._values
        if not all(isfinite(value) for each in self._values for value in each):
            self.forecast = self.reached = inf
            return
        scale = abs(fmean(first))
        series = [[b - a for a, b in zip(first, each, strict=True)] for each in others] or [first]
        intervals = [mean_interval(each, CONFIDENCE) for each in series]
        widest = max(each.half_width or 0.0 for each in intervals)
        self.reached = widest / scale if scale else inf if widest else 0.0
        relative = self.goal.relative
        if all(is_sharp(each, relative, scale) for each in intervals):
            self.enough = len(first)
        self.forecast = max(
            replications_needed(each, relative, scale, CONFIDENCE) for each in series
        )

    def words(self) -> str:
        """How sharp it is by now, and what it takes to become sharp enough."""
        name, relative = self.goal.measure, self.goal.relative
        if self.reached is None or self.forecast is None:
            return f"{len(self._values[0])} runs of each design; a first look after {PILOT}"
        made = f"{name} ± {self.reached:.2%} after {len(self._values[0])} runs of each design"
        if self.enough is not None:
            return f"{made}: enough for an error of at most {relative:.2%}"
        if self.forecast == inf:
            return f"{made}; cannot tell what {relative:.2%} takes"
        return f"{made}; {relative:.2%} takes about {self.forecast:,.0f}"
