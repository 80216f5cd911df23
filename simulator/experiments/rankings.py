"""Ranking: which of several variants is the best, with a promise, for as few runs as that takes.

All variants are run a few times. Then one run of each is added at a time, with the same random
numbers for all, and a variant is dropped as soon as another one is ahead of it for certain. Runs
are made some at a time but looked at one by one, in order, so that what is selected depends on the
seed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean
from typing import Any

import numpy as np

from simulator.errors import SimulatorError
from simulator.experiments.design import Design
from simulator.experiments.rows import Row
from simulator.experiments.summary import CONFIDENCE, Estimate, estimate
from simulator.results import Reported
from simulator.scenario.draft import Draft
from simulator.stats.intervals import Interval
from simulator.stats.selection import Selection, simultaneous_differences
from simulator.stats.sequential import PILOT
from simulator.version import __version__

AT_ONCE = 4  # runs of each variant made before the next look; part of how many are made
MOST = 10_000  # runs of a variant

Make = Callable[[Sequence[Design], int, int], "Sequence[Sequence[Row]] | None"]
"""Makes so many runs of some designs, from a replication on; None if it was interrupted."""


class NotRanked(SimulatorError):
    """Variants that cannot be ranked."""


@dataclass(frozen=True)
class Place:
    """How one variant did.

    Attributes:
        variant: its name.
        estimate: of the measure, over all its runs that were looked at.
        dropped_after: runs after which it was dropped; None for those that are left.
        from_first: paired difference from the first variant over the runs that all have, in
            intervals that hold for all variants at once; None for the first itself.
    """

    variant: str
    estimate: Estimate
    dropped_after: int | None
    from_first: Interval | None

    def as_json(self) -> dict[str, Any]:
        """As in the output of ``simulator rank --json``."""
        found = self.from_first
        return {
            "variant": self.variant,
            **self.estimate.as_json(),
            "dropped_after": self.dropped_after,
            "from_first": None
            if found is None
            else {"mean": found.mean, "half_width": found.half_width, "n": found.n},
        }


@dataclass(frozen=True)
class Ranking:
    """What a ranking came to.

    Attributes:
        scenario: id of the case.
        seed: of its random numbers.
        measure: by which variants are ranked, in its good direction.
        reported: its unit, good direction and meaning.
        worth: smallest difference that matters, in the measure's unit.
        places: the best one first.
        complete: whether the promise holds; not if it was interrupted, or would take too long.
    """

    scenario: str
    seed: int
    measure: str
    reported: Reported
    worth: float
    places: Sequence[Place]
    complete: bool

    def as_json(self) -> dict[str, Any]:
        """The document that ``simulator rank --json`` prints."""
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "confidence": CONFIDENCE,
            "engine_version": __version__,
            "measure": self.measure,
            "unit": self.reported.unit,
            "worth": self.worth,
            "complete": self.complete,
            "best": self.places[0].variant if self.complete else None,
            "places": [each.as_json() for each in self.places],
        }


def ranking_of(designs: Sequence[Design], measure: str, worth: float, make: Make) -> Ranking:
    """Find the best of several designs.

    Args:
        designs: two or more; the first is what the others are compared with.
        measure: its good direction says what is best; less, if it has none.
        worth: smallest difference that matters, as a part of the best mean of the first runs.
        make: makes the runs.

    Raises:
        NotRanked: fewer than two designs, or a run without a value.
    """
    if len(designs) < 2:
        raise NotRanked("a ranking needs two variants or more")
    pilot = make(designs, 0, PILOT)
    if pilot is None:
        raise NotRanked(f"interrupted within the first {PILOT} runs of each variant")
    rows = [list(each) for each in pilot]
    reported = Draft.of(designs[0].scenario).measures()[measure]
    sign = -1.0 if reported.better == "higher" else 1.0
    values = [[_value(row, measure) for row in each] for each in rows]
    scale = abs(min(sign * fmean(each) for each in values))
    if scale == 0:
        raise NotRanked(f"the best {measure} is 0, of which there is no part that could matter")
    selection = Selection(sign * np.array(values), worth * scale, CONFIDENCE)
    while not selection.is_done and selection.replications < MOST:
        left = list(selection.left)
        made = make([designs[i] for i in left], selection.replications, AT_ONCE)
        if made is None:
            break
        for one_each in zip(*made, strict=True):
            if selection.is_done:
                break  # the rest of them was made in vain
            found = {i: row for i, row in zip(left, one_each, strict=True) if i in selection.left}
            selection.add({i: sign * _value(row, measure) for i, row in found.items()})
            for i, row in found.items():
                rows[i].append(row)
    places = _places(designs, measure, reported, rows, selection)
    scenario = designs[0].scenario
    return Ranking(
        scenario=scenario.scenario,
        seed=scenario.run.seed,
        measure=measure,
        reported=reported,
        worth=worth * scale,
        places=sorted(places, key=lambda each: _order(each, sign)),
        complete=selection.is_done,
    )


def _value(row: Row, measure: str) -> float:
    value = row.measures[measure]
    if not isfinite(value):
        raise NotRanked(f"run {row.replication + 1} of {row.variant} has no value of {measure}")
    return value


def _places(
    designs: Sequence[Design],
    measure: str,
    reported: Reported,
    rows: Sequence[Sequence[Row]],
    selection: Selection,
) -> list[Place]:
    shared = min(map(len, rows))
    values = [[_value(row, measure) for row in each] for each in rows]
    baseline, *others = [each[:shared] for each in values]
    differences = [None, *simultaneous_differences(baseline, others, CONFIDENCE)]
    dropped = dict(selection.dropped)
    if selection.is_done:  # at the end the one with the best mean is taken, however close
        dropped |= {i: len(rows[i]) for i in selection.left if i != selection.best}
    return [
        Place(
            variant=design.variant,
            estimate=estimate(values[i], sum(row.samples for row in rows[i]), reported),
            dropped_after=dropped.get(i),
            from_first=differences[i],
        )
        for i, design in enumerate(designs)
    ]


def _order(place: Place, sign: float) -> tuple[bool, float]:
    assert place.estimate.interval is not None  # every run has a value
    return place.dropped_after is not None, sign * place.estimate.interval.mean
