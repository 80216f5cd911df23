"""Data quality: whether features are there at all, in range, and not all the same.

Rules that need no statistics: the part of rows in which a feature has its default, in place of a
missing value; the part that is out of a range; a feature that has had one value only. They see a
broken pipeline at once, and drift of what is in range never.

Source: Breck et al., "Data validation for machine learning", *MLSys* 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from pydantic import Field

from simulator.controllers.base import Plan, Site, controller_kinds
from simulator.controllers.levels import show
from simulator.controllers.monitors.base import Finding, Monitor, MonitorSpec
from simulator.controllers.monitors.input_drift import unknown_features
from simulator.kernel import Simulation, level
from simulator.units import Ratio


class DataQualityMonitor(Monitor):
    """A monitor of data quality in one run."""

    defaults = level("part of rows with a default, of the worst feature", "lower", unit="ratio")
    outside = level("part of rows out of range, of the worst feature", "lower", unit="ratio")

    def __init__(self, name: str, sim: Simulation, spec: DataQuality, site: Site) -> None:
        super().__init__(name, sim, spec, site)
        self._spec = spec
        self._names: list[str] = []
        self._places: list[int] = []
        self._values = np.zeros(0)  # that stand in for missing ones

    def _set_up(self) -> None:
        super()._set_up()
        self._world.keep_features()
        features = self._world.spec.features
        self._names = list(self._spec.features or features)
        self._places = [list(features).index(each) for each in self._names]
        self._values = np.array([features[each].default for each in self._names])

    def examine(self, since_s: float, now_s: float) -> Finding | None:
        spec = self._spec
        numbers = self.rows(now_s - spec.span_s, now_s).features[:, self._places]
        if len(numbers) < spec.least:
            return None
        defaults = (numbers == self._values).mean(axis=0)
        outside = ((numbers < spec.low) | (numbers > spec.high)).mean(axis=0)
        constant = numbers.min(axis=0) == numbers.max(axis=0)
        show(self, "defaults", float(defaults.max()))
        show(self, "outside", float(outside.max()))
        wrong = [
            f"{name}: {words}"
            for broken, words in (
                (defaults > spec.default_ratio, "missing too often"),
                (outside > spec.outside_ratio, "out of range too often"),
                (constant, "always the same"),
            )
            for name, is_broken in zip(self._names, broken, strict=True)
            if is_broken
        ]
        return Finding(bool(wrong), float(len(wrong)), "; ".join(wrong) or "all rules hold")


@controller_kinds.register
class DataQuality(MonitorSpec):
    """Watches whether features are there, in range, and not all the same."""

    kind: Literal["data_quality"] = "data_quality"
    features: tuple[str, ...] | None = Field(
        None, min_length=1, description="features that are watched; all if not given"
    )
    default_ratio: Ratio = Field(0.01, description="part of rows that may have the default")
    low: float = Field(
        -8.0, allow_inf_nan=False, description="lowest value in range, in standard deviations"
    )
    high: float = Field(
        8.0, allow_inf_nan=False, description="highest value in range, in standard deviations"
    )
    outside_ratio: Ratio = Field(0.0, description="part of rows that may be out of range")

    measures = DataQualityMonitor.measures

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.low >= self.high:
            yield f"low ({self.low:g}) must be below high ({self.high:g})"

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().objections(plan)
        yield from unknown_features(self.features, plan)

    def build(self, name: str, sim: Simulation, site: Site) -> DataQualityMonitor:
        return DataQualityMonitor(name, sim, self, site)
