"""Sweeps: the same scenario at many points, with the same random numbers at each.

Points are designs like any other, so that a difference between two of them is paired. Which of them
are worth a look is told by what the scenario has to keep (its objectives, each judged on its whole
interval) and by the Pareto frontier of cost, 99th percentile and success.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Any, Literal

from simulator.errors import ScenarioError
from simulator.experiments.axes import Axis
from simulator.experiments.design import Design, design
from simulator.experiments.summary import Summary, heading
from simulator.scenario import Scenario
from simulator.scenario.claims import Objective
from simulator.stats.frontier import frontier

TRADED = ("cost_per_hour_usd", "latency_p99_s", "success_ratio")
"""What a design is traded off by."""

Kept = Literal["yes", "no", "unsure"]


@dataclass(frozen=True)
class Point:
    """A point of a sweep.

    Attributes:
        changes: path -> value.
        summary: of its runs.
        kept: whether it keeps every objective: its whole intervals on the right side; ``no`` if one
            is wholly on the wrong side. None if there are no objectives.
        on_frontier: whether no other point beats it in cost, 99th percentile and success.
    """

    changes: Mapping[str, Any]
    summary: Summary
    kept: Kept | None
    on_frontier: bool

    def as_json(self) -> dict[str, Any]:
        """As in the output of ``simulator sweep --json``."""
        names = ("replications", "verdict", "measures", "components", "objectives")
        whole = self.summary.as_json()
        return {
            "set": dict(self.changes),
            **{name: whole[name] for name in names},
            "keeps_objectives": self.kept,
            "on_frontier": self.on_frontier,
        }


@dataclass(frozen=True)
class Sweep:
    """What a sweep came to.

    Attributes:
        scenario: with its variant applied.
        variant: its name.
        axes: what was turned.
        points: those that have a finished run, in the order in which they were asked for.
    """

    scenario: Scenario
    variant: str
    axes: Sequence[Axis]
    points: Sequence[Point]

    def as_json(self) -> dict[str, Any]:
        """The document that ``simulator sweep --json`` prints."""
        return {
            **heading(self.scenario, self.variant),
            "over": [each.path for each in self.axes],
            "traded": list(TRADED),
            "points": [each.as_json() for each in self.points],
        }


def designs_of(base: Design, points: Sequence[Mapping[str, Any]]) -> list[Design]:
    """A design for each point, on top of another design.

    Raises:
        ScenarioError: with everything that is wrong at any point.
    """
    found, problems = [], {}
    for point in points:
        try:
            each = design(base.scenario, (), point)
        except ScenarioError as error:
            problems |= dict.fromkeys(replace(one, file="--over") for one in error.problems)
            continue
        found.append(replace(each, variant=base.variant, changes={**base.changes, **point}))
    if problems:
        raise ScenarioError(list(problems))
    return found


def sweep_of(
    axes: Sequence[Axis], points: Sequence[Mapping[str, Any]], summaries: Sequence[Summary]
) -> Sweep:
    """Put the runs of all points together; there is a summary for each, in the same order."""
    best = frontier([list(_traded(each)) for each in summaries])
    found = [
        Point(changes, summary, kept(summary), bool(on_frontier))
        for changes, summary, on_frontier in zip(points, summaries, best, strict=True)
    ]
    first = summaries[0]
    return Sweep(first.scenario, first.variant, axes, found)


def _traded(summary: Summary) -> Iterator[float]:
    for name in TRADED:
        estimate = summary.measures[name]
        value = estimate.interval.mean if estimate.interval else nan
        yield -value if estimate.reported.better == "higher" else value


def kept(summary: Summary) -> Kept | None:
    """Whether a design keeps all objectives of its scenario, as far as its intervals tell."""
    verdicts = {_kept(objective, summary) for objective in summary.scenario.slo}
    if not verdicts:
        return None
    return "no" if "no" in verdicts else "unsure" if "unsure" in verdicts else "yes"


def _kept(objective: Objective, summary: Summary) -> Kept:
    interval = summary.measures[objective.measure].interval
    if interval is None or interval.half_width is None:
        return "unsure"
    beyond, reach = objective.excess(interval.mean), interval.half_width
    return "yes" if beyond + reach <= 0 else "no" if beyond - reach > 0 else "unsure"
