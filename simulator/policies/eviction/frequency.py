"""LFU with perfect counts: the most asked-for keys stay, whatever was asked for last."""

from __future__ import annotations

from heapq import heapify, heappop, heappush, heapreplace
from itertools import count
from typing import Any, Literal

from simulator.policies.eviction.base import EvictionPolicy, Order, Uniforms, eviction_policies

SLACK = 64  # entries of the heap that may be out of date before it is made anew


@eviction_policies.register
class Lfu(EvictionPolicy):
    """The entry that has been asked for least often, counted over all requests for ever.

    A key is counted whether or not it is in the cache, and a new one comes in only if its count
    exceeds that of the entry that would have to leave: after a while the cache holds the most
    popular keys and nothing else, the best that can be done if popularity never changes. If it
    does change, old fame stays. Of equal counts the one that came into the cache first leaves.

    Counts for every key ever asked for take memory that a real cache would not spend, and a warm
    start comes without counts.
    """

    kind: Literal["lfu"] = "lfu"

    def start(self, capacity: int, uniform: Uniforms) -> Order:
        return LfuOrder()


class LfuOrder(Order):
    """Counts of all keys, and a heap of those in the cache.

    An entry of the heap is put right only when it comes to the top: counts only rise, so what
    stands on top with its true count is the least.
    """

    def __init__(self) -> None:
        self._counts: dict[Any, int] = {}
        self._tickets: dict[Any, int] = {}  # of the keys in the cache, in the order they came
        self._heap: list[tuple[int, int, Any]] = []  # count, ticket, key
        self._next_ticket = count()

    def used(self, key: Any) -> None:
        self._counts[key] = self._counts.get(key, 0) + 1

    def missed(self, key: Any) -> None:
        self._counts[key] = self._counts.get(key, 0) + 1

    def added(self, key: Any) -> None:
        ticket = self._tickets[key] = next(self._next_ticket)
        heappush(self._heap, (self._counts.get(key, 0), ticket, key))

    def removed(self, key: Any) -> None:
        del self._tickets[key]
        if len(self._heap) > 2 * len(self._tickets) + SLACK:
            self._heap = [(self._counts.get(k, 0), t, k) for k, t in self._tickets.items()]
            heapify(self._heap)

    def admits(self, key: Any) -> bool:
        return self._counts.get(key, 0) > self._least()

    def victim(self) -> Any:
        self._least()
        _, _, key = heappop(self._heap)
        del self._tickets[key]
        return key

    def _least(self) -> int:
        """The least count of a key in the cache, with that key on top of the heap."""
        while True:
            noted, ticket, key = self._heap[0]
            if self._tickets.get(key) != ticket:  # removed meanwhile
                heappop(self._heap)
                continue
            true = self._counts.get(key, 0)
            if true == noted:
                return noted
            heapreplace(self._heap, (true, ticket, key))
