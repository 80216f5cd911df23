"""Leaky bucket, as the generic cell rate algorithm (GCRA)."""

from __future__ import annotations

from math import floor, inf
from typing import Literal

from pydantic import Field

from simulator.policies.limiting.base import (
    ROUNDING_S,
    Limiter,
    LimitingPolicy,
    limiting_policies,
)
from simulator.units import PerSecond


@limiting_policies.register
class LeakyBucket(LimitingPolicy):
    """A bucket that leaks at the ``rate`` and holds ``burst`` calls (GCRA).

    Of the bucket one number is kept, the theoretical arrival time: when it would be empty if
    nothing more came. As a meter it lets the same calls through as a token bucket of equal
    parameters; where calls may wait and ``burst`` is 1, it is the queue that gives a steady drip.

    Source: ITU-T I.371, virtual scheduling algorithm; the answers are those of the Go package
    ``throttled``, whose ``MaxBurst`` is one less than ``burst``.
    """

    kind: Literal["leaky_bucket"] = "leaky_bucket"
    rate: PerSecond = Field(description="calls let through in the long run")
    burst: float = Field(1.0, ge=1, le=1e9, description="most calls that pass at once, when empty")

    def start(self) -> LeakyLimiter:
        return LeakyLimiter(1 / self.rate, self.burst / self.rate)

    def part(self, of: int, place: int) -> LeakyBucket:
        return LeakyBucket(rate=self.rate / of, burst=self.burst / of)

    def most_parts(self) -> int:
        return int(self.burst)


class LeakyLimiter(Limiter):
    """When the bucket will be empty.

    Args:
        interval_s: in which one call leaks.
        depth_s: in which a full bucket does.
    """

    def __init__(self, interval_s: float, depth_s: float) -> None:
        self._interval_s = interval_s
        self._depth_s = depth_s
        self._empty_s = 0.0

    def reset_after_s(self, now_s: float) -> float:
        """Seconds until the bucket is empty."""
        return max(0.0, self._empty_s - now_s)

    def remaining(self, now_s: float) -> int:
        """How many calls would pass now."""
        room_s = self._depth_s - self.reset_after_s(now_s)
        return max(0, floor((room_s + ROUNDING_S) / self._interval_s))

    def wait_s(self, now_s: float, calls: int = 1) -> float:
        needed_s = calls * self._interval_s
        if needed_s > self._depth_s + ROUNDING_S:
            return inf
        wait_s = self.reset_after_s(now_s) + needed_s - self._depth_s
        return wait_s if wait_s > ROUNDING_S else 0.0

    def book(self, at_s: float, calls: int = 1) -> None:
        self._empty_s = max(at_s, self._empty_s) + calls * self._interval_s

    def copy(self) -> LeakyLimiter:
        other = LeakyLimiter(self._interval_s, self._depth_s)
        other._empty_s = self._empty_s
        return other
