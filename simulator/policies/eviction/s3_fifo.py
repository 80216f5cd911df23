"""S3-FIFO: three first-in first-out queues, and hits that only count."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Literal

from pydantic import Field

from simulator.policies.eviction.base import EvictionPolicy, Order, Uniforms, eviction_policies
from simulator.units import Ratio

MOST_USES = 3  # two bits
USES_TO_MOVE = 2


@eviction_policies.register
class S3Fifo(EvictionPolicy):
    """A small queue for what is new, a main one for what came back, a memory of what left too soon.

    A hit does no more than count, up to three. Whoever comes to the end of the small queue moves on
    to the main one if it was asked for twice or more, and else leaves, remembered in a ghost queue
    of as many keys as the main one has places; a key that comes back while it is remembered goes to
    the main queue at once. There the first one leaves if it has not been asked for, and else goes
    to the back with one use less. The main queue gives up an entry if it is over its size or the
    small one is empty, else the small one does.

    Source: Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023, section 4;
    which queue gives up an entry as in the authors' implementation, S3FIFO in libCacheSim.
    """

    kind: Literal["s3_fifo"] = "s3_fifo"
    small: Ratio = Field(0.1, description="part of the capacity that is the small queue")

    def start(self, capacity: int, uniform: Uniforms) -> Order:
        return S3FifoOrder(capacity - max(1, int(self.small * capacity)))


class S3FifoOrder(Order):
    """The keys of each queue, those that came first in front, and how often each was asked for.

    Args:
        main: places in the main queue, and in the ghost queue.
    """

    def __init__(self, main: int) -> None:
        self._most = main
        self._small: OrderedDict[Any, int] = OrderedDict()
        self._main: OrderedDict[Any, int] = OrderedDict()
        self._ghost: OrderedDict[Any, None] = OrderedDict()

    def used(self, key: Any) -> None:
        queue = self._small if key in self._small else self._main
        queue[key] = min(queue[key] + 1, MOST_USES)

    def added(self, key: Any) -> None:
        if key in self._ghost:
            del self._ghost[key]
            self._main[key] = 0
        else:
            self._small[key] = 0

    def removed(self, key: Any) -> None:
        del (self._small if key in self._small else self._main)[key]

    def victim(self) -> Any:
        while self._small and len(self._main) <= self._most:
            key, uses = self._small.popitem(last=False)
            if uses < USES_TO_MOVE:
                self._remember(key)
                return key
            self._main[key] = 0
        while True:
            key, uses = self._main.popitem(last=False)
            if not uses:
                return key
            self._main[key] = uses - 1

    def _remember(self, key: Any) -> None:
        self._ghost[key] = None
        if len(self._ghost) > self._most:
            self._ghost.popitem(last=False)
