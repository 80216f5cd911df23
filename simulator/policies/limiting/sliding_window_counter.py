"""Sliding window counter: two counters in place of a log."""

from __future__ import annotations

from math import inf
from typing import Literal

from simulator.policies.limiting.base import (
    ROUNDING_S,
    Limiter,
    WindowedPolicy,
    limiting_policies,
    window_at,
)


@limiting_policies.register
class SlidingWindowCounter(WindowedPolicy):
    """Lets calls pass while an estimate of those in the last window is below ``limit``.

    The estimate takes the calls of the window before this one as if they had come evenly: of a
    quarter of the window past, three quarters of them still count. Nearly as good as a log, at the
    price of two numbers.

    Source: Cloudflare, "How we built rate limiting capable of scaling to millions of domains",
    2017.
    """

    kind: Literal["sliding_window_counter"] = "sliding_window_counter"

    def start(self) -> CounterLimiter:
        return CounterLimiter(self.limit, self.window)


class CounterLimiter(Limiter):
    """The calls of the last window for which one was booked, and those of the window before."""

    def __init__(self, limit: int, window_s: float) -> None:
        self._limit = limit
        self._window_s = window_s
        self._window = 0
        self._current = 0
        self._previous = 0
        self._last_s = 0.0  # instant of the last call; it may be still to come

    def estimate(self, now_s: float) -> float:
        """How many calls there were in the last window, if those before this one came evenly."""
        window = window_at(now_s, self._window_s)
        previous, current = self._counts(window)
        passed = min(1.0, max(0.0, now_s / self._window_s - window))
        return previous * (1 - passed) + current

    def _counts(self, window: int) -> tuple[int, int]:
        """Calls of the window before a window and of the window itself, as it is known now."""
        if window == self._window:
            return self._previous, self._current
        return (self._current if window == self._window + 1 else 0), 0

    def wait_s(self, now_s: float, calls: int = 1) -> float:
        if calls > self._limit:
            return inf
        from_s = max(now_s, self._last_s)  # nobody overtakes who is to pass before
        others = max(0, calls - 1)
        if self.estimate(from_s) + others < self._limit:
            return from_s - now_s
        window = window_at(from_s, self._window_s)
        previous, current = self._counts(window)
        room = self._limit - others - current
        if room <= 0 or not previous:
            window += 1
            previous, room = current, self._limit - others
        # When the part of the earlier calls that still counts leaves room.
        passed = max(0.0, 1 - room / previous) if previous else 0.0
        wait_s = (window + passed) * self._window_s - now_s
        return max(wait_s, 2 * ROUNDING_S)  # not now: the estimate must be below the limit

    def book(self, at_s: float, calls: int = 1) -> None:
        window = window_at(at_s, self._window_s)
        if window > self._window:
            self._previous, self._current = self._counts(window)
            self._window = window
        if window == self._window:
            self._current += calls
        elif window == self._window - 1:
            self._previous += calls
        self._last_s = max(self._last_s, at_s)

    def copy(self) -> CounterLimiter:
        other = CounterLimiter(self._limit, self._window_s)
        other._window = self._window
        other._current = self._current
        other._previous = self._previous
        other._last_s = self._last_s
        return other
