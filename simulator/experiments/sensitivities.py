"""Sensitivity: to which of several uncertain values the variance of a measure is owed.

Every value is drawn from its range, all equally likely, and Sobol' indices divide the variance of
the measure up among them. A tornado turns one value at a time around one design; this looks at the
whole of the ranges, and tells what a value does alone from what it does together with others.

The points of a row of the design share their random numbers, so that luck does not pass for a
difference between two that differ in one value. Each row has others, so that rows are independent,
which is what the intervals rest on. Every point is run twice or more: see ``stats.sobol`` for how
that keeps luck out of the indices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from simulator.errors import SimulatorError
from simulator.experiments.axes import Axis, Over, axes_of, check_axes
from simulator.experiments.design import Changes, Design, base_of
from simulator.experiments.making import Maker, Making
from simulator.experiments.rows import Row
from simulator.experiments.summary import CONFIDENCE, heading
from simulator.experiments.sweeps import designs_of
from simulator.experiments.tabular import Tabular
from simulator.experiments.until import check_measure
from simulator.results import Reported
from simulator.scenario import Scenario
from simulator.scenario.draft import Draft
from simulator.stats.sobol import Index, SobolIndices, saltelli_design, sobol_indices

FEWEST_ROWS = 8
FEWEST_RUNS = 2  # of each point: one cannot tell luck from what the values do


@dataclass(frozen=True)
class Share:
    """What the variance of a measure owes to one value.

    Attributes:
        axis: the value's path and its range.
        first: what it does alone.
        total: what it does alone and together with others.
    """

    axis: Axis
    first: Index
    total: Index

    def as_json(self) -> dict[str, Any]:
        """As in the output of ``simulator sensitivity --json``."""
        low, high = self.axis.span or (self.axis.values[0], self.axis.values[-1])
        return {
            "path": self.axis.path,
            "low": low,
            "high": high,
            "first_order": asdict(self.first),
            "total": asdict(self.total),
        }


@dataclass(frozen=True)
class Sensitivity(Tabular):
    """What the variance of a measure is owed to.

    Attributes:
        scenario: with its variant applied.
        variant: its name.
        measure: that is looked at.
        reported: its unit, good direction and meaning.
        shares: one for each value, that of the largest total first; empty if the values do too
            little to tell it from luck.
        indices: what they come from.
        replications: runs of each point.
        left_out: rows without a value at some point, which count for nothing.
        interrupted: whether more rows were wanted.
    """

    scenario: Scenario
    variant: str
    measure: str
    reported: Reported
    shares: Sequence[Share]
    indices: SobolIndices
    replications: int
    left_out: int
    interrupted: bool = False

    def records(self) -> list[dict[str, Any]]:
        """A line a value: its share of the variance, alone and in all."""
        return [
            {
                "path": each.axis.path,
                **{f"first_order_{key}": value for key, value in asdict(each.first).items()},
                **{f"total_{key}": value for key, value in asdict(each.total).items()},
            }
            for each in self.shares
        ]

    def as_json(self) -> dict[str, Any]:
        """The document that ``simulator sensitivity --json`` prints."""
        return {
            **heading(self.scenario, self.variant),
            "complete": not self.interrupted,
            "measure": self.measure,
            "unit": self.reported.unit,
            "rows": self.indices.rows,
            "rows_left_out": self.left_out,
            "replications": self.replications,
            "standard_deviation": max(self.indices.variance, 0.0) ** 0.5,
            "share_of_luck_in_single_runs": self.indices.luck,
            "values": [each.as_json() for each in self.shares],
        }


class NotEnoughRows(SimulatorError):
    """A measure has no value at so many points that nothing can be said of its variance."""


def sensitivity(
    case: str | Path | Scenario,
    over: Over,
    *,
    of: str = "latency_p99_s",
    rows: int = 64,
    replications: int = FEWEST_RUNS,
    variant: str | Sequence[str] = (),
    changes: Changes = (),
    seed: int | None = None,
    **making: Unpack[Making],
) -> Sensitivity:
    """Divide the variance of a measure up among uncertain values, by Sobol' indices.

    The same as ``simulator sensitivity``.

    Args:
        case: a scenario, its file, or the id of a case study.
        over: what is uncertain, path -> a range such as ``"10ms..80ms"``, or values that are
            equally likely; or texts as after ``--over``.
        of: the measure that is looked at.
        rows: of the design; each has a point for each value, and two more.
        replications: runs of each point, two or more.
        variant: a variant of it, or several to combine.
        changes: further changes, such as ``{"workload.arrivals.rate": "300/s"}``.
        seed: fixes every random number, in place of the file's.
        making: how the runs are made (``simulator.experiments.making.Making``).

    Returns:
        For each value what it does alone and what it does in all, the largest first.

    Raises:
        ScenarioError: with everything that is wrong with the file, the changes or the points.
        NotEnoughRows: too few rows have a value at all their points.
        SimulationError: a run could not go on.
        KeyboardInterrupt: it was interrupted before there was anything to tell.
    """
    axes = axes_of(over)
    base = base_of(case, variant, changes, seed)
    check_measure(base, of)
    wanted = varied(base, axes, rows, replications)
    with Maker(**making) as maker:
        runs = f"{len(wanted) * replications:,} runs"
        maker.note(f"{rows} rows of {len(axes) + 2} points, each run {replications} times: {runs}")
        outcome = maker.make(wanted)
    found = sensitivity_of(base, axes, of, outcome.rows, replications)
    if found is None and outcome.interrupted:
        raise KeyboardInterrupt
    if found is None:
        raise NotEnoughRows(f"too few rows have a value of {of} at all their points")
    return replace(found, interrupted=outcome.interrupted)


def varied(base: Design, axes: Sequence[Axis], rows: int, replications: int) -> list[Design]:
    """The designs of all points, row by row, in the order of ``saltelli_design``.

    Raises:
        ScenarioError: a path twice, too many points, or anything wrong at one of them.
    """
    width = len(axes) + 2
    check_axes(axes, rows * width)
    seed = base.scenario.run.seed
    drawn = saltelli_design(len(axes), rows, seed).reshape(-1, len(axes))
    points = [
        {each.path: each.at(share) for each, share in zip(axes, point, strict=True)}
        for point in drawn.tolist()
    ]
    return [
        _run(each, seed + place // width, replications)
        for place, each in enumerate(designs_of(base, points))
    ]


def _run(base: Design, seed: int, replications: int) -> Design:
    return replace(base, scenario=base.scenario.with_run(seed=seed, replications=replications))


def sensitivity_of(
    base: Design,
    axes: Sequence[Axis],
    measure: str,
    made: Sequence[Sequence[Row]],
    replications: int,
) -> Sensitivity | None:
    """Divide the variance of a measure up.

    Args:
        base: what was varied.
        axes: in which values.
        measure: its full name.
        made: for each point, in the order of ``varied``, the runs that are made.
        replications: that were wanted of each point.

    Returns:
        None if fewer than ``FEWEST_ROWS`` rows have all their values.
    """
    width = len(axes) + 2
    rows = [made[start : start + width] for start in range(0, len(made), width)]
    complete = [row for row in rows if all(len(point) == replications for point in row)]
    if not complete:
        return None
    results = np.array([[_values(point, measure) for point in row] for row in complete])
    has_values = np.isfinite(results).all(axis=(1, 2))
    if has_values.sum() < FEWEST_ROWS:
        return None
    found = sobol_indices(results[has_values], CONFIDENCE)
    shares = [
        Share(*each) for each in zip(axes, found.first, found.total, strict=bool(found.first))
    ]
    shares.sort(key=lambda each: -each.total.share)
    return Sensitivity(
        scenario=base.scenario,
        variant=base.variant,
        measure=measure,
        reported=_reported(base, measure),
        shares=shares,
        indices=found,
        replications=replications,
        left_out=int((~has_values).sum()),
    )


def _values(rows: Sequence[Row], measure: str) -> list[float]:
    ordered = sorted(rows, key=lambda row: row.replication)
    return [row.measures.get(measure, np.nan) for row in ordered]


def _reported(base: Design, measure: str) -> Reported:
    known: Mapping[str, Reported] = Draft.of(base.scenario).measures()
    return known[measure]
