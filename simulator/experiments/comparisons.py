"""A variant against another, in pairs of runs that share their random numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

from simulator.experiments.summary import CONFIDENCE, Summary
from simulator.results import Reported
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
class Comparison:
    """Two designs, run in pairs."""

    baseline: Summary
    variant: Summary
    differences: Mapping[str, Difference]

    def as_json(self) -> dict[str, Any]:
        """The document that ``simulator compare --json`` prints."""
        return {
            "scenario": self.baseline.scenario.scenario,
            "confidence": CONFIDENCE,
            "baseline": self.baseline.as_json(),
            "variant": self.variant.as_json(),
            "differences": {name: each.as_json() for name, each in self.differences.items()},
        }


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
