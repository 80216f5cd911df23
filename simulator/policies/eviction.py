"""Which entry leaves a full cache."""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

from simulator.registry import Family, Spec

eviction_policies = Family("eviction policy")


class EvictionPolicy(Spec):
    """Remembers, entry by entry, what it needs to name the next one to leave."""

    kind: str

    def start(self) -> LruOrder:
        """The memory of one cache."""
        raise NotImplementedError


@eviction_policies.register
class Lru(EvictionPolicy):
    """The entry that has not been asked for longest."""

    kind: Literal["lru"] = "lru"

    def start(self) -> LruOrder:
        return LruOrder()


class LruOrder:
    """Keys from least to most recently used. A plain dict would be slow to find its first key."""

    def __init__(self) -> None:
        self._keys: OrderedDict[int, None] = OrderedDict()

    def added(self, key: int) -> None:
        """A key came into the cache, or was filled again."""
        self._keys[key] = None
        self._keys.move_to_end(key)

    def used(self, key: int) -> None:
        """A key was asked for and found."""
        self._keys.move_to_end(key)

    def removed(self, key: int) -> None:
        """A key left for another reason."""
        del self._keys[key]

    def victim(self) -> int:
        """Remove and return the key that leaves next."""
        return self._keys.popitem(last=False)[0]
