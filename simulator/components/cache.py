"""Cache: answers what it holds, asks its origin for the rest.

Either a plain chance (``hit_ratio``), where nothing needs to be said about keys, or real entries by
key with a ``capacity``, a ``ttl`` or both. A miss goes to the origin; an ok answer fills the cache.

Without ``coalesces`` every miss goes to the origin, also while the same key is being loaded: when a
popular entry expires, all requests until the first load is back become loads (a stampede). With it
there is one load for each key, which belongs to no request in particular, so that it goes on when
one of those who wait gives up; they are all answered when it is back. A load that is never
answered holds its key up for ever: put a client with a timeout before an origin that may hang.

The time to live counts from the fill, or (``ttl_from: last_use``) anew from every hit. ``fill:
set`` restarts it with every load that comes back, ``fill: add`` only if the entry is not there or
has expired (the two commands of memcached).

Left out: sizes of entries, the network to the cache, writes.
"""

from __future__ import annotations

from math import inf
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from simulator.distributions import Time
from simulator.distributions.parametric import Constant
from simulator.kernel import (
    OK,
    Call,
    Component,
    ComponentSpec,
    Find,
    Ref,
    Simulation,
    components,
    count,
    level,
    ratio,
)
from simulator.kernel.streams import Uniform
from simulator.policies.eviction import EvictionPolicy, Lru, eviction_policies
from simulator.units import PositiveSeconds, Ratio


@components.register
class CacheSpec(ComponentSpec):
    """Holds answers, by a plain hit ratio or by key."""

    kind: Literal["cache"] = "cache"
    origin: Ref = Field(description="where misses go")
    lookup_time: Time = Field(Constant(value=0.0), description="time to look, hit or miss")
    hit_ratio: Ratio | None = Field(None, description="plain chance of a hit, without keys")
    capacity: int | None = Field(None, ge=1, description="entries held; no limit if not given")
    ttl: PositiveSeconds | None = Field(None, description="time to live; for ever if not given")
    ttl_from: Literal["fill", "last_use"] = Field(
        "fill", description="when the time to live begins: with the fill, or anew with every hit"
    )
    eviction: Annotated[EvictionPolicy, eviction_policies] = Field(
        Lru(), description="which entry leaves a full cache"
    )
    coalesces: bool = Field(
        False, description="whether requests for a key that is being loaded wait for that load"
    )
    fill: Literal["set", "add"] = Field(
        "set", description="whether a load that comes back restarts the time to live of an entry"
    )

    suffers = frozenset({"cache_flush"})

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Self:
        if self.hit_ratio is not None:
            if self.capacity is not None or self.ttl is not None or self.coalesces:
                raise ValueError("hit_ratio has no keys: leave out capacity, ttl and coalesces")
        elif self.capacity is None and self.ttl is None:
            raise ValueError("give hit_ratio, or capacity, ttl or both")
        return self

    def can_have(self, fault: str) -> bool:
        return self.hit_ratio is None and super().can_have(fault)  # a plain chance has no entries

    def needs_keys(self) -> bool:
        return self.hit_ratio is None

    def onward(self) -> dict[str, float] | None:
        return {self.origin: 1 - self.hit_ratio} if self.hit_ratio is not None else None

    def build(self, name: str, sim: Simulation) -> Cache:
        return (ChanceCache if self.hit_ratio is not None else KeyedCache)(name, sim, self)


class Cache(Component):
    hits = count("requests answered from the cache", better="higher")
    misses = count("requests not answered from the cache", better="lower")
    loads = count("calls to the origin", better="lower")
    hit_ratio = ratio("hits over all requests", "hits", "hits", "misses", better="higher")
    resting = "lookup"

    def __init__(self, name: str, sim: Simulation, spec: CacheSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._lookup = sim.needs.add(f"{name}.lookup", spec.lookup_time)
        self._looked_up = (self._look_up,)

    def connect(self, find: Find) -> None:
        (self._origin,) = find(self.spec.origin)

    def accept(self, call: Call) -> None:
        self.hold(call, call.request[self._lookup], self._looked_up)

    def _look_up(self, call: Call) -> None:
        raise NotImplementedError


class ChanceCache(Cache):
    """A cache of which nothing is known but its hit ratio."""

    def __init__(self, name: str, sim: Simulation, spec: CacheSpec) -> None:
        super().__init__(name, sim, spec)
        self._hit_ratio = spec.hit_ratio or 0.0
        self._luck = sim.needs.add(f"{name}.luck", Uniform())

    def _look_up(self, call: Call) -> None:
        if call.request[self._luck] < self._hit_ratio:
            self.hits += 1
            call.answer(OK)
        else:
            self.misses += 1
            self.loads += 1
            self._origin.accept(call)


class KeyedCache(Cache):
    """A cache with entries."""

    entries = level("entries held", better=None)
    expired = count("entries found too old", better="lower")
    evicted = count("entries that left for want of room", better="lower")
    coalesced = count("misses that waited for a load under way", better="higher")

    def __init__(self, name: str, sim: Simulation, spec: CacheSpec) -> None:
        super().__init__(name, sim, spec)
        self._capacity = spec.capacity or inf
        self._ttl_s = spec.ttl or inf
        self._slides = spec.ttl_from == "last_use"
        self._expires_s: dict[int, float] = {}
        self._order = spec.eviction.start()
        self._loading: dict[int, list[Call]] = {}
        self._leave = self._stop_waiting

    def _look_up(self, call: Call) -> None:
        key = call.key
        expires_s = self._expires_s.get(key)
        if expires_s is not None and self.sim.now < expires_s:
            self.hits += 1
            self._order.used(key)
            if self._slides:
                self._expires_s[key] = self.sim.now + self._ttl_s
            call.answer(OK)
            return
        self.misses += 1
        if expires_s is not None:
            self.expired += 1
            self._remove(key)
        if self.spec.coalesces:
            self._join_load(call)
        else:
            self.loads += 1
            call.return_to(self, None)
            self._origin.accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        """A load is back: of one request, or (``state``) for all who wait for it."""
        if outcome == OK:
            self._fill(call.key)
        if state is None:
            call.answer(outcome)
            return
        for waiting in self._loading.pop(call.key):
            if waiting.give_up is not None:  # else it gave up, maybe over the answer before
                waiting.give_up = None
                waiting.answer(outcome)

    def _join_load(self, call: Call) -> None:
        call.give_up = self._leave
        waiting = self._loading.get(call.key)
        if waiting is not None:
            self.coalesced += 1
            waiting.append(call)
            return
        self._loading[call.key] = [call]
        self.loads += 1
        load = Call(call.request, self, "load")
        self._origin.accept(load)

    def _stop_waiting(self, call: Call) -> None:
        """It stays in the list, without its ``give_up``: that is how it is told apart."""

    def _fill(self, key: int) -> None:
        now_s = self.sim.now
        expires_s = self._expires_s.get(key)
        if expires_s is None:
            if len(self._expires_s) >= self._capacity:
                self._evict()
            self.entries += 1
            self.entries_area -= now_s
        elif self.spec.fill == "add" and now_s < expires_s:
            return
        self._expires_s[key] = now_s + self._ttl_s
        self._order.added(key)

    def _evict(self) -> None:
        self.evicted += 1
        self._forget(self._order.victim())

    def _remove(self, key: int) -> None:
        self._order.removed(key)
        self._forget(key)

    def _forget(self, key: int) -> None:
        del self._expires_s[key]
        self.entries -= 1
        self.entries_area += self.sim.now

    def flush(self) -> None:
        """Lose every entry at once; loads under way go on."""
        for key in list(self._expires_s):
            self._remove(key)
