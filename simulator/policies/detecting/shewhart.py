"""Shewhart chart: a point that lies too far off by itself.

It sees large changes at once, and is slow to see small ones, since it remembers nothing.

Left out: rules about several points in a row (Western Electric).

Source: Montgomery, *Introduction to Statistical Quality Control*, chapter 6.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.detecting.base import detectors
from simulator.policies.detecting.charts import Chart, ChartSpec


@detectors.register
class Shewhart(ChartSpec):
    """Fires at a point that lies too far from the mean of the reference."""

    kind: Literal["shewhart"] = "shewhart"
    sigmas: float = Field(
        3.0, gt=0, le=100, description="how far that is, in standard deviations of a point"
    )

    def start_at(self, mean: float, deviation: float) -> Chart:
        return _Shewhart(self, self.sigmas, mean, deviation)


class _Shewhart(Chart):
    def step(self, point: float) -> bool:
        up = point if self.looks_up else -1.0
        down = -point if self.looks_down else -1.0
        self.statistic = max(up, down, 0.0)
        return self.statistic > self.limit
