"""Predictive scaling by a straight line through what came lately, drawn on into the future.

It sees a rise that lasts, and is late for one that comes at once. After a rise has ended it goes on
for as long as the line takes to turn: a forecast that overshoots.

Source: Hyndman & Athanasopoulos, *Forecasting: Principles and Practice*, 3rd ed., section 7.4
(trend by linear regression).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.scaling.base import Advice, Scaler, ScalingPolicy, Sight, scaling_policies
from simulator.policies.scaling.demand import Headroom, replicas_for
from simulator.units import PerSecond, PositiveSeconds, Seconds


@scaling_policies.register
class Trend(ScalingPolicy):
    """Has the replicas ready that a straight line through the last rates will need."""

    kind: Literal["trend"] = "trend"
    window: PositiveSeconds = Field(300.0, description="time of which rates count")
    ahead: Seconds = Field(description="how far to look ahead: the time that a replica takes")
    per_replica: PerSecond = Field(description="calls a second that one replica is to bear")
    headroom: Headroom = Field(1.1, description="how many times the forecast there is to be room")

    def start(self) -> Scaler:
        return _Trend(self)


class _Trend(Scaler):
    def __init__(self, spec: Trend) -> None:
        self._window_s: float = spec.window
        self._ahead_s: float = spec.ahead
        self._per_replica: float = spec.per_replica
        self._headroom: float = spec.headroom
        self._known: list[tuple[float, float]] = []  # middle of a scrape's window, and the rate

    def advise(self, sight: Sight) -> Advice | None:
        rate, scraped_s = sight.arrivals_per_s, sight.scraped_s
        if rate is None or scraped_s is None:
            return None
        at_s = scraped_s - sight.window_s / 2
        if not self._known or self._known[-1][0] < at_s:
            self._known.append((at_s, rate))
        self._known = [each for each in self._known if each[0] > at_s - self._window_s]
        forecast = max(0.0, extrapolated(self._known, sight.now_s + self._ahead_s))
        replicas = replicas_for(forecast * self._headroom, self._per_replica)
        return Advice(replicas, f"{forecast:.4g}/s expected")


def extrapolated(points: list[tuple[float, float]], at: float) -> float:
    """The value at a place of the straight line through some points, by least squares.

    >>> extrapolated([(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)], at=4.0)
    9.0
    """
    count = len(points)
    x_mean = sum(x for x, _ in points) / count
    y_mean = sum(y for _, y in points) / count
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    if not spread:
        return y_mean
    slope = sum((x - x_mean) * (y - y_mean) for x, y in points) / spread
    return y_mean + slope * (at - x_mean)
