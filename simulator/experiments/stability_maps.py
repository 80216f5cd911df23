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
from typing import Any

from simulator.errors import Problem, ScenarioError
from simulator.experiments.axes import Axis
from simulator.experiments.design import Design, design
from simulator.experiments.rows import Row
from simulator.experiments.summary import CONFIDENCE, heading
from simulator.scenario import Scenario
from simulator.stats.intervals import Proportion, proportion_interval

MEASURE = "success_ratio"


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


@dataclass(frozen=True)
class StabilityMap:
    """The whole map, over one or two axes."""

    scenario: Scenario
    variant: str
    axes: Sequence[Axis]
    look: Look
    cells: Sequence[Cell]

    def as_json(self) -> dict[str, Any]:
        """The document that ``simulator stability --json`` prints."""
        return {
            **heading(self.scenario, self.variant),
            "over": [each.path for each in self.axes],
            "after_s": self.look.after_s,
            "for_s": self.look.for_s,
            "below": self.look.below,
            "cells": [
                {
                    "set": dict(each.changes),
                    "down": each.down.share,
                    "low": each.down.low,
                    "high": each.down.high,
                    "n": each.down.n,
                }
                for each in self.cells
            ],
        }


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
