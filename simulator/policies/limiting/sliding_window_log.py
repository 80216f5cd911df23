"""Sliding window log: the instant of every call that passed, and nothing is approximate."""

from __future__ import annotations

from bisect import bisect
from collections import deque
from math import inf
from typing import Literal

from pydantic import Field

from simulator.policies.limiting.base import (
    ROUNDING_S,
    Limiter,
    WindowedPolicy,
    limiting_policies,
)


@limiting_policies.register
class SlidingWindowLog(WindowedPolicy):
    """At most ``limit`` calls in any window, whenever it begins.

    Exact, at the price of a memory of as many instants as the limit, for every key. One that lies a
    whole window back does not count any more.
    """

    kind: Literal["sliding_window_log"] = "sliding_window_log"
    limit: int = Field(ge=1, le=10**7, description="most calls in a window")

    def start(self) -> LogLimiter:
        return LogLimiter(self.limit, self.window)


class LogLimiter(Limiter):
    """The instants of the calls that passed within the last window, or are to pass."""

    def __init__(self, limit: int, window_s: float) -> None:
        self._limit = limit
        self._window_s = window_s
        self._log: deque[float] = deque()

    def wait_s(self, now_s: float, calls: int = 1) -> float:
        if calls > self._limit:
            return inf
        log = self._log
        while log and log[0] <= now_s - self._window_s + ROUNDING_S:
            log.popleft()
        too_many = len(log) + calls - self._limit
        if too_many <= 0:
            return 0.0
        return log[too_many - 1] + self._window_s - now_s

    def book(self, at_s: float, calls: int = 1) -> None:
        log = self._log
        for _ in range(calls):
            if log and at_s < log[-1]:
                log.insert(bisect(log, at_s), at_s)
            else:
                log.append(at_s)

    def copy(self) -> LogLimiter:
        other = LogLimiter(self._limit, self._window_s)
        other._log = self._log.copy()
        return other
