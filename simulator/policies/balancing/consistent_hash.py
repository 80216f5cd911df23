"""Consistent hash: a key goes to the replica that owns its part of a ring.

Each replica has points on a ring of hashes, its virtual nodes, and owns the arc before each of
them. When a replica leaves, its keys alone move, to those that come next on the ring; when it
returns it gets them back. With one point a replica the arcs are very unequal; the spread of what
the replicas own falls with the root of the number of points. The points depend on the names of the
replicas alone, so that all load balancers agree. By weight, the heaviest replica has all its
virtual nodes and the others have in proportion.

A key that is asked for very often makes its replica hot all the same. With a ``bound`` no replica
is given a call while it has more than so many times its part of all calls: the call goes on along
the ring to the first replica with room. The bound of 1.25 means at most a quarter above the mean.

Source: Karger et al., "Consistent hashing and random trees", STOC 1997; for the bound, Mirrokni,
Thorup and Zadimoghaddam, "Consistent hashing with bounded loads", SODA 2018.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from math import ceil
from typing import Any, Literal

from pydantic import Field

from simulator.policies.balancing.base import BalancingPolicy, Picker, Pool, balancing_policies
from simulator.policies.balancing.hashing import MASK, STEP, hash_of_key, hash_of_name, mixed

ROUNDING = 1e-9  # in a capacity that should be a whole number of calls


@balancing_policies.register
class ConsistentHash(BalancingPolicy):
    """The replica that owns the key's part of a ring."""

    kind: Literal["consistent_hash"] = "consistent_hash"
    virtual_nodes: int = Field(
        100, ge=1, le=10_000, description="points of each replica on the ring"
    )
    bound: float | None = Field(
        None,
        gt=1,
        le=1000,
        description="most calls that a replica may have, in multiples of its part of all calls; "
        "no bound if not given",
    )

    def needs_keys(self) -> bool:
        return True

    def heeds_weights(self) -> bool:
        return True

    def start(self, pool: Pool) -> Picker:
        if self.bound is None:
            return _Ring(pool, self.virtual_nodes)
        return _BoundedRing(pool, self.virtual_nodes, self.bound)


class _Ring(Picker):
    def __init__(self, pool: Pool, virtual_nodes: int) -> None:
        super().__init__(pool)
        self._virtual_nodes = virtual_nodes
        self._nodes = [points_of(name, virtual_nodes) for name in pool.names]
        self.changed()

    def changed(self) -> None:
        whole = self._virtual_nodes / max(self.weights)
        ring: list[tuple[int, int]] = []
        for place in self.places:
            owned = max(1, round(whole * self.weights[place]))
            ring += [(node, place) for node in self._nodes[place][:owned]]
        ring.sort()
        self._points = [point for point, _ in ring]
        self._owners = [owner for _, owner in ring]

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        arc = bisect(self._points, hash_of_key(request))
        return self._owners[arc if arc < len(self._owners) else 0]


class _BoundedRing(_Ring):
    def __init__(self, pool: Pool, virtual_nodes: int, bound: float) -> None:
        super().__init__(pool, virtual_nodes)
        self._bound = bound

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        owners, weights = self._owners, self.weights
        calls = 1 + sum([loads[place] for place in self.places])
        due = self._bound * calls / sum([weights[place] for place in self.places])
        arc = bisect(self._points, hash_of_key(request))
        for step in range(len(owners)):
            owner = owners[(arc + step) % len(owners)]
            if loads[owner] < ceil(due * weights[owner] - ROUNDING):
                return owner
        raise AssertionError("all replicas together have room for more calls than there are")


def points_of(name: str, count: int) -> list[int]:
    """The virtual nodes of a replica; the first of them are the same however many there are."""
    first = hash_of_name(name)
    return [mixed((first + i * STEP) & MASK) for i in range(count)]
