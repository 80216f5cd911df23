"""Fewest of sample: a few replicas looked at, the least loaded of them taken."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, Literal

from pydantic import Field

from simulator.policies.balancing.base import BalancingPolicy, Picker, Pool, balancing_policies
from simulator.policies.balancing.drawing import sample, weighted_sample


@balancing_policies.register
class FewestOfSample(BalancingPolicy):
    """The least loaded of a few replicas drawn at random without replacement.

    Two choices remove most of the imbalance of one, without the herding of looking at all of them.
    With weights, replicas are drawn in proportion to them and compared by their load for each unit
    of weight. Source: Mitzenmacher, "The power of two choices in randomized load balancing", IEEE
    TPDS 12(10), 2001.
    """

    kind: Literal["fewest_of_sample"] = "fewest_of_sample"
    choices: int = Field(2, ge=1, description="replicas looked at for each call")

    def heeds_weights(self) -> bool:
        return True

    def start(self, pool: Pool) -> Picker:
        if pool.is_weighted:
            return _Weighted(pool, self.choices)
        return (
            _FewerOfTwo(pool)
            if min(self.choices, len(pool.names)) == 2
            else _Fewest(pool, self.choices)
        )


class _FewerOfTwo(Picker):
    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._uniform = pool.uniform
        self.changed()

    def changed(self) -> None:
        self._count = len(self.places)
        self._drawn = [*self.places, self.places[0]]  # one alone is compared with itself

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        scaled = self._uniform() * self._count
        place = int(scaled)
        second = int((scaled - place) * (self._count - 1))  # the fraction is uniform again
        if second >= place:
            second += 1
        one, other = self._drawn[place], self._drawn[second]
        return other if loads[other] < loads[one] else one


class _Fewest(Picker):
    def __init__(self, pool: Pool, choices: int) -> None:
        super().__init__(pool)
        self._uniform = pool.uniform
        self._choices = choices

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        seen = sample(self.places, self._choices, self._uniform)
        return min(seen, key=loads.__getitem__)


class _Weighted(Picker):
    def __init__(self, pool: Pool, choices: int) -> None:
        super().__init__(pool)
        self._uniform = pool.uniform
        self._choices = choices

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        weights = self.weights
        seen = weighted_sample(self.places, weights, self._choices, self._uniform)
        best, fewest = seen[0], inf
        for place in seen:
            load = loads[place] / weights[place]
            if load < fewest:
                best, fewest = place, load
        return best
