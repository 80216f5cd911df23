"""Replicas in priority levels: which level gets a call, and within it which replica."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.policies.balancing.base import Picker, Pool


class LevelPicker(Picker):
    """Chooses a level by luck, in proportion to its share, and leaves the rest to a policy.

    Every level has a picker of its own, since what a policy remembers (whose turn it is, a ring of
    hashes) is of the replicas among which it chooses.

    Args:
        pool: all replicas.
        levels: places of the replicas of each level, the preferred one first; every place once.
        pickers: for each level one that was started with the whole pool.
    """

    def __init__(self, pool: Pool, levels: Sequence[Sequence[int]], pickers: list[Picker]) -> None:
        super().__init__(pool)
        self._uniform = pool.uniform
        self._pickers = pickers
        self._level_of = {place: i for i, places in enumerate(levels) for place in places}
        self._percents: list[int] = [0] * len(levels)
        self._only = 0  # the level that gets everything; -1 if several share it
        self.allow(self.places)

    def share(self, percents: Sequence[int]) -> None:
        """From now on give each level this part of the calls, in percent, 100 together."""
        self._percents = list(percents)
        self._only = self._percents.index(100) if 100 in self._percents else -1

    def allow(self, places: Sequence[int]) -> None:
        self.places = sorted(places)
        for level, picker in enumerate(self._pickers):
            mine = [place for place in self.places if self._level_of[place] == level]
            if mine:
                picker.allow(mine)

    def weigh(self, weights: Sequence[float]) -> None:
        self.weights = list(weights)
        for picker in self._pickers:
            picker.weigh(weights)

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        level = self._only if self._only >= 0 else self._drawn()
        return self._pickers[level].pick(loads, request)

    def _drawn(self) -> int:
        left, level = self._uniform() * 100 - self._percents[0], 0
        while left >= 0:
            level += 1
            left -= self._percents[level]
        return level

    def answered(self, place: int, latency_s: float, outcome: int) -> None:
        self._pickers[self._level_of[place]].answered(place, latency_s, outcome)
