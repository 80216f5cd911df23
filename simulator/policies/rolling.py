"""Sums over the last while."""

from __future__ import annotations

from collections.abc import Callable


class RollingSum:
    """The sum of what was added in the last so many seconds, kept in slices.

    A slice is forgotten as a whole, so that the sum reaches back one slice less than its span, or
    up to all of it. A slice begins when something is first asked or added after the end of the one
    before it, as in Finagle's windowed adder.

    Args:
        span_s: how far back it reaches, in seconds.
        slices: how many there are, 2 or more.
        now: the clock, in seconds.
    """

    def __init__(self, span_s: float, slices: int, now: Callable[[], float]) -> None:
        self._slice_s = span_s / slices
        self._slices = [0] * slices
        self._now = now
        self._since_s = now()  # when the newest slice began
        self._newest = 0
        self._sum = 0

    def add(self, amount: int) -> None:
        """Count an amount, which may be negative, from now on."""
        self._turn()
        self._slices[self._newest] += amount
        self._sum += amount

    def total(self) -> int:
        """The sum now."""
        self._turn()
        return self._sum

    def _turn(self) -> None:
        """Begin as many new slices as are due."""
        now_s = self._now()
        due = int((now_s - self._since_s) / self._slice_s)
        if due == 0:
            return
        for _ in range(min(due, len(self._slices))):
            self._newest = (self._newest + 1) % len(self._slices)
            self._sum -= self._slices[self._newest]
            self._slices[self._newest] = 0
        self._since_s = now_s
