"""CUSUM: what exceeds an allowance is added up, and raises an alarm once it is too much.

The allowance is half the change that it is to see soonest. Of all detectors with as few false
alarms none sees that change sooner (Moustakides, 1986).

Source: Page, "Continuous inspection schemes", *Biometrika* 41, 1954; Montgomery, *Introduction to
Statistical Quality Control*, section 9.1, for the tabular form of both sides.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.detecting.base import detectors
from simulator.policies.detecting.charts import Chart, ChartSpec


@detectors.register
class Cusum(ChartSpec):
    """Fires where the sum of what exceeds an allowance is too large."""

    kind: Literal["cusum"] = "cusum"
    allowance: float = Field(
        0.5,
        ge=0,
        le=100,
        description="by which a point may be off, in standard deviations (k): half the change that "
        "is to be seen soonest",
    )
    threshold: float = Field(
        5.0, gt=0, le=1e6, description="limit of the sum, in standard deviations (h)"
    )

    def start_at(self, mean: float, deviation: float) -> Chart:
        return _Cusum(self, mean, deviation)


class _Cusum(Chart):
    def __init__(self, spec: Cusum, mean: float, deviation: float) -> None:
        super().__init__(spec, spec.threshold, mean, deviation)
        self._allowance: float = spec.allowance
        self._up = 0.0
        self._down = 0.0

    def step(self, point: float) -> bool:
        if self.looks_up:
            self._up = max(0.0, self._up + point - self._allowance)
        if self.looks_down:
            self._down = max(0.0, self._down - point - self._allowance)
        self.statistic = max(self._up, self._down)
        if self.statistic <= self.limit:
            return False
        self._up = self._down = 0.0
        return True
