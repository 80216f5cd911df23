"""Tornado: which of several values matters most, one turned at a time.

Each axis is set to its lowest and to its highest value while all others stay as they are, and the
difference from the scenario as it is is estimated in pairs. Sorted by how far the two ends lie
apart, the bars look like a tornado. What two values do together is not seen; a sweep shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from simulator.experiments.axes import Axis, Over, axes_of
from simulator.experiments.comparisons import paired
from simulator.experiments.design import Changes, base_of
from simulator.experiments.making import Maker, Making
from simulator.experiments.summary import CONFIDENCE, Summary, heading
from simulator.experiments.sweeps import designs_of
from simulator.experiments.tabular import Tabular, estimated
from simulator.experiments.until import goal_of, most
from simulator.results import Reported
from simulator.scenario import Scenario
from simulator.stats.compare import paired_difference
from simulator.stats.intervals import Interval


@dataclass(frozen=True)
class Bar:
    """What one value does to a measure.

    Attributes:
        axis: the value's path and its two ends.
        low, high: paired differences from the scenario as it is; None if a pair lacks a value.
        swing: paired difference of the high end from the low one; None likewise.
    """

    axis: Axis
    low: Interval | None
    high: Interval | None
    swing: Interval | None

    def sign(self) -> str:
        """Whether the measure rises with the value: ``+``, ``-``, or ``0`` if it is not certain."""
        if self.swing is None or not self.swing.excludes_zero:
            return "0"
        return "+" if self.swing.mean > 0 else "-"

    def as_json(self) -> dict[str, Any]:
        """As in the output of ``simulator tornado --json``."""
        return {
            "path": self.axis.path,
            "low": self.axis.values[0],
            "high": self.axis.values[-1],
            "at_low": _numbers(self.low),
            "at_high": _numbers(self.high),
            "swing": _numbers(self.swing),
            "sign": self.sign(),
        }


@dataclass(frozen=True)
class Tornado(Tabular):
    """All bars, that of the largest swing first.

    Attributes:
        baseline: the scenario as it is.
        measure: that is looked at.
        reported: its unit, good direction and meaning.
        bars: one for each value.
    """

    baseline: Summary
    measure: str
    reported: Reported
    bars: Sequence[Bar]

    @property
    def interrupted(self) -> bool:
        """Whether more runs were wanted."""
        return self.baseline.interrupted

    def records(self) -> list[dict[str, Any]]:
        """A line a value."""
        return [
            {
                "path": each.axis.path,
                "low": each.axis.values[0],
                "high": each.axis.values[-1],
                **estimated(each.low, "at_low"),
                **estimated(each.high, "at_high"),
                **estimated(each.swing, "swing"),
                "sign": each.sign(),
            }
            for each in self.bars
        ]

    def as_json(self) -> dict[str, Any]:
        """The document that ``simulator tornado --json`` prints."""
        return {
            **heading(self.baseline.scenario, self.baseline.variant),
            "complete": not self.interrupted,
            "measure": self.measure,
            "unit": self.reported.unit,
            "baseline": self.baseline.measures[self.measure].as_json(),
            "bars": [each.as_json() for each in self.bars],
        }


def tornado(
    case: str | Path | Scenario,
    over: Over,
    *,
    of: str = "latency_p99_s",
    variant: str | Sequence[str] = (),
    changes: Changes = (),
    seed: int | None = None,
    replications: int | None = None,
    until: float | None = None,
    **making: Unpack[Making],
) -> Tornado:
    """Turn one value at a time, and see which of them matters most.

    The same as ``simulator tornado``.

    Args:
        case: a scenario, its file, or the id of a case study.
        over: what to turn, path -> values, of which the first and the last are tried, or a range
            such as ``"10ms..80ms"``; or texts as after ``--over``.
        of: the measure that is looked at.
        variant: a variant of it, or several to combine.
        changes: further changes, such as ``{"workload.arrivals.rate": "300/s"}``.
        seed: fixes every random number, in place of the file's.
        replications: runs at each end, in place of the file's number; with ``until``, at most.
        until: makes runs until the relative error of every difference from the design as it is, as
            a part of its mean, is at most so much, such as 0.01.
        making: how the runs are made (``simulator.experiments.making.Making``).

    Returns:
        A bar for each value, that of the largest swing first.

    Raises:
        ScenarioError: with everything that is wrong with the file, the changes or the points.
        SimulationError: a run could not go on.
        KeyboardInterrupt: it was interrupted before there was anything to tell.
    """
    axes = axes_of(over)
    base = base_of(case, variant, changes, seed, most(replications, until))
    goal = goal_of(base, of, until)
    designs = designs_of(base, ends(axes))
    with Maker(**making) as maker:
        outcome = maker.make(designs, goal)
    return tornado_of(axes, of, outcome.or_stop().summaries())


def ends(axes: Sequence[Axis]) -> list[Mapping[str, Any]]:
    """The points to try: as it is, then the two ends of each axis."""
    return [{}, *({each.path: value} for each in axes for value in _ends(each))]


def _ends(axis: Axis) -> tuple[Any, Any]:
    return axis.values[0], axis.values[-1]


def tornado_of(axes: Sequence[Axis], measure: str, summaries: Sequence[Summary]) -> Tornado:
    """Pair the runs at the ends with those of the scenario as it is, in the order of ``ends``."""
    baseline, *others = summaries
    bars = [
        Bar(
            axis,
            _difference(measure, baseline, low),
            _difference(measure, baseline, high),
            _difference(measure, low, high),
        )
        for axis, low, high in zip(axes, others[::2], others[1::2], strict=True)
    ]
    bars.sort(key=lambda bar: -abs(bar.swing.mean) if bar.swing else 0.0)
    return Tornado(baseline, measure, baseline.measures[measure].reported, bars)


def _difference(measure: str, a: Summary, b: Summary) -> Interval | None:
    found = paired(a, b, measure)
    return paired_difference(*found, CONFIDENCE) if found else None


def _numbers(interval: Interval | None) -> dict[str, Any] | None:
    if interval is None:
        return None
    return {"mean": interval.mean, "half_width": interval.half_width, "n": interval.n}
