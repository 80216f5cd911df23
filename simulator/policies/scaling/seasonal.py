"""Predictive scaling from what happened at the same time of earlier periods.

The simplest forecast that knows of rush hours, seasonal naive: what comes in ``ahead`` from now is
what came one period before that. Of the values around then, the largest counts, so that replicas
are there when a rise begins. With several periods known, it takes their average.

Source: Hyndman & Athanasopoulos, *Forecasting: Principles and Practice*, 3rd ed., section 5.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from simulator.policies.scaling.base import Advice, Scaler, ScalingPolicy, Sight, scaling_policies
from simulator.policies.scaling.demand import Headroom, replicas_for
from simulator.units import PerSecond, PositiveSeconds, Seconds


@scaling_policies.register
class Seasonal(ScalingPolicy):
    """Has the replicas ready that the same time of earlier periods would have needed."""

    kind: Literal["seasonal"] = "seasonal"
    period: PositiveSeconds = Field(description="time after which the load repeats, such as 1 d")
    ahead: Seconds = Field(description="how far to look ahead: the time that a replica takes")
    per_replica: PerSecond = Field(description="calls a second that one replica is to bear")
    headroom: Headroom = Field(1.1, description="how many times the forecast there is to be room")
    periods: int = Field(1, ge=1, le=100, description="earlier periods to take the average of")

    def contradictions(self) -> Iterator[str]:
        if self.ahead >= self.period:
            limit = f"period ({self.period:g} s): what came a period before is not known yet"
            yield f"ahead ({self.ahead:g} s) must be less than {limit}"

    def start(self) -> Scaler:
        return _Seasonal(self)


class _Seasonal(Scaler):
    def __init__(self, spec: Seasonal) -> None:
        self._period_s: float = spec.period
        self._ahead_s: float = spec.ahead
        self._per_replica: float = spec.per_replica
        self._headroom: float = spec.headroom
        self._periods: int = spec.periods
        self._known: list[tuple[float, float, float]] = []  # of each scrape: from, to, rate

    def advise(self, sight: Sight) -> Advice | None:
        self._note(sight)
        expected = [
            max(found)
            for back in range(1, self._periods + 1)
            if (found := self._rates(sight.now_s - back * self._period_s))
        ]
        if not expected:
            return None
        forecast = sum(expected) / len(expected)
        replicas = replicas_for(forecast * self._headroom, self._per_replica)
        return Advice(replicas, f"{forecast:.4g}/s expected")

    def _note(self, sight: Sight) -> None:
        rate, scraped_s = sight.arrivals_per_s, sight.scraped_s
        if rate is None or scraped_s is None:
            return
        if not self._known or self._known[-1][1] < scraped_s:
            self._known.append((scraped_s - sight.window_s, scraped_s, rate))

    def _rates(self, then_s: float) -> list[float]:
        """What came between then and as long after it as is looked ahead, if that is known."""
        if not self._known or self._known[0][0] > then_s:
            return []
        end_s = then_s + self._ahead_s
        return [rate for from_s, to_s, rate in self._known if to_s > then_s and from_s <= end_s]
