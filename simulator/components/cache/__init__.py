"""Cache: answers what it holds, asks its origin for the rest.

Either a plain chance (``hit_ratio``), where nothing needs to be said about keys, or real entries by
key with a ``capacity``, a ``ttl`` or both. A miss goes to the origin; an ok answer fills the cache.
The origin may be a cache as well (tiers), and a cache may have ``replicas`` behind a balancer, each
with entries of its own.

Without ``coalesces`` every miss goes to the origin, also while the same key is being loaded: when a
popular entry expires, all requests until the first load is back become loads (a stampede). With it
there is one load for each key, which belongs to no request in particular, so that it goes on when
one of those who wait gives up; they are all answered when it is back. A load that is never
answered holds its key up for ever: put a client with a timeout before an origin that may hang.

The time to live counts from the fill, or (``ttl_from: last_use``) anew from every hit; with
``ttl_jitter`` or ``ttl_distribution`` each fill draws its own. ``fill: set`` restarts it with every
load that comes back, ``fill: add`` only if the entry is not there or has expired (the two commands
of memcached). Before the end an entry may be loaded again (``early_refresh``); after it the entry
may go on answering for a while, as long as one load of it is under way in the background
(``stale_for``), or only in place of a load that came to nothing (``stale_if_error``). A load that
comes to nothing, other than by being canceled, may be remembered (``negative_ttl``): requests for
its key fail at once meanwhile, or are answered with an old entry where that is allowed.

Requests whose class writes pass a cache with a plain hit ratio. One with entries does what
``writes`` says. ``around``: the origin is written, the entry stays as it is. ``invalidate``: it is
removed when the origin has answered ok. ``through``: it is filled then. ``back``: the entry alone
is written and the request answered; the origin gets the last write of the entry after
``flush_after``, when it is evicted or when it is found too old. Whatever it has not got is lost
with a flush of the cache. A write-back that fails is tried again after ``flush_after``, as long as
the entry is there. A write holds from the instant of its ok answer, and a load brings what holds
when it is answered; replicas know of one another's writes when hits on outdated entries are
counted, though not when they answer.

An entry has an age, which its cache counts, or a date of expiry, which its origin has written and
the cache reads by its own clock (``expires_by``): only then does a wrong clock matter.

A cache may begin ``warm``, with the most popular keys; what is left of their time to live is then
spread evenly if it counts from the fill, as it would be after a long time. Such entries have not
been loaded, so that ``xfetch`` knows no load time for them.

Left out: sizes of entries, the network to the cache, outages (a flush is a restart that takes no
time), messages that invalidate entries elsewhere, the room that remembered failures take, versions
of what lies behind an origin that is a cache.

Source: for stale answers, RFC 5861; for remembered failures, RFC 2308, section 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.components.cache.chance import ChanceCache, WritableChanceCache
from simulator.components.cache.keyed import KeyedCache
from simulator.components.cache.plain import Cache
from simulator.components.cache.warmth import Warm, warm_keys
from simulator.components.cache.writable import WritableCache
from simulator.distributions import Time
from simulator.distributions.parametric import Constant
from simulator.kernel import ComponentSpec, Ref, RequestClass, Simulation, components
from simulator.kernel.wiring import replicas_of
from simulator.policies.eviction import EvictionPolicy, Lru, eviction_policies
from simulator.policies.expiry import RefreshPolicy, refresh_policies
from simulator.units import PositiveSeconds, Ratio

__all__ = [
    "Cache",
    "CacheSpec",
    "ChanceCache",
    "KeyedCache",
    "WritableCache",
    "WritableChanceCache",
]


@components.register
class CacheSpec(ComponentSpec):
    """Holds answers, by a plain hit ratio or by key."""

    kind: Literal["cache"] = "cache"
    origin: Ref = Field(description="where misses go")
    replicas: int = Field(1, ge=1, le=10_000, description="equal copies, each with its own entries")
    lookup_time: Time = Field(Constant(value=0.0), description="time to look, hit or miss")
    hit_ratio: Ratio | None = Field(None, description="plain chance of a hit, without keys")
    capacity: int | None = Field(None, ge=1, description="entries held; no limit if not given")
    eviction: Annotated[EvictionPolicy, eviction_policies] = Field(
        Lru(), description="which entry leaves a full cache"
    )
    ttl: PositiveSeconds | None = Field(None, description="time to live; for ever if not given")
    ttl_jitter: Ratio = Field(
        0.0, description="spread: each fill lives for ttl times a factor uniform on 1 ± jitter"
    )
    ttl_distribution: Time | None = Field(
        None, description="in place of ttl: each fill draws its time to live from it"
    )
    ttl_from: Literal["fill", "last_use"] = Field(
        "fill", description="when the time to live begins: with the fill, or anew with every hit"
    )
    expires_by: Literal["age", "date"] = Field(
        "age",
        description="whether it counts the time to live itself (max-age), or reads by its own "
        "clock the date that its origin wrote on the entry (Expires)",
    )
    coalesces: bool = Field(
        False, description="whether requests for a key that is being loaded wait for that load"
    )
    fill: Literal["set", "add"] = Field(
        "set", description="whether a load that comes back restarts the time to live of an entry"
    )
    early_refresh: Annotated[RefreshPolicy, refresh_policies] | None = Field(
        None, description="which hits load an entry again before it expires"
    )
    stale_for: PositiveSeconds | None = Field(
        None, description="time after its expiry that an entry answers while one load refreshes it"
    )
    stale_if_error: PositiveSeconds | None = Field(
        None, description="time after its expiry that an entry answers in place of a failed load"
    )
    negative_ttl: PositiveSeconds | None = Field(
        None, description="time that a failed load is remembered and not tried again"
    )
    writes: Literal["around", "invalidate", "through", "back"] = Field(
        "invalidate", description="what becomes of an entry when its key is written"
    )
    flush_after: PositiveSeconds | None = Field(
        None, description="with back, time from an entry's first write to that of the origin"
    )
    warm: Warm = Field(
        False,
        description="begin with the most popular keys: true for as many as fit, a number of keys, "
        "or a share such as 50% of capacity, or of all keys",
    )

    suffers = frozenset({"cache_flush", "clock_skew"})

    def contradictions(self) -> Iterator[str]:
        yield from self._objections_to_its_kind()
        yield from self._objections_to_expiry()
        yield from self._objections_to_refreshing()
        yield from self._objections_to_writing()

    def _objections_to_its_kind(self) -> Iterator[str]:
        if self.hit_ratio is not None:
            fields = type(self).model_fields
            wrong = [name for name in OF_ENTRIES if getattr(self, name) != fields[name].default]
            if wrong:
                yield f"hit_ratio has no keys: leave out {', '.join(wrong)}"
        elif self.capacity is None and self.lives_for_ever:
            yield "give hit_ratio, or capacity, ttl or both"

    def _objections_to_expiry(self) -> Iterator[str]:
        if self.ttl is not None and self.ttl_distribution is not None:
            yield "ttl_distribution is in place of ttl: give one of them"
        wrong = [name for name in OF_EXPIRY if getattr(self, name)]
        if wrong and self.lives_for_ever:
            yield f"entries live for ever without ttl: give it, or leave out {wrong[0]}"
        if self.expires_by == "date" and (self.lives_for_ever or self.ttl_from == "last_use"):
            yield "expires_by: date needs ttl, and ttl_from: fill"
        if self.ttl_jitter and self.ttl is None:
            yield "ttl_jitter spreads ttl; a ttl_distribution has its own spread"
        if self.ttl_distribution is not None and self.ttl_distribution.average() <= 0:
            yield "ttl_distribution must have a mean greater than 0 s"

    def _objections_to_refreshing(self) -> Iterator[str]:
        if self.early_refresh is not None and self.ttl_from == "last_use":
            yield "early_refresh needs ttl_from: fill; with last_use every hit puts the end off"
        if self.early_refresh is not None and self.fill == "add":
            yield "early_refresh needs fill: set; add leaves an entry that is still good as it is"

    def _objections_to_writing(self) -> Iterator[str]:
        if self.flush_after is not None and self.writes != "back":
            yield "flush_after goes with writes: back"
        if self.writes == "back" and self.flush_after is None and self.capacity is None:
            yield "writes: back needs flush_after or capacity, else the origin is never written"
        if self.flush_after is not None and self.ttl is not None and self.flush_after >= self.ttl:
            yield f"flush_after ({self.flush_after:g} s) must be less than ttl ({self.ttl:g} s)"

    @property
    def lives_for_ever(self) -> bool:
        """Whether entries have no time to live."""
        return self.ttl is None and self.ttl_distribution is None

    def keys_held(self, known: int, anew: bool = False) -> int:
        """How many of the known keys it begins with; if it begins anew, it is warm in any case.

        Here and not in the cache, because compiled code would take ``warm: true`` for the number 1.
        """
        return warm_keys(self.warm or anew, self.capacity, known)

    def instances(self, name: str) -> list[str]:
        return replicas_of(name, self.replicas)

    def can_have(self, fault: str) -> bool:
        if self.hit_ratio is not None or (fault == "clock_skew" and self.expires_by == "age"):
            return False  # a plain chance has no entries, and an age needs no clock to agree with
        return super().can_have(fault)

    def needs_keys(self) -> str:
        if self.hit_ratio is not None:
            return ""
        return "holds entries by key; give workload.keys, or a plain hit_ratio"

    def onward(self) -> dict[str, float] | None:
        return {self.origin: 1 - self.hit_ratio} if self.hit_ratio is not None else None

    def onward_of(
        self, request_class: RequestClass, members: Mapping[str, list[str]]
    ) -> dict[str, float] | None:
        if request_class.writes and self.writes != "back":
            return {self.origin: 1.0}
        return self.onward()

    def freed(self) -> dict[str, Any]:
        return {"lookup_time": 0.0}

    def build(self, name: str, sim: Simulation) -> Cache:
        is_written = any(each.writes for each in sim.needs.classes)
        if self.hit_ratio is not None:
            return (WritableChanceCache if is_written else ChanceCache)(name, sim, self)
        return (WritableCache if is_written else KeyedCache)(name, sim, self)


OF_EXPIRY = ("ttl_jitter", "early_refresh", "stale_for", "stale_if_error")
OF_ENTRIES = (
    "capacity",
    "eviction",
    "ttl",
    "ttl_distribution",
    "ttl_from",
    "expires_by",
    "coalesces",
    "fill",
    *OF_EXPIRY,
    "negative_ttl",
    "writes",
    "flush_after",
    "warm",
)
