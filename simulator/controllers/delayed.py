"""Readings that can be seen only some time after they were taken."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

R = TypeVar("R")


class Delayed(Generic[R]):
    """Shows the newest of the readings that have arrived by now.

    Args:
        delay_s: from a reading until it has arrived, in seconds.
    """

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._taken: deque[tuple[float, R]] = deque()

    def take(self, at_s: float, reading: R) -> None:
        """Take a reading down, not before the one before it."""
        self._taken.append((at_s, reading))

    def shown(self, now_s: float) -> R | None:
        """The newest one that can be seen; None if there is none yet."""
        taken = self._taken
        while len(taken) > 1 and taken[1][0] + self._delay_s <= now_s:
            taken.popleft()
        return taken[0][1] if taken and taken[0][0] + self._delay_s <= now_s else None
