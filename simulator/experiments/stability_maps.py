"""Stability maps: how likely a system is still down some time after its trouble is over.

A system is metastable where it has two steady states under the same load, and a trigger throws it
from the good one into the bad one, which keeps itself up: retries, empty caches, work done for
nobody. One run shows one of the two. Over load and size of the trigger, say, the share of runs that
stay down maps the region where that can happen at all, and where it must.

Source: Bronson et al., "Metastable failures in distributed systems", *HotOS*, 2021.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

from simulator.errors import Problem, ScenarioError
from simulator.experiments.axes import Axis, Over, axes_of, points
from simulator.experiments.design import Changes, Design, base_of, design
from simulator.experiments.making import Maker, Making
from simulator.experiments.rows import Row
from simulator.experiments.summary import CONFIDENCE, heading
from simulator.experiments.sweeps import designs_of
from simulator.experiments.tabular import Tabular
from simulator.scenario import Scenario
from simulator.stats.intervals import Proportion, proportion_interval

MEASURE = "success_ratio"
MOST_AXES = 2


@dataclass(frozen=True, slots=True)
class Look:
    """When a system is looked at, and when it is called down.

    Attributes:
        after_s: from the end of the last trouble to the beginning of the look.
        for_s: how long the look takes.
        below: a smaller share of requests answered ok meanwhile means that it is down.
    """

    after_s: float
    for_s: float
    below: float


@dataclass(frozen=True)
class Cell:
    """A point of the map.

    Attributes:
        changes: path -> value.
        down: the share of runs that are still down, and its Clopper-Pearson interval.
    """

    changes: Mapping[str, Any]
    down: Proportion

    def numbers(self) -> dict[str, Any]:
        """The share, the ends of its interval, and of how many runs."""
        return {
            "down": self.down.share,
            "low": self.down.low,
            "high": self.down.high,
            "n": self.down.n,
        }


@dataclass(frozen=True)
class StabilityMap(Tabular):
    """The whole map, over one or two axes.

    Attributes:
        scenario, variant: what was run.
        axes: what was turned.
        look: when it was looked at.
        cells: the points that have a finished run.
        interrupted: whether more runs were wanted.
    """

    scenario: Scenario
    variant: str
    axes: Sequence[Axis]
    look: Look
    cells: Sequence[Cell]
    interrupted: bool = False

    def records(self) -> list[dict[str, Any]]:
        """A line a point: the share of runs that are still down, and its interval."""
        return [{**each.changes, **each.numbers()} for each in self.cells]

    def as_json(self) -> dict[str, Any]:
        """The document that ``simulator stability --json`` prints."""
        return {
            **heading(self.scenario, self.variant),
            "complete": not self.interrupted,
            "over": [each.path for each in self.axes],
            "after_s": self.look.after_s,
            "for_s": self.look.for_s,
            "below": self.look.below,
            "cells": [{"set": dict(each.changes), **each.numbers()} for each in self.cells],
        }


def stability(
    case: str | Path | Scenario,
    over: Over,
    *,
    after_s: float = 60.0,
    for_s: float = 30.0,
    below: float = 0.5,
    variant: str | Sequence[str] = (),
    changes: Changes = (),
    seed: int | None = None,
    replications: int | None = None,
    **making: Unpack[Making],
) -> StabilityMap:
    """Map how likely a system is still down some time after its trouble is over.

    The same as ``simulator stability``. There is no running on until a relative error is reached: a
    share of runs may well be zero, and of zero there is none. The intervals say how sure each is.

    Args:
        case: a scenario, its file, or the id of a case study.
        over: one axis or two: path -> values to try, or a range such as ``"1s..9s/5"``; or texts as
            after ``--over``.
        after_s: seconds from the end of the last fault to the beginning of the look.
        for_s: seconds that the look takes.
        below: a smaller share of requests answered ok meanwhile means that it is down.
        variant: a variant of it, or several to combine.
        changes: further changes, such as ``{"workload.arrivals.rate": "300/s"}``.
        seed: fixes every random number, in place of the file's.
        replications: runs at each point, in place of the file's number.
        making: how the runs are made (``simulator.experiments.making.Making``).

    Returns:
        The share of runs that are down at each point, with its 95 % interval.

    Raises:
        ScenarioError: with everything that is wrong with the file, the changes or the points.
        SimulationError: a run could not go on.
        KeyboardInterrupt: it was interrupted before there was anything to tell.
    """
    axes = axes_of(over)
    if len(axes) > MOST_AXES:
        message = f"found {len(axes)} axes; a map has one or two"
        raise ScenarioError([Problem("--over", 1, 1, "", message)])
    base = base_of(case, variant, changes, seed, replications)
    look, wanted = Look(after_s, for_s, below), points(axes)
    designs = watched(designs_of(base, wanted), look)
    with Maker(**making) as maker:
        outcome = maker.make(designs)
    if not outcome.finished():
        raise KeyboardInterrupt
    found = map_of(axes, look, designs, wanted, outcome.rows)
    return replace(found, interrupted=outcome.interrupted)


def watched(designs: Sequence[Design], look: Look) -> list[Design]:
    """The same designs, measured while the look lasts and run no longer than that.

    Raises:
        ScenarioError: at a point the trouble has no end that is known before a run.
    """
    return [_watched(each, look) for each in designs]


def _watched(base: Design, look: Look) -> Design:
    begins_s = max(_ends(base.scenario), default=None)
    if begins_s is None:
        message = "found no fault that ends once and for all; a map needs a trigger that is over"
        raise ScenarioError([Problem(base.scenario.scenario, 1, 1, "faults", message)])
    begins_s += look.after_s
    window = [begins_s, begins_s + look.for_s]
    claim = {"claim": "It is up again.", "measure": MEASURE, "during": window}
    changes = {"findings": [claim | {"at_least": look.below}], "run.duration": window[1]}
    found = design(base.scenario, (), changes)
    return replace(base, scenario=found.scenario)


def _ends(scenario: Scenario) -> Iterator[float]:
    specs = scenario.system.components
    for fault in scenario.faults:
        over_s = fault.over_s(len(fault.targets(specs)))
        if over_s is not None:
            yield over_s


def map_of(
    axes: Sequence[Axis],
    look: Look,
    designs: Sequence[Design],
    points: Sequence[Mapping[str, Any]],
    rows: Sequence[Sequence[Row]],
) -> StabilityMap:
    """Put the runs of all points together, as far as there are any; all in the same order."""
    cells = [
        Cell(point, _down(made, look)) for point, made in zip(points, rows, strict=True) if made
    ]
    first = designs[0]
    return StabilityMap(first.scenario, first.variant, axes, look, cells)


def _down(rows: Sequence[Row], look: Look) -> Proportion:
    windows = [next(iter(row.windows.values())) for row in rows]
    # nothing answered at all, not even wrongly, has no ratio: that is down, too
    down = sum(not found[MEASURE] >= look.below for found in windows)
    return proportion_interval(down, len(rows), CONFIDENCE)
