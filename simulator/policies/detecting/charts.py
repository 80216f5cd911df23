"""Control charts: sequential detectors that know the mean and the spread of the reference.

Each number is taken as a distance from the mean of the reference, in its standard deviations. With
``subgroup`` the mean of so many numbers in a row is one point of the chart, in standard deviations
of such a mean: of errors, 0 or 1, this is a p chart.

How long a chart goes without an alarm while nothing changes, and how soon it raises one after a
change, are its average run lengths, in points (``simulator.stats.theory.cusum_run_length`` and its
like). They hold for numbers that are normal and independent of one another. A mean that is known
from few rows makes false alarms more frequent, and some charts far more than others.
"""

from __future__ import annotations

from math import sqrt
from typing import Literal

import numpy as np
from pydantic import Field

from simulator.policies.detecting.base import Detector, Watch

Side = Literal["both", "above", "below"]


class ChartSpec(Detector):
    """A control chart."""

    side: Side = Field("both", description="whether a rise, a fall or both are to raise an alarm")
    subgroup: int = Field(1, ge=1, description="numbers in a row whose mean is one point")

    def start(self, reference: np.ndarray) -> Chart:
        return self.start_at(float(reference.mean()), float(reference.std(ddof=1)))

    def start_at(self, mean: float, deviation: float) -> Chart:
        """Begin with a mean and a standard deviation that are known, the latter 0 or greater."""
        raise NotImplementedError


class Chart(Watch):
    """What a chart remembers.

    Args:
        spec: of the chart.
        limit: of its statistic.
        mean, deviation: of single numbers while nothing has changed.
    """

    def __init__(self, spec: ChartSpec, limit: float, mean: float, deviation: float) -> None:
        super().__init__(limit)
        self.looks_up: bool = spec.side != "below"
        self.looks_down: bool = spec.side != "above"
        self._size: int = spec.subgroup
        self._mean = mean
        # Of numbers that never differed any other one is a change, and a large one.
        self._deviation = max(deviation, 1e-9) / sqrt(spec.subgroup)
        self._rest: list[float] = []  # of a subgroup that is not complete

    def see(self, values: np.ndarray) -> bool:
        alarm = False
        worst = -1.0
        for point in self._points(values):
            beyond = self.step(point)
            worst = max(worst, self.statistic)
            alarm = beyond or alarm
        if alarm:
            self.statistic = worst  # begun anew since, but this is why
        return alarm

    def _points(self, values: np.ndarray) -> list[float]:
        numbers: list[float] = ((values - self._mean) / self._deviation).tolist()
        if self._size == 1:
            return numbers
        # Divided by the deviation of a mean: what is taken is the mean of so many.
        numbers = self._rest + numbers
        whole = len(numbers) - len(numbers) % self._size
        self._rest = numbers[whole:]
        return [sum(numbers[i : i + self._size]) / self._size for i in range(0, whole, self._size)]

    def step(self, point: float) -> bool:
        """Take one point, in standard deviations, and say whether it is an alarm.

        After an alarm the chart has begun anew.
        """
        raise NotImplementedError
