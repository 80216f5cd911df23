"""New needs for calls that go where the request, or a call beside them, has been before.

A request is a row of needs (``simulator.kernel.streams``). Where it becomes several calls to the
same place, or comes to a place again, each further call needs a row of its own, and in two variants
of a scenario the same one. So every row carries its descent, a number that no other row has, and
which row follows is a function of that number and of the name of whoever asks, however many calls
are under way and in whatever order they come.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.kernel.call import CLASS, FIRST_NEED
from simulator.kernel.simulation import Simulation
from simulator.kernel.streams import BLOCK

ROWS = 512  # drawn at a time, a part of BLOCK; part of the numbers
MOST_VALUES = 2**23  # kept at a time; what has been dropped is drawn again, and is the same


class Descent:
    """Numbers that tell rows apart: in each block a random one, and those that follow it.

    Neighbors thus get their new rows from one block, which is what makes drawing them cheap.
    """

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.integers(2**40) * float(BLOCK) + np.arange(size)


class Renewal:
    """Gives calls new needs.

    Args:
        sim: the run; the descent becomes one of its needs, so make this while it is built.
        name: of whoever asks.
    """

    def __init__(self, sim: Simulation, name: str) -> None:
        self._streams = sim.streams
        self._needs = sim.needs
        self._name = name
        self._descent = sim.needs.add(f"{name}.descent", Descent())
        self._count = 1
        self._blocks: dict[tuple[int, int], Any] = {}

    def prepare(self, count: int) -> None:
        """Be ready to give this many new rows for each that a call has."""
        self._count = count

    def renewed(self, request: tuple[Any, ...], place: int = 0) -> tuple[Any, ...]:
        """The request with a new row of needs, one of those there are."""
        block, row = self._block(request)
        return (*request[:FIRST_NEED], *block[row, place].tolist())

    def all_renewed(self, request: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The request with each of its new rows of needs."""
        block, row = self._block(request)
        number, request_class, key = request[:FIRST_NEED]
        return [(number, request_class, key, *needs) for needs in block[row].tolist()]

    def _block(self, request: tuple[Any, ...]) -> tuple[Any, int]:
        number, row = divmod(int(request[self._descent]), ROWS)
        key = (number, request[CLASS])
        block = self._blocks.get(key)
        if block is None:
            block = self._draw(number, request[CLASS])
            while len(self._blocks) * block.size > MOST_VALUES:
                del self._blocks[next(iter(self._blocks))]
            self._blocks[key] = block
        return block, row

    def _draw(self, number: int, request_class: int) -> Any:
        """Rows of one class, shape ``(ROWS, count, needs)``; each need has a stream of its own."""
        columns = self._needs.of_class(request_class)
        block = np.empty((ROWS, self._count, len(columns)))
        suffix = f"{self._name}.{self._needs.classes[request_class].name}"
        for place, (name, sampler) in enumerate(columns):
            rng = self._streams.generator(f"{name}.{suffix}", number)
            for each in range(self._count):
                block[:, each, place] = sampler.sample(rng, ROWS)
        return block
