"""Ranking: which of several variants is the best, with a promise, for as few runs as that takes.

All variants are run a few times. Then one run of each is added at a time, with the same random
numbers for all, and a variant is dropped as soon as another one is ahead of it for certain. Runs
are made some at a time but looked at one by one, in order, so that what is selected depends on the
seed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from statistics import fmean
from typing import Any, Unpack

import numpy as np

from simulator.errors import SimulatorError
from simulator.experiments.design import Changes, Design, designs
from simulator.experiments.making import Maker, Making
from simulator.experiments.rows import Row
from simulator.experiments.summary import CONFIDENCE, Estimate, estimate
from simulator.experiments.tabular import Tabular, estimated
from simulator.experiments.until import check_measure
from simulator.results import Reported
from simulator.scenario import Scenario, load
from simulator.scenario.claims import BASELINE
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
class Ranking(Tabular):
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

    @property
    def best(self) -> str | None:
        """The best variant; None if that is not decided."""
        return self.places[0].variant if self.complete else None

    def records(self) -> list[dict[str, Any]]:
        """A line a variant, the best one first."""
        return [
            {
                "variant": each.variant,
                **estimated(each.estimate.interval),
                "n": each.estimate.interval.n if each.estimate.interval else 0,
                "dropped_after": each.dropped_after,
                **estimated(each.from_first, "from_first"),
            }
            for each in self.places
        ]

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
            "best": self.best,
            "places": [each.as_json() for each in self.places],
        }


def rank(
    case: str | Path | Scenario,
    variants: Sequence[str] = (),
    *,
    by: str = "latency_p99_s",
    worth: float = 0.05,
    changes: Changes = (),
    seed: int | None = None,
    **making: Unpack[Making],
) -> Ranking:
    """Find the best of several variants, with 95 % confidence and no more runs than it takes.

    The same as ``simulator rank``. How many runs that is follows from ``worth``, so that there is
    no other precision to ask for.

    Args:
        case: a scenario, its file, or the id of a case study.
        variants: two or more, of which the first is what the others are compared with; the baseline
            and all variants if not given.
        by: the measure, whose good direction says what is best.
        worth: the smallest difference that matters, as a part of the best mean.
        changes: further changes of all, such as ``{"workload.arrivals.rate": "300/s"}``.
        seed: fixes every random number, in place of the file's.
        making: how the runs are made (``simulator.experiments.making.Making``).

    Returns:
        The variants, the best one first; ``best`` is None if it was interrupted before that was
        decided.

    Raises:
        ScenarioError: with everything that is wrong with the file or the changes.
        NotRanked: there are fewer than two, or a run has no value of the measure.
        SimulationError: a run could not go on.
        KeyboardInterrupt: it was interrupted before there was anything to tell.
    """
    scenario = case if isinstance(case, Scenario) else load(case)
    wanted = designs(scenario, variants or [BASELINE, *scenario.variants], changes, seed)
    check_measure(wanted[0], by)
    with Maker(**making) as maker:

        def make(some: Sequence[Design], first: int, runs: int) -> Sequence[Sequence[Row]] | None:
            some = [
                replace(each, scenario=each.scenario.with_run(replications=runs)) for each in some
            ]
            outcome = maker.make(some, first=first)
            if outcome.interrupted:
                return None
            return [sorted(rows, key=lambda row: row.replication) for rows in outcome.rows]

        return ranking_of(wanted, by, worth, make)


def ranking_of(designs: Sequence[Design], measure: str, worth: float, make: Make) -> Ranking:
    """Find the best of several designs.

    Args:
        designs: two or more; the first is what the others are compared with.
        measure: its good direction says what is best; less, if it has none.
        worth: smallest difference that matters, as a part of the best mean of the first runs.
        make: makes the runs.

    Raises:
        NotRanked: fewer than two designs, or a run without a value.
        KeyboardInterrupt: it was interrupted within the first runs of each.
    """
    if len(designs) < 2:
        raise NotRanked("a ranking needs two variants or more")
    pilot = make(designs, 0, PILOT)
    if pilot is None:
        raise KeyboardInterrupt
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
