"""Sweeps: the same scenario at many points, with the same random numbers at each.

Points are designs like any other, so that a difference between two of them is paired. Which of them
are worth a look is told by what the scenario has to keep (its objectives, each judged on its whole
interval) and by the Pareto frontier of cost, 99th percentile and success.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path
from typing import Any, Literal, Unpack

from simulator.errors import ScenarioError
from simulator.experiments.axes import Axis, Over, Sampling, axes_of
from simulator.experiments.axes import points as points_of
from simulator.experiments.design import Changes, Design, base_of, design
from simulator.experiments.making import Maker, Making
from simulator.experiments.summary import Summary, heading
from simulator.experiments.tabular import Tabular, estimated
from simulator.experiments.until import goal_of, most
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
class Sweep(Tabular):
    """What a sweep came to.

    Attributes:
        scenario: with its variant applied.
        variant: its name.
        axes: what was turned.
        points: those that have a finished run, in the order in which they were asked for.
        interrupted: whether more runs were wanted.
    """

    scenario: Scenario
    variant: str
    axes: Sequence[Axis]
    points: Sequence[Point]
    interrupted: bool = False

    def records(self) -> list[dict[str, Any]]:
        """A line a point: what was set, what came of it, and whether it is worth a look."""
        return [
            {
                **each.changes,
                "replications": len(each.summary.rows),
                "verdict": each.summary.verdict,
                "keeps_objectives": each.kept,
                "on_frontier": each.on_frontier,
                **_estimates(each.summary),
            }
            for each in self.points
        ]

    def runs(self) -> list[dict[str, Any]]:
        """A line a run; a measure that a point has not, for want of a member, is None there."""
        names = list(dict.fromkeys(name for each in self.points for name in each.summary.measures))
        return [
            {
                **each.changes,
                "replication": row.replication,
                "seed": row.seed,
                "verdict": row.verdict,
                **{name: row.measures.get(name) for name in names},
            }
            for each in self.points
            for row in each.summary.rows
        ]

    def as_json(self) -> dict[str, Any]:
        """The document that ``simulator sweep --json`` prints."""
        return {
            **heading(self.scenario, self.variant),
            "complete": not self.interrupted,
            "over": [each.path for each in self.axes],
            "traded": list(TRADED),
            "points": [each.as_json() for each in self.points],
        }


def _estimates(summary: Summary) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, each in summary.measures.items():
        found |= estimated(each.interval, name)
    return found


def sweep(
    case: str | Path | Scenario,
    over: Over,
    *,
    sample: Sampling = "grid",
    points: int = 32,
    variant: str | Sequence[str] = (),
    changes: Changes = (),
    seed: int | None = None,
    replications: int | None = None,
    until: float | None = None,
    of: str | Sequence[str] = "latency_p99_s",
    **making: Unpack[Making],
) -> Sweep:
    """Run a design at many points, with the same random numbers at each.

    The same as ``simulator sweep``.

    Args:
        case: a scenario, its file, or the id of a case study.
        over: what to turn, path -> values to try, or a range such as ``"10ms..80ms"``; or texts as
            after ``--over``.
        sample: all combinations, or points that fill the ranges evenly: a Latin hypercube
            (``lhs``) or a Sobol' sequence (``sobol``).
        points: how many points a sample has.
        variant: a variant of it, or several to combine.
        changes: further changes, such as ``{"workload.arrivals.rate": "300/s"}``.
        seed: fixes every random number, in place of the file's.
        replications: runs at each point, in place of the file's number; with ``until``, at most.
        until: makes runs at each point until the relative error of its mean is at most so much,
            such as 0.01. A noisy point gets more runs than a calm one.
        of: the measure, or those, that ``until`` looks at.
        making: how the runs are made (``simulator.experiments.making.Making``).

    Returns:
        The points, each with its estimates, whether it keeps every objective, and whether another
        one beats it in cost, 99th percentile and success; ``runs()`` has a line a run.

    Raises:
        ScenarioError: with everything that is wrong with the file, the changes or the points.
        SimulationError: a run could not go on.
        KeyboardInterrupt: it was interrupted before there was anything to tell.
    """
    axes = axes_of(over)
    base = base_of(case, variant, changes, seed, most(replications, until))
    goal = goal_of(base, of, until)
    wanted = points_of(axes, sample, points, base.scenario.run.seed)
    designs = designs_of(base, wanted)
    with Maker(**making) as maker:
        outcome = maker.make(designs, goal, together=False)
    made = [point for point, rows in zip(wanted, outcome.rows, strict=True) if rows]
    if not made:
        raise KeyboardInterrupt
    return replace(sweep_of(axes, made, outcome.summaries()), interrupted=outcome.interrupted)


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
