"""Hash modulo: the plain hash that consistent ones were invented to replace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from simulator.policies.balancing.base import BalancingPolicy, Picker, Pool, balancing_policies
from simulator.policies.balancing.hashing import hash_of_key


@balancing_policies.register
class HashModulo(BalancingPolicy):
    """The replica whose turn it is when the hash of the key is divided by how many there are.

    Even and cheap as long as nothing changes. When one of n replicas leaves or comes, the divisor
    is another, and all keys but about one in n move.
    """

    kind: Literal["hash_modulo"] = "hash_modulo"

    def needs_keys(self) -> bool:
        return True

    def start(self, pool: Pool) -> Picker:
        return _Modulo(pool)


class _Modulo(Picker):
    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        return self.places[hash_of_key(request) % len(self.places)]
