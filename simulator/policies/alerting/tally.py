"""Events and bad ones among them, over windows that reach back from the last reading."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple


class Share(NamedTuple):
    """What happened within a window.

    Attributes:
        events: all of them.
        bad: those that were bad.
    """

    events: float
    bad: float

    @property
    def ratio(self) -> float:
        """Bad ones over all; 0 where there were none."""
        return self.bad / self.events if self.events else 0.0


class Tally:
    """Running totals at the instants at which they were read.

    Between two readings events are taken to have come evenly, so that a window may begin anywhere.

    Args:
        longest_s: the longest window that will be asked for, in seconds.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._at_s: list[float] = []
        self._events: list[float] = []
        self._bad: list[float] = []

    def reach_back(self, longest_s: float) -> None:
        """See that windows of this length can be asked for, from now on."""
        self._longest_s = max(self._longest_s, longest_s)

    def read(self, now_s: float, events: float, bad: float) -> None:
        """Note the running totals at an instant, later than the one before."""
        self._at_s.append(now_s)
        self._events.append(events)
        self._bad.append(bad)
        old = bisect_right(self._at_s, now_s - self._longest_s) - 1
        if old > len(self._at_s) // 2 and old > 100:  # seldom, so that it costs little
            del self._at_s[:old], self._events[:old], self._bad[:old]

    def over(self, window_s: float) -> Share:
        """What happened in the last so many seconds before the last reading.

        Where nothing was read before, a window reaches back to the first reading.
        """
        if not self._at_s:
            return Share(0.0, 0.0)
        from_s = self._at_s[-1] - window_s
        after = bisect_right(self._at_s, from_s)
        if after == 0:
            return Share(self._events[-1] - self._events[0], self._bad[-1] - self._bad[0])
        if after == len(self._at_s):
            return Share(0.0, 0.0)
        before = after - 1
        part = (from_s - self._at_s[before]) / (self._at_s[after] - self._at_s[before])
        return Share(
            self._events[-1] - _between(self._events[before], self._events[after], part),
            self._bad[-1] - _between(self._bad[before], self._bad[after], part),
        )


def _between(first: float, last: float, part: float) -> float:
    return first + part * (last - first)
