"""Weighted round robin: in turn, each as often as its weight, spread evenly (smooth).

Every replica gains its weight in credit before each call; the one with the most credit gets the
call and pays the weights of all. Weights of 5, 1 and 1 make a turn of seven calls, a a b a c a a,
and never five calls to one replica in a row.

Source: nginx, ngx_http_upstream_round_robin.c (commit 52327e0627f4, 2012).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from simulator.policies.balancing.base import BalancingPolicy, Picker, Pool, balancing_policies


@balancing_policies.register
class WeightedRoundRobin(BalancingPolicy):
    """Each replica in turn, as often as its weight."""

    kind: Literal["weighted_round_robin"] = "weighted_round_robin"

    def heeds_weights(self) -> bool:
        return True

    def start(self, pool: Pool) -> Picker:
        return _Smooth(pool)


class _Smooth(Picker):
    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._credit = [0.0] * len(pool.names)
        self.changed()

    def changed(self) -> None:
        self._total = sum([self.weights[place] for place in self.places])

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        credit, weights = self._credit, self.weights
        best = self.places[0]
        for place in self.places:
            credit[place] += weights[place]
            if credit[place] > credit[best]:
                best = place
        credit[best] -= self._total
        return best
