"""A limit that grows by one and shrinks by a part."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simulator.policies.concurrency.adaptive import AdaptivePolicy
from simulator.policies.concurrency.base import Limit, Uniforms, concurrency_policies
from simulator.units import PositiveSeconds

Backoff = Annotated[float, Field(ge=0.5, lt=1)]


@concurrency_policies.register
class Aimd(AdaptivePolicy):
    """One more with each call that goes well, a tenth less with each that does not.

    As TCP's congestion window (additive increase, multiplicative decrease). A call that is dropped,
    or takes longer than ``timeout``, shrinks the limit; any other lets it grow, as long as at least
    half of it is in use. It knows of trouble by its victims only.

    Source: Netflix/concurrency-limits, ``AIMDLimit``.
    """

    kind: Literal["aimd"] = "aimd"
    least: int = Field(20, ge=1, description="smallest limit")
    backoff: Backoff = Field(0.9, description="what is left of the limit after a bad call")
    timeout: PositiveSeconds = Field(5.0, description="a call that takes longer counts as dropped")

    def adapting(self, uniform: Uniforms) -> AimdLimit:
        return AimdLimit(self)


class AimdLimit(Limit):
    """Grows by one, and shrinks by a part."""

    def __init__(self, spec: Aimd) -> None:
        super().__init__(spec.initial)
        self._least: int = spec.least
        self._most: int = spec.most
        self._backoff: float = spec.backoff
        self._timeout_s: float = spec.timeout

    def learn(self, took_s: float, outstanding: int, is_dropped: bool, now_s: float) -> None:
        limit = self.limit
        if is_dropped or took_s > self._timeout_s:
            limit = int(limit * self._backoff)
        elif outstanding * 2 >= limit:
            limit += 1
        self.limit = min(self._most, max(self._least, limit))
