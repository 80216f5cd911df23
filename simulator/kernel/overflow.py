"""Requests for which the log has no row left: counts and histograms between two ticks.

A run may be longer than memory is large. What came after the log was full is taken down in arrays
that are emptied into tallies again and again, one for each class and each interval between ticks,
so that every window whose ends are ticks still has all its measures.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from math import inf

import numpy as np

from simulator.kernel.call import OK, UNFINISHED
from simulator.results import Beyond, Tally

MOST_FRESH = 2**17  # answers taken down before they are tallied


class Overflow:
    """The requests without a row.

    Args:
        deadlines_s: of each class: an ok answer later than this is not goodput; None for none.
    """

    def __init__(self, deadlines_s: Sequence[float | None]) -> None:
        self.open = 0  # arrived and not yet answered
        self._classes = len(deadlines_s)
        self._limits_s = [inf if each is None else each for each in deadlines_s]
        self._tick_s = array("d")  # the ticks so far, and the next one in advance
        self._tallies: dict[int, list[Tally]] = {}
        self._inside_area = array("d")
        self._area = 0.0  # under the number inside, short of that number times the instant
        self._arrived_s = array("d")
        self._arrived_class = bytearray()
        self._answered_s = array("d")  # when the request that is answered had arrived
        self._latency_s = array("d")
        self._outcome = bytearray()
        self._class = bytearray()
        self._attempts = array("L")

    def arrived(self, now_s: float, request_class: int) -> None:
        """Note an arrival."""
        self.open += 1
        self._arrived_s.append(now_s)
        self._arrived_class.append(request_class)

    def answered(
        self, arrived_s: float, latency_s: float, outcome: int, request_class: int, attempts: int
    ) -> None:
        """Note an outcome."""
        self.open -= 1
        self._answered_s.append(arrived_s)
        self._latency_s.append(latency_s)
        self._outcome.append(outcome)
        self._class.append(request_class)
        self._attempts.append(attempts)
        if len(self._outcome) == MOST_FRESH:
            self._fold()

    def tick(self, now_s: float, next_s: float) -> None:
        """Begin an interval; the next one will begin at ``next_s`` at the latest."""
        self._tick_s[-1:] = array("d", [now_s, next_s])
        self._fold()
        self._inside_area.append(self._area + self.open * now_s)

    def _fold(self) -> None:
        """Tally what is fresh."""
        arrived_s = np.array(self._arrived_s)
        answered_s, latency_s = np.array(self._answered_s), np.array(self._latency_s)
        self._area += float(answered_s.sum() + latency_s.sum() - arrived_s.sum())
        for tally, _, chosen in self._groups(arrived_s, self._arrived_class):
            tally.outcomes[UNFINISHED] += chosen.sum()
        outcome, attempts = np.array(self._outcome), np.array(self._attempts)
        for tally, limit_s, chosen in self._groups(answered_s, self._class):
            _note(tally, limit_s, outcome[chosen], latency_s[chosen], attempts[chosen])
        for numbers in (self._arrived_s, self._answered_s, self._latency_s, self._attempts):
            del numbers[:]
        for codes in (self._arrived_class, self._outcome, self._class):
            codes.clear()

    def _groups(
        self, arrived_s: np.ndarray, classes: bytearray
    ) -> Iterator[tuple[Tally, float, np.ndarray]]:
        """The tallies that requests belong to, their deadlines, and masks that choose them."""
        tick = np.searchsorted(np.array(self._tick_s), arrived_s, "right") - 1
        groups = tick * self._classes + np.array(classes, int)
        for group in np.unique(groups).tolist():
            place, request_class = divmod(group, self._classes)
            if place not in self._tallies:
                self._tallies[place] = [Tally() for _ in range(self._classes)]
            tally = self._tallies[place][request_class]
            yield tally, self._limits_s[request_class], groups == group

    def beyond(self) -> Beyond | None:
        """What there is to say of them; None if every request has its row."""
        self._fold()
        if not self._tallies:
            return None
        return Beyond(self._tallies, np.array(self._inside_area))


def _note(
    tally: Tally, limit_s: float, outcome: np.ndarray, latency_s: np.ndarray, attempts: np.ndarray
) -> None:
    """Add the outcomes of requests whose arrival has been tallied."""
    tally.outcomes += np.bincount(outcome, minlength=tally.outcomes.size)
    tally.outcomes[UNFINISHED] -= outcome.size
    tally.attempts += int(attempts.sum())
    is_ok = outcome == OK
    tally.ok_late += int((latency_s[is_ok] > limit_s).sum())
    tally.latency_ok.add(latency_s[is_ok])
    tally.latency_not_ok.add(latency_s[~is_ok])
