"""Open when too large a part of the calls fails."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.breaking.base import breaking_policies
from simulator.policies.breaking.counted import CountedPolicy, CountingBreaker
from simulator.units import Ratio


@breaking_policies.register
class RatioOfCalls(CountedPolicy):
    """Opens when so large a part of the calls since the count began has failed.

    Calls that are not back yet are among those it counts, so that a burst makes it slow to open.
    Give it an ``interval``: without one an hour of good calls outweighs a minute of bad ones. The
    defaults are those of the example in gobreaker's README.
    """

    kind: Literal["ratio"] = "ratio"
    failure_ratio: Ratio = Field(0.6, gt=0, description="failures over calls that open it")
    min_calls: int = Field(3, ge=1, description="calls that it takes to say anything")

    def start(self) -> RatioBreaker:
        return RatioBreaker(self)


class RatioBreaker(CountingBreaker):
    """Opens when the part of failures is large enough."""

    def __init__(self, spec: RatioOfCalls) -> None:
        super().__init__(spec)
        self._ratio: float = spec.failure_ratio
        self._min_calls: int = spec.min_calls

    def trips(self) -> bool:
        counts = self.counts
        return counts.calls >= self._min_calls and counts.failures / counts.calls >= self._ratio
