"""Running on until an estimate is sharp enough.

Replications are looked at in their order, and only those before the first that is still missing.
How many it takes therefore depends on the scenario and its seed alone, not on which of several
processes is done first; what was made beyond them is left out.

Designs that are compared are sharpened together, and have as many runs each. Designs that are not,
such as the points of a sweep, are sharpened each by itself: a noisy one gets more runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan
from statistics import fmean

from simulator.errors import Problem, ScenarioError
from simulator.experiments.design import Design
from simulator.experiments.rows import Row
from simulator.experiments.summary import CONFIDENCE
from simulator.scenario.checks import unknown_measure
from simulator.scenario.draft import Draft
from simulator.stats.intervals import mean_interval
from simulator.stats.sequential import PILOT, replications_needed

MOST = 10_000  # replications of a design; who needs more had better make the runs longer


@dataclass(frozen=True, slots=True)
class Goal:
    """How sharp estimates are to be.

    Of one design it is the mean of each measure; of several, the paired difference of each from the
    first, measured by the mean of the first, since a difference may well be zero.

    Attributes:
        measures: their full names, one or more.
        relative: the relative error wanted, above 0, such as 0.01.
    """

    measures: Sequence[str]
    relative: float


def most(replications: int | None, until: float | None) -> int | None:
    """Replications at most, if nobody says so: as the file says, or as it takes."""
    return MOST if replications is None and until is not None else replications


def goal_of(base: Design, of: str | Sequence[str], until: float | None) -> Goal | None:
    """What ``--until`` and ``--of`` ask for; nothing without ``until``.

    Raises:
        ScenarioError: the design has no such measure.
    """
    measures = [of] if isinstance(of, str) else of
    for name in measures:
        check_measure(base, name)
    return None if until is None else Goal(measures, until)


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
        first: number of the first replication.

    Attributes:
        enough: replications that suffice; None as long as there are too few.
        is_hopeless: whether a run has no value of a measure, so that there will never be enough.
        reached: relative half-width at the last look, of the measure that is worst; None before
            the first.
        forecast: replications that it will take in all, judged by those there are; None before
            the first look, infinite where that cannot be told.
    """

    def __init__(self, goal: Goal, designs: int, first: int = 0) -> None:
        self.goal = goal
        self._first = first
        self.enough: int | None = None
        self.is_hopeless = False
        self.reached: float | None = None
        self.forecast: float | None = None
        self._early: list[dict[int, Row]] = [{} for _ in range(designs)]  # by replication
        self._rows: list[list[Row]] = [[] for _ in range(designs)]

    @property
    def is_done(self) -> bool:
        """Whether more runs would change nothing."""
        return self.enough is not None or self.is_hopeless

    @property
    def looked_at(self) -> int:
        """Replications of each design that were looked at."""
        return len(self._rows[0])

    @property
    def _next(self) -> int:
        return self._first + self.looked_at

    def next_look(self) -> int:
        """How many replications to make before one looks how many it takes in all.

        A forecast may be far off, so that there are at most half as many more at a time.
        """
        have = self.looked_at
        if self.is_done or self.forecast is None:
            return have if self.is_done else PILOT
        more = min(self.forecast - have, max(have // 2, 1))
        return have + max(int(more), 1)

    def add(self, place: int, row: Row) -> None:
        """Take a finished run of the design at a place, and look whether there are enough."""
        self._early[place][row.replication] = row
        while not self.is_done and all(self._next in each for each in self._early):
            number = self._next
            for rows, early in zip(self._rows, self._early, strict=True):
                rows.append(early.pop(number))
            if self.looked_at >= PILOT:
                self._look()

    def _look(self) -> None:
        looks = [self._look_at(measure) for measure in self.goal.measures]
        self.reached = max(reached for reached, _ in looks)
        self.forecast = max(forecast for _, forecast in looks)
        if self.forecast <= self.looked_at:
            self.enough = self.looked_at

    def _look_at(self, measure: str) -> tuple[float, float]:
        """The relative half-width of one measure, and how many replications it will take."""
        first, *others = [[row.measures.get(measure, nan) for row in rows] for rows in self._rows]
        if not all(isfinite(value) for each in (first, *others) for value in each):
            self.is_hopeless = True
            return inf, inf
        scale = abs(fmean(first))
        series = [[b - a for a, b in zip(first, each, strict=True)] for each in others] or [first]
        widest = max(mean_interval(each, CONFIDENCE).half_width or 0.0 for each in series)
        needed = [
            replications_needed(each, self.goal.relative, scale, CONFIDENCE) for each in series
        ]
        return widest / scale if scale else inf if widest else 0.0, max(needed)

    def words(self) -> str:
        """How sharp it is by now, and what it takes to become sharp enough."""
        relative, measures = self.goal.relative, " and ".join(self.goal.measures)
        if self.reached is None or self.forecast is None:
            return f"{self.looked_at} runs of each design; a first look after {PILOT}"
        made = f"{measures} ± {self.reached:.2%} after {self.looked_at} runs of each design"
        if self.is_hopeless:
            return f"{self.looked_at} runs of each design: one has no value of {measures}"
        if self.enough is not None:
            return f"{made}: enough for an error of at most {relative:.2%}"
        if self.forecast == inf:
            return f"{made}; cannot tell what {relative:.2%} takes"
        return f"{made}; {relative:.2%} takes about {self.forecast:,.0f}"
