"""Gauges: a measure of components as a dashboard shows it, one value for each interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan

import numpy as np

from simulator.kernel import Component
from simulator.results import Measure
from simulator.results.measures import QUANTILES, reported


def measurable(measures: Mapping[str, Measure]) -> dict[str, str]:
    """What a gauge can show of something with such measures: as it is reported -> the measure.

    >>> from simulator.kernel import Station
    >>> found = measurable(Station.measures)
    >>> found["queued_mean"], found["wait_p99_s"], found["utilization"], "queued_max" in found
    ('queued', 'wait_s', 'utilization', False)
    """
    return {
        shown: name
        for name, measure in measures.items()
        for shown in reported(name, measure)
        # The peak of a level belongs to whoever reads the curves, and is forgotten there.
        if measure.form != "level" or shown == f"{name}_mean"
    }


class Gauge:
    """Shows a measure of some components, all together, over the time since it was last read.

    Args:
        members: of the same kind, at least one.
        metric: as it is reported, such as ``utilization`` or ``wait_p99_s``; see ``measurable``.
    """

    def __init__(self, members: Sequence[Component], metric: str) -> None:
        self._members = members
        self._metric = metric
        self._name = measurable(members[0].measures)[metric]
        measure = members[0].measures[self._name]
        self._form = measure.form
        self._parts = measure.parts or (self._name,)
        self._read_s = nan
        self._before: list[float] = []
        self._places: list[int] = []

    def begin(self, now_s: float) -> None:
        """Forget what has been until now."""
        self._read_s = now_s
        if self._form == "samples":
            self._places = [len(getattr(each, self._name)) for each in self._members]
        else:
            self._before = [self._total(part, now_s) for part in self._parts]

    def read(self, now_s: float) -> float:
        """The value since it was read, or begun; NaN where there is nothing to measure."""
        if self._form == "samples":
            value = self._of_samples()
        else:
            value = self._of_totals(now_s)
        self.begin(now_s)
        return value

    def _of_samples(self) -> float:
        rows = [
            np.array(getattr(each, self._name)[place:])
            for each, place in zip(self._members, self._places, strict=True)
        ]
        values = np.concatenate(rows)
        if not values.size:
            return nan
        statistic = self._metric.removesuffix("_s").rpartition("_")[2]
        if statistic == "mean":
            return float(values.mean())
        return float(
            values.max() if statistic == "max" else np.quantile(values, QUANTILES[statistic])
        )

    def _of_totals(self, now_s: float) -> float:
        seconds = now_s - self._read_s
        part, *whole = (
            self._total(name, now_s) - before
            for name, before in zip(self._parts, self._before, strict=True)
        )
        if self._form == "ratio":
            most = sum(whole) if whole else seconds * len(self._members)
            return part / most if most else nan
        if self._form == "count" and self._metric == self._name:
            return part
        return part / seconds if seconds else nan

    def _total(self, name: str, now_s: float) -> float:
        """A count, or the area under a level, of all members from the beginning until now."""
        if self._members[0].measures[name].form == "count":
            return float(sum(getattr(each, name) for each in self._members))
        return sum(
            getattr(each, f"{name}_area") + getattr(each, name) * now_s for each in self._members
        )
