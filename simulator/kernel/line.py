"""Waiting lines: which of the calls that wait is next.

A call that leaves while it waits stays in its line until it would be its turn, and is passed over
then: taking it out at once would cost a search. ``sweep`` takes out all of them together.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush

from simulator.kernel.call import Call
from simulator.kernel.component import Component

Rank = Callable[[Call], float]
"""Where a call stands in line: the smaller its rank, the sooner it goes."""

Entry = tuple[float, int, Call]
"""A call with its rank and, for those of equal rank, its number in order of arrival."""


class Line:
    """Calls that wait, in the order of some discipline."""

    def stands_before(self, station: Component) -> None:
        """Learn, before anybody joins, at which station it is: one may look how many wait there."""

    def put(self, call: Call) -> None:
        """Let a call join."""
        raise NotImplementedError

    def take(self) -> Call:
        """Remove and return the call that is next; the line must not be empty."""
        raise NotImplementedError

    def calls(self) -> list[Call]:
        """All calls in it, also those that have left and are to be passed over."""
        raise NotImplementedError

    def sweep(self) -> None:
        """Take out the calls that have left."""
        raise NotImplementedError

    def clear(self) -> None:
        """Take out all calls."""
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError


class RankedLine(Line):
    """The call of the smallest rank first; of equal ranks, the one that came first.

    Args:
        rank: asked once for each call, when it comes.
        runs_down: whether the rank of a call becomes less by the seconds that it is served.
    """

    def __init__(self, rank: Rank, runs_down: bool = False) -> None:
        self._rank = rank
        self.runs_down = runs_down
        self._arrived = 0
        self._entries: list[Entry] = []  # heap

    def entry(self, call: Call) -> Entry:
        """The entry of a call that has just come."""
        self._arrived += 1
        return (self._rank(call), self._arrived, call)

    def put(self, call: Call) -> None:
        heappush(self._entries, self.entry(call))

    def put_entry(self, entry: Entry) -> None:
        """Let a call join where its entry says: one that has been interrupted keeps its number."""
        heappush(self._entries, entry)

    def take(self) -> Call:
        return heappop(self._entries)[2]

    def take_entry(self) -> Entry:
        """As ``take``, with the rank and the number."""
        return heappop(self._entries)

    def calls(self) -> list[Call]:
        return [call for _, _, call in sorted(self._entries)]

    def sweep(self) -> None:
        self._entries = [entry for entry in self._entries if entry[2].give_up is not None]
        heapify(self._entries)

    def clear(self) -> None:
        self._entries = []

    def __len__(self) -> int:
        return len(self._entries)
