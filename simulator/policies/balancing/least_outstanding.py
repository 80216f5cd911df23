"""Least outstanding: all replicas looked at, the least loaded taken."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, Literal

from simulator.policies.balancing.base import BalancingPolicy, Picker, Pool, balancing_policies
from simulator.policies.balancing.drawing import drawn


@balancing_policies.register
class LeastOutstanding(BalancingPolicy):
    """The replica with the fewest unanswered calls; any of several, equally likely.

    With weights, the fewest for its weight, and one of several in proportion to their weights.
    """

    kind: Literal["least_outstanding"] = "least_outstanding"

    def heeds_weights(self) -> bool:
        return True

    def start(self, pool: Pool) -> Picker:
        return _Weighted(pool) if pool.is_weighted else _Even(pool)


class _Even(Picker):
    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._uniform = pool.uniform
        self._all = len(pool.names)

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        places = self.places
        if len(places) < self._all:
            loads = [loads[each] for each in places]
        fewest = min(loads)
        ties = loads.count(fewest)
        place = loads.index(fewest)
        if ties > 1:
            for _ in range(int(self._uniform() * ties)):
                place = loads.index(fewest, place + 1)
        return places[place]


class _Weighted(Picker):
    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._uniform = pool.uniform

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        weights, fewest = self.weights, inf
        ties: list[int] = []
        for place in self.places:
            load = loads[place] / weights[place]
            if load < fewest:
                fewest, ties = load, [place]
            elif load == fewest:
                ties.append(place)
        return ties[0] if len(ties) == 1 else drawn(ties, weights, self._uniform())
