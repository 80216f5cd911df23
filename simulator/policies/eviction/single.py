"""Eviction policies with all entries in one row: by last use, by coming, or by no order at all."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Literal

from simulator.policies.eviction.base import EvictionPolicy, Order, Uniforms, eviction_policies


@eviction_policies.register
class Lru(EvictionPolicy):
    """The entry that has not been asked for longest. A fill counts as being asked for."""

    kind: Literal["lru"] = "lru"

    def start(self, capacity: int, uniform: Uniforms) -> Order:
        return LruOrder()


class LruOrder(Order):
    """Keys from least to most recently used. A plain dict would be slow to find its first key."""

    def __init__(self) -> None:
        self._keys: OrderedDict[Any, None] = OrderedDict()

    def added(self, key: Any) -> None:
        self._keys[key] = None
        self._keys.move_to_end(key)

    def refilled(self, key: Any) -> None:
        self._keys.move_to_end(key)

    def used(self, key: Any) -> None:
        self._keys.move_to_end(key)

    def removed(self, key: Any) -> None:
        del self._keys[key]

    def victim(self) -> Any:
        return self._keys.popitem(last=False)[0]


@eviction_policies.register
class Fifo(EvictionPolicy):
    """The entry that came first, however often it has been asked for since.

    Under independent requests it hits exactly as often as ``random``. Source: Gelenbe, "A unified
    approach to the evaluation of a class of replacement algorithms", IEEE Transactions on Computers
    C-22(6), 1973.
    """

    kind: Literal["fifo"] = "fifo"

    def start(self, capacity: int, uniform: Uniforms) -> Order:
        return FifoOrder()


class FifoOrder(Order):
    """Keys in the order in which they came; what is filled again keeps its place."""

    def __init__(self) -> None:
        self._keys: OrderedDict[Any, None] = OrderedDict()

    def added(self, key: Any) -> None:
        self._keys[key] = None

    def removed(self, key: Any) -> None:
        del self._keys[key]

    def victim(self) -> Any:
        return self._keys.popitem(last=False)[0]


@eviction_policies.register
class RandomEviction(EvictionPolicy):
    """Any entry, equally likely: needs no memory of what happened."""

    kind: Literal["random"] = "random"

    def start(self, capacity: int, uniform: Uniforms) -> Order:
        return RandomOrder(uniform)


class RandomOrder(Order):
    """Keys in a list without gaps: whoever leaves, the last one takes its place."""

    def __init__(self, uniform: Uniforms) -> None:
        self._uniform = uniform
        self._keys: list[Any] = []
        self._places: dict[Any, int] = {}

    def added(self, key: Any) -> None:
        self._places[key] = len(self._keys)
        self._keys.append(key)

    def removed(self, key: Any) -> None:
        place = self._places.pop(key)
        last = self._keys.pop()
        if last != key:
            self._keys[place] = last
            self._places[last] = place

    def victim(self) -> Any:
        key = self._keys[int(self._uniform() * len(self._keys))]
        self.removed(key)
        return key
