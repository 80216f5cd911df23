"""Segmented LRU: an entry has to be asked for again before it displaces those that were."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Literal

from pydantic import Field

from simulator.policies.eviction.base import EvictionPolicy, Order, Uniforms, eviction_policies
from simulator.units import Ratio


@eviction_policies.register
class Slru(EvictionPolicy):
    """Two rows, each by last use: what came once, and what has been asked for again.

    A new entry is on probation. A hit moves it to the protected segment; what is pushed out there
    for want of room goes back on probation, as its most recent. Whoever is longest on probation
    leaves, so that a scan over keys that nobody asks for twice does not sweep the cache.

    Source: Karedla, Love and Wherry, "Caching strategies to improve disk system performance", IEEE
    Computer 27(3), 1994; the share of the protected segment is that of Caffeine, a cache for Java.
    """

    kind: Literal["slru"] = "slru"
    protected: Ratio = Field(0.8, description="part of the capacity that is protected")

    def start(self, capacity: int, uniform: Uniforms) -> Order:
        return SlruOrder(int(self.protected * capacity))


class SlruOrder(Order):
    """Both segments, each from least to most recently used.

    Args:
        protected: most keys in the protected segment.
    """

    def __init__(self, protected: int) -> None:
        self._most = protected
        self._probation: OrderedDict[Any, None] = OrderedDict()
        self._protected: OrderedDict[Any, None] = OrderedDict()

    def added(self, key: Any) -> None:
        self._probation[key] = None

    def used(self, key: Any) -> None:
        if key in self._protected:
            self._protected.move_to_end(key)
            return
        del self._probation[key]
        self._protected[key] = None
        if len(self._protected) > self._most:
            demoted, _ = self._protected.popitem(last=False)
            self._probation[demoted] = None

    def removed(self, key: Any) -> None:
        del (self._protected if key in self._protected else self._probation)[key]

    def next_victim(self) -> Any:
        """The key that would leave next."""
        return next(iter(self._probation or self._protected))

    def victim(self) -> Any:
        return (self._probation or self._protected).popitem(last=False)[0]

    def __contains__(self, key: Any) -> bool:
        return key in self._probation or key in self._protected

    def __len__(self) -> int:
        return len(self._probation) + len(self._protected)
