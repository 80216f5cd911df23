"""What is random about requests, by their number: in any order, and as often as one likes."""

from __future__ import annotations

import numpy as np

from simulator.kernel.streams import BLOCK, Sampler, Streams

MOST_BLOCKS = 64  # of draws that are kept of requests, which come in order
MOST_OF_USERS = 256  # and of users, who come in any order: of a million


class Standard:
    """Normal with mean 0 and variance 1."""

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.standard_normal(size)


class Luck:
    """One column of draws, of which request i (or user i) has the i-th.

    One that was out of sight for long may need a block again that has been forgotten.

    Args:
        streams: of the run.
        name: of the stream.
        sampler: where the draws come from.
        most: blocks that are kept.
    """

    def __init__(
        self, streams: Streams, name: str, sampler: Sampler, most: int = MOST_BLOCKS
    ) -> None:
        self._streams = streams
        self._name = name
        self._sampler = sampler
        self._most = most
        self._blocks: dict[int, list[float]] = {}

    def of(self, number: int) -> float:
        """The draw of a request."""
        block, place = divmod(number, BLOCK)
        draws = self._blocks.get(block)
        if draws is None:
            draws = self._draw(block)
        return draws[place]

    def _draw(self, block: int) -> list[float]:
        if len(self._blocks) >= self._most:
            del self._blocks[next(iter(self._blocks))]
        rng = self._streams.generator(self._name, block)
        self._blocks[block] = draws = self._sampler.sample(rng, BLOCK).tolist()
        return draws
