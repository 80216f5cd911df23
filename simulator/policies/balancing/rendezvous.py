"""Rendezvous: every replica gets a score for the key, and the highest one wins.

The score is a hash of key and replica together. When a replica leaves, its keys alone move, evenly
to all others; nothing has to be built or remembered. Each choice looks at all replicas. By weight
w, the score is w / -log(u) with the hash u as a number between 0 and 1, which lets a replica win in
proportion to its weight; when a weight changes only keys of that replica come or go.

Source: Thaler and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM
Transactions on Networking 6(1), 1998; for weights, Schindelhauer and Schomaker, "Weighted
distributed hash tables", SPAA 2005.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any, Literal

from simulator.policies.balancing.base import BalancingPolicy, Picker, Pool, balancing_policies
from simulator.policies.balancing.hashing import hash_of_key, hash_of_name, mixed


@balancing_policies.register
class Rendezvous(BalancingPolicy):
    """The replica with the highest score for the key."""

    kind: Literal["rendezvous"] = "rendezvous"

    def needs_keys(self) -> bool:
        return True

    def heeds_weights(self) -> bool:
        return True

    def start(self, pool: Pool) -> Picker:
        return _Weighted(pool) if pool.is_weighted else _Even(pool)


class _Even(Picker):
    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._names = [hash_of_name(name) for name in pool.names]

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        key, names = hash_of_key(request), self._names
        best, highest = -1, -1
        for place in self.places:
            score = mixed(key ^ names[place])
            if score > highest:
                best, highest = place, score
        return best


class _Weighted(_Even):
    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        key, names = hash_of_key(request), self._names
        best, highest = -1, -1.0
        for place in self.places:
            u = ((mixed(key ^ names[place]) >> 12) + 0.5) / (1 << 52)
            score = self.weights[place] / -log(u)
            if score > highest:
                best, highest = place, score
        return best
