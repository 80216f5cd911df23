"""Random: blind, without memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from simulator.policies.balancing.base import BalancingPolicy, Picker, Pool, balancing_policies
from simulator.policies.balancing.drawing import drawn


@balancing_policies.register
class Random(BalancingPolicy):
    """Any replica, equally likely or by weight. Parts of a Poisson stream are Poisson again."""

    kind: Literal["random"] = "random"

    def heeds_weights(self) -> bool:
        return True

    def start(self, pool: Pool) -> Picker:
        return _Weighted(pool) if pool.is_weighted else _Even(pool)


class _Even(Picker):
    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._uniform = pool.uniform

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        places = self.places
        return places[int(self._uniform() * len(places))]


class _Weighted(Picker):
    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._uniform = pool.uniform

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        return drawn(self.places, self.weights, self._uniform())
