"""A variant against another, in pairs of runs that share their random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import Any, Unpack

from simulator.experiments.design import Changes, designs
from simulator.experiments.making import Maker, Making
from simulator.experiments.summary import CONFIDENCE, Summary
from simulator.experiments.tabular import Tabular, estimated
from simulator.experiments.until import goal_of, most
from simulator.results import Reported
from simulator.scenario import Scenario
from simulator.stats.compare import better_in, paired_difference, variance_ratio
from simulator.stats.intervals import Interval


@dataclass(frozen=True, slots=True)
class Difference:
    """Variant less baseline, of one measure.

    Attributes:
        interval: mean difference and its paired t interval.
        better_in: pairs in which the variant is better; None where neither direction is.
        variance_ratio: how many times more runs independent ones would have taken for the same
            precision; None where it has no value.
        reported: the measure's unit, good direction and meaning.
    """

    interval: Interval
    better_in: int | None
    variance_ratio: float | None
    reported: Reported

    def as_json(self) -> dict[str, Any]:
        """As in the output of ``simulator compare --json``."""
        return {
            "mean": self.interval.mean,
            "half_width": self.interval.half_width,
            "n": self.interval.n,
            "better_in": self.better_in,
            "variance_ratio": self.variance_ratio,
            "unit": self.reported.unit,
        }

    def words(self) -> str:
        """What the difference comes to, in words."""
        if self.interval.half_width is None:
            return "one pair of runs: no telling"
        if not self.interval.excludes_zero:
            return "no detectable difference"
        better = self.reported.better
        if better is None:
            return "higher" if self.interval.mean > 0 else "lower"
        return "better" if (self.interval.mean < 0) == (better == "lower") else "worse"


@dataclass(frozen=True, slots=True)
class Comparison(Tabular):
    """Two designs, run in pairs.

    Attributes:
        baseline, variant: what each came to.
        differences: measure -> variant less baseline, as far as a pair has both.
    """

    baseline: Summary
    variant: Summary
    differences: Mapping[str, Difference]

    @property
    def interrupted(self) -> bool:
        """Whether more runs were wanted."""
        return self.baseline.interrupted

    def records(self) -> list[dict[str, Any]]:
        """A line a measure."""
        return [
            {
                "measure": name,
                **estimated(self.baseline.measures[name].interval, "baseline"),
                **estimated(self.variant.measures[name].interval, "variant"),
                **estimated(each.interval, "difference"),
                "pairs": each.interval.n,
                "better_in": each.better_in,
                "variance_ratio": each.variance_ratio,
                "unit": each.reported.unit,
                "words": each.words(),
            }
            for name, each in self.differences.items()
        ]

    def as_json(self) -> dict[str, Any]:
        """The document that ``simulator compare --json`` prints."""
        return {
            "scenario": self.baseline.scenario.scenario,
            "confidence": CONFIDENCE,
            "complete": not self.interrupted,
            "baseline": self.baseline.as_json(),
            "variant": self.variant.as_json(),
            "differences": {name: each.as_json() for name, each in self.differences.items()},
        }


def compare(
    case: str | Path | Scenario,
    against: str | Sequence[str],
    *,
    variant: str | Sequence[str] = (),
    changes: Changes = (),
    seed: int | None = None,
    replications: int | None = None,
    until: float | None = None,
    of: str | Sequence[str] = "latency_mean_s",
    **making: Unpack[Making],
) -> Comparison:
    """Compare two variants in pairs of runs that share their random numbers.

    The same as ``simulator compare``.

    Args:
        case: a scenario, its file, or the id of a case study.
        against: the variant to compare with, or several to combine.
        variant: what it is compared with; the baseline if not given.
        changes: further changes of both, such as ``{"workload.arrivals.rate": "300/s"}``.
        seed: fixes every random number, in place of the file's.
        replications: how many pairs, in place of the file's number; with ``until``, at most.
        until: makes runs until the relative error is at most so much, such as 0.01: that of the
            difference, as a part of the mean of ``variant``.
        of: the measure, or those, that ``until`` looks at.
        making: how the runs are made (``simulator.experiments.making.Making``).

    Returns:
        The difference of every measure with its 95 % half-width, and both sides.

    Raises:
        ScenarioError: with everything that is wrong with the file or the changes.
        SimulationError: a run could not go on.
        KeyboardInterrupt: it was interrupted before there was anything to tell.
    """
    wanted = designs(case, [variant, against], changes, seed, most(replications, until))
    goal = goal_of(wanted[0], of, until)
    with Maker(**making) as maker:
        outcome = maker.make(wanted, goal, curves=True)
    return comparison_of(*outcome.or_stop().summaries())


def comparison_of(baseline: Summary, variant: Summary) -> Comparison:
    """Pair the runs of two designs by replication; only pairs of which both are finished count."""
    differences = {}
    for name, estimate in baseline.measures.items():
        if found := paired(baseline, variant, name):
            differences[name] = _difference(*found, estimate.reported)
    return Comparison(baseline, variant, differences)


def paired(
    baseline: Summary, variant: Summary, measure: str
) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """The values of a measure in those pairs of finished runs of which both have one.

    Returns:
        Those of the baseline and those of the variant, pair by pair; None if there is no pair.
    """
    a, b = (
        {
            row.replication: row.measures.get(measure, nan)
            for row in each.rows
            if row.stopped_s is None
        }
        for each in (baseline, variant)
    )
    pairs = [(a[each], b[each]) for each in sorted(a.keys() & b.keys())]
    present = [pair for pair in pairs if isfinite(pair[0]) and isfinite(pair[1])]
    if not present:
        return None
    before, after = zip(*present, strict=True)
    return before, after


def _difference(
    before: tuple[float, ...], after: tuple[float, ...], reported: Reported
) -> Difference:
    ratio = variance_ratio(before, after) if len(before) > 1 else float("nan")
    better = reported.better
    return Difference(
        interval=paired_difference(before, after, CONFIDENCE),
        better_in=better_in(before, after, better) if better else None,
        variance_ratio=ratio if isfinite(ratio) else None,
        reported=reported,
    )
