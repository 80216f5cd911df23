"""Fixed window: a counter that begins anew with each window."""

from __future__ import annotations

from math import inf
from typing import Literal

from simulator.policies.limiting.base import (
    Limiter,
    WindowedPolicy,
    limiting_policies,
    window_at,
)


@limiting_policies.register
class FixedWindow(WindowedPolicy):
    """At most ``limit`` calls in each window by the clock; windows begin at 0.

    One counter, and the cheapest of all. Around the end of a window twice the limit may pass within
    a moment, and whatever is refused may come back all at once when the next window begins.
    """

    kind: Literal["fixed_window"] = "fixed_window"

    def start(self) -> FixedLimiter:
        return FixedLimiter(self.limit, self.window)


class FixedLimiter(Limiter):
    """The last window for which a call was booked, and how many calls that has."""

    def __init__(self, limit: int, window_s: float) -> None:
        self._limit = limit
        self._window_s = window_s
        self._window = 0
        self._used = 0

    def wait_s(self, now_s: float, calls: int = 1) -> float:
        if calls > self._limit:
            return inf
        window = window_at(now_s, self._window_s)
        used = 0
        if window <= self._window:
            window, used = self._window, self._used
        if used + calls > self._limit:
            window += 1
        return max(0.0, window * self._window_s - now_s)

    def book(self, at_s: float, calls: int = 1) -> None:
        window = window_at(at_s, self._window_s)
        if window > self._window:
            self._window = window
            self._used = 0
        if window == self._window:  # else it is over, and its counter gone
            self._used += calls

    def copy(self) -> FixedLimiter:
        other = FixedLimiter(self._limit, self._window_s)
        other._window = self._window
        other._used = self._used
        return other
