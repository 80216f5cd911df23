"""A clock that may be wrong, against that of whoever wrote the dates that are read by it."""

from __future__ import annotations


class Clock:
    """Shows the time, and what is wrong with it.

    Each skew is an offset in seconds from the instant at which it began, and a drift, the seconds
    that are gained in each second from then on. Several add up.
    """

    def __init__(self) -> None:
        self._skews: list[tuple[float, float, float]] = []

    def skew(self, offset_s: float, drift: float, now_s: float) -> None:
        """Begin to be wrong."""
        self._skews.append((offset_s, drift, now_s))

    def mend(self, offset_s: float, drift: float) -> None:
        """End a skew; of several that are equal, the oldest."""
        for place, (offset, rate, _) in enumerate(self._skews):
            if (offset, rate) == (offset_s, drift):
                del self._skews[place]
                return

    def shows(self, now_s: float) -> float:
        """What it shows at an instant."""
        ahead_s = sum(
            offset_s + drift * (now_s - since_s) for offset_s, drift, since_s in self._skews
        )
        return now_s + ahead_s

    def when(self, shown_s: float) -> float:
        """The instant at which it shows this, if nothing changes until then."""
        drift = sum(each for _, each, _ in self._skews)
        at_zero_s = sum(offset_s - each * since_s for offset_s, each, since_s in self._skews)
        return (shown_s - at_zero_s) / (1 + drift)
