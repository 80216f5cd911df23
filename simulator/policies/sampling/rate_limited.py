"""Rate-limited sampling: so many traces a second, whatever comes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.limiting import Limiter, TokenBucket
from simulator.policies.sampling.base import Sampler, SamplingPolicy, sampling_policies
from simulator.units import PerSecond


@sampling_policies.register
class RateLimited(SamplingPolicy):
    """The first requests that come, up to a rate; each class of requests may have its own.

    The volume is bounded, and services with few requests are seen at all. When there is much to do,
    the part that is kept becomes small.

    Source: Jaeger, "Sampling" (sampler ``ratelimiting``, per service).
    """

    kind: Literal["rate_limited"] = "rate_limited"
    rate: PerSecond = Field(description="traces kept in the long run")
    burst: float = Field(1.0, ge=1, le=1e9, description="traces kept back to back")
    per: Literal["all", "class"] = Field(
        "all", description="what has a rate of its own: all requests together, or each class"
    )

    def start(self) -> Sampler:
        return RateLimitedSampler(self)


class RateLimitedSampler(Sampler):
    """The token buckets of the classes seen so far."""

    def __init__(self, spec: RateLimited) -> None:
        self._bucket = TokenBucket(rate=spec.rate, burst=spec.burst)
        self._is_by_class = spec.per == "class"
        self._limiters: dict[int, Limiter] = {}

    def records(self, number: int, request_class: int, now_s: float) -> bool:
        of = request_class if self._is_by_class else 0
        limiter = self._limiters.get(of)
        if limiter is None:
            limiter = self._limiters[of] = self._bucket.start()
        return limiter.reserve(now_s) == 0
