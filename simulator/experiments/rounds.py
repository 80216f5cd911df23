"""Rounds of runs, each as large as the last look says, until the estimates are sharp enough.

Rounds are kept short, at most half as many runs as there are, because a forecast may be far off.
What a round made beyond what turned out to be enough is left out, so that a design has as many
runs as if one had looked after each.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from simulator.experiments.design import Outcome
from simulator.experiments.memberships import Membership
from simulator.experiments.rows import Row, Task
from simulator.experiments.traces import COHORTS
from simulator.experiments.until import Goal, Sharpening


class Rounds:
    """The runs of some designs that are made until their estimates are sharp enough.

    Args:
        outcome: where the runs are gathered; its scenarios say how many there are at most.
        goal: what is wanted.
        groups: places of designs that are compared, and have as many runs each.
        examples: requests of each kind to trace in the runs of the first design.
        cohorts: whose time is accounted for in them.
        first: number of the first replication.
    """

    def __init__(
        self,
        outcome: Outcome,
        goal: Goal,
        groups: Sequence[Sequence[int]],
        examples: int = 0,
        cohorts: Sequence[Membership] = COHORTS,
        first: int = 0,
    ) -> None:
        self._outcome, self._goal, self._groups = outcome, goal, groups
        self._examples, self._cohorts, self._first = examples, cohorts, first
        self._looks = [Sharpening(goal, len(group), first) for group in groups]
        self._group_of = {place: i for i, group in enumerate(groups) for place in group}
        self._most = max(each.scenario.run.replications for each in outcome.designs)

    @property
    def is_done(self) -> bool:
        """Whether all estimates are sharp enough, or never will be."""
        return all(each.is_done for each in self._looks)

    def next_tasks(self) -> list[Task]:
        """The next round, replication by replication; none if there are enough."""
        wanted = sorted(
            (number, place)
            for group, look in zip(self._groups, self._looks, strict=True)
            for number in range(look.looked_at, min(look.next_look(), self._most))
            for place in group
        )
        return [
            self._outcome.task(
                place, self._first + number, 0 if place else self._examples, self._cohorts
            )
            for number, place in wanted
        ]

    def add(self, task: Task, row: Row) -> None:
        """Look at a run that has just been made."""
        if row.stopped_s is None:
            place = self._outcome.place(task)
            group = self._group_of[place]
            self._looks[group].add(self._groups[group].index(place), row)

    def expected(self) -> float:
        """How many runs it will take in all, judged by those there are."""
        return sum(
            len(group) * self._expected(look)
            for group, look in zip(self._groups, self._looks, strict=True)
        )

    def _expected(self, look: Sharpening) -> float:
        forecast = look.next_look() if look.forecast is None else look.forecast
        return look.looked_at if look.is_done else min(forecast, self._most)

    def cut(self) -> None:
        """Forget the runs that were made beyond what is enough."""
        for group, look in zip(self._groups, self._looks, strict=True):
            if look.is_done:
                for place in group:
                    self._outcome.keep(place, self._first + look.looked_at)

    def words(self) -> str:
        """How sharp it is by now, and what it takes to become sharp enough."""
        if len(self._looks) == 1:
            return self._looks[0].words()
        sharp = sum(each.enough is not None for each in self._looks)
        hopeless = sum(each.is_hopeless for each in self._looks)
        measures = " and ".join(self._goal.measures)
        parts = [f"{measures} ± {self._goal.relative:.2%} at {sharp} of {len(self._looks)} designs"]
        if hopeless:
            parts.append(f"{hopeless} with runs that have no value")
        looked = all(each.forecast is not None for each in self._looks)
        if looked and not self.is_done and isfinite(self.expected()):
            parts.append(f"all of them take about {self.expected():,.0f} runs")
        return "; ".join(parts)
