"""Several sequences of instants made into one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from math import inf

import numpy as np

from simulator.kernel.streams import BLOCK


def merged(sources: Sequence[Iterator[float]]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """All instants in order, and for each the index of its source, in blocks of any length.

    Args:
        sources: instants in order, possibly without end; at most a block of each is taken ahead.
    """
    heads = [_Head(source) for source in sources]
    while heads:
        known_s = min(head.known_s() for head in heads)
        parts = [head.take(known_s) for head in heads]
        owner = np.repeat(np.arange(len(parts)), [part.size for part in parts])
        instants = np.concatenate(parts)
        order = np.argsort(instants, kind="stable")
        yield instants[order], owner[order]
        if known_s == inf:
            return


class _Head:
    """The next instants of a source."""

    def __init__(self, source: Iterator[float]) -> None:
        self._source = source
        self._next_s = np.empty(0)
        self._has_ended = False

    def known_s(self) -> float:
        """Up to where all instants are known."""
        if not self._next_s.size and not self._has_ended:
            self._next_s = np.fromiter(islice(self._source, BLOCK), float)
            self._has_ended = self._next_s.size < BLOCK
        return inf if self._has_ended else float(self._next_s[-1])

    def take(self, until_s: float) -> np.ndarray:
        """Take off what comes until an instant, that instant included."""
        count = int(np.searchsorted(self._next_s, until_s, side="right"))
        taken, self._next_s = self._next_s[:count], self._next_s[count:]
        return taken
