"""Chart of an exponentially weighted moving average: what came lately, the latest most.

A light weight sees small changes soon. The limits are those of the long run, from the first point
on.

Source: Lucas and Saccucci, "Exponentially weighted moving average control schemes: properties and
enhancements", *Technometrics* 32(1), 1990.
"""

from __future__ import annotations

from math import sqrt
from typing import Annotated, Literal

from pydantic import Field

from simulator.policies.detecting.base import detectors
from simulator.policies.detecting.charts import Chart, ChartSpec
from simulator.units import Ratio


@detectors.register
class Ewma(ChartSpec):
    """Fires where a moving average lies too far from the mean of the reference."""

    kind: Literal["ewma"] = "ewma"
    weight: Annotated[Ratio, Field(gt=0)] = Field(0.1, description="of the latest point, 0 to 1")
    sigmas: float = Field(
        2.814,
        gt=0,
        le=100,
        description="how far that is, in standard deviations of the average in the long run",
    )

    def start_at(self, mean: float, deviation: float) -> Chart:
        return _Ewma(self, mean, deviation)


class _Ewma(Chart):
    def __init__(self, spec: Ewma, mean: float, deviation: float) -> None:
        super().__init__(spec, spec.sigmas, mean, deviation)
        self._weight: float = spec.weight
        self._spread: float = sqrt(spec.weight / (2 - spec.weight))
        self._average = 0.0

    def step(self, point: float) -> bool:
        self._average += self._weight * (point - self._average)
        up = self._average if self.looks_up else 0.0
        down = -self._average if self.looks_down else 0.0
        self.statistic = max(up, down, 0.0) / self._spread
        if self.statistic <= self.limit:
            return False
        self._average = 0.0
        return True
