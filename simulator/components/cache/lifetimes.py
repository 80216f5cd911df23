"""What a cache is told about the age of its entries, in the form in which it asks."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any

from simulator.components.cache.clock import Clock
from simulator.kernel import Simulation
from simulator.kernel.streams import Sampler, Uniform
from simulator.policies.expiry import Jitter

if TYPE_CHECKING:
    from simulator.components.cache import CacheSpec


class Lifetimes:
    """Times to live and what is allowed before and after they end, all in seconds.

    Attributes:
        slides: whether the time to live begins anew with every hit.
        stale_s: how long after its end an entry answers while it is refreshed.
        error_s: how long after its end an entry answers in place of a failed load; -inf for never.
        kept_s: how long after its end an entry is kept.
        negative_s: how long a failed load is remembered; 0 for not at all.
        is_due: whether a hit is to start a load; None for never.
        waits: whether that hit waits for the load.
        clock: by which dates of expiry are read, if it has ever been wrong.
        luck: place in a request of the draw that ``is_due`` is given.
    """

    def __init__(self, group: str, sim: Simulation, spec: CacheSpec) -> None:
        self.clock: Clock | None = None
        self.slides = spec.ttl_from == "last_use"
        self.stale_s = spec.stale_for or 0.0
        self.kept_s = max(self.stale_s, spec.stale_if_error or 0.0)
        self.negative_s = spec.negative_ttl or 0.0
        early = spec.early_refresh
        self.is_due = early.start() if early is not None else None
        self.waits = early is not None and early.waits
        self.luck = sim.needs.add(f"{group}.refresh", Uniform()) if early is not None else 0
        self.error_s = -inf
        if spec.stale_if_error is not None:
            self.error_s = spec.stale_if_error
        elif self.waits:
            self.error_s = 0.0  # who waits for an early load has a good answer in hand
        self.drawn: Sampler | None = spec.ttl_distribution
        if spec.ttl_jitter:
            self.drawn = Jitter(spec.ttl or inf, spec.ttl_jitter)
        self._ttl_s = spec.ttl or inf
        self._need = sim.needs.add(f"{group}.ttl", self.drawn) if self.drawn is not None else 0

    def minds_hits(self) -> bool:
        """Whether a hit does anything to the entry."""
        return self.slides or self.is_due is not None

    def ttl_s(self, request: tuple[Any, ...]) -> float:
        """How long what is filled for a request lives."""
        return request[self._need] if self._need else self._ttl_s

    def warm_ttl_s(self, stream: str, sim: Simulation) -> Callable[[], float]:
        """Draws of times to live of entries that no request has filled."""
        if self.drawn is not None:
            return sim.draws(stream, self.drawn)
        ttl_s = self._ttl_s
        return lambda: ttl_s
