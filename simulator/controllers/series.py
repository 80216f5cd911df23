"""What a monitoring system has of one target: readings of some time ago, and their increases."""

from __future__ import annotations

from collections import deque
from math import nan

import numpy as np

from simulator.controllers.exporter import Exporter, Reading

ROUNDING_S = 1e-9  # a reading at the very beginning of a window is in it


class Series:
    """The readings of one target that have arrived, over a window that ends ``delay_s`` ago.

    A counter that is lower than before has begun anew, so that all of it has come since. Whatever
    was counted between the last scrape and a crash is lost, and what came before the first scrape
    is not known either.

    Args:
        exporter: of the target.
        delay_s: from a scrape until it can be seen, in seconds.
        window_s: that increases are taken over.
        stale_after_s: a value that is older is shown no more.

    Attributes:
        ever: increases of all counters since the first scrape, shape ``(2 + buckets,)``.
    """

    def __init__(
        self, exporter: Exporter, delay_s: float, window_s: float, stale_after_s: float
    ) -> None:
        self._exporter = exporter
        self._delay_s = delay_s
        self._window_s = window_s
        self._stale_after_s = stale_after_s
        self._under_way: deque[tuple[float, Reading | None]] = deque()
        self._last: Reading | None = None
        self._is_gone = True  # whether the last scrape found nobody
        self._increases: deque[tuple[float, np.ndarray]] = deque()  # each since which scrape
        self._within: np.ndarray | float = 0.0
        self.ever: np.ndarray | float = 0.0

    def scrape(self, now_s: float) -> bool:
        """Read the target; whether it answered."""
        reading = self._exporter.read()
        self._under_way.append((now_s, reading))
        return reading is not None

    def gauge(self, now_s: float) -> float:
        """Calls there, as far as is known; nan if the target is gone or the value too old."""
        self._see(now_s)
        last = self._last
        as_of_s = now_s - self._delay_s
        if last is None or self._is_gone or last.at_s < as_of_s - self._stale_after_s:
            return nan
        return last.in_flight

    def increase(self, now_s: float) -> np.ndarray | None:
        """Increases of all counters within the window; None if there are not two readings in it."""
        self._see(now_s)
        from_s = now_s - self._delay_s - self._window_s - ROUNDING_S
        while self._increases and self._increases[0][0] < from_s:
            self._within = self._within - self._increases.popleft()[1]
        return np.asarray(self._within) if self._increases else None

    def per_s(self, now_s: float) -> np.ndarray | None:
        """The same increases a second, of the time between the readings."""
        increase = self.increase(now_s)
        if increase is None or self._last is None:
            return None
        return increase / (self._last.at_s - self._increases[0][0])

    def _see(self, now_s: float) -> None:
        """Take in what has arrived by now."""
        while self._under_way and self._under_way[0][0] + self._delay_s <= now_s:
            reading = self._under_way.popleft()[1]
            self._is_gone = reading is None
            if reading is None:
                continue
            if self._last is not None:
                before = self._last.counts
                fresh = np.where(reading.counts < before, reading.counts, reading.counts - before)
                self._increases.append((self._last.at_s, fresh))
                self._within = self._within + fresh
                self.ever = self.ever + fresh
            self._last = reading
