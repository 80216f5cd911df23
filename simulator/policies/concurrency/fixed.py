"""A limit that never changes: a bulkhead."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.concurrency.base import (
    ConcurrencyPolicy,
    Limit,
    Uniforms,
    concurrency_policies,
)

MOST_CALLS = 1_000_000


@concurrency_policies.register
class Fixed(ConcurrencyPolicy):
    """The same limit for ever, found by somebody on some day (a bulkhead).

    Source: resilience4j, ``BulkheadConfig`` (25 calls).
    """

    kind: Literal["fixed"] = "fixed"
    limit: int = Field(25, ge=1, le=MOST_CALLS, description="calls under way at a time")

    def start(self, uniform: Uniforms) -> FixedLimit:
        return FixedLimit(self.limit)


class FixedLimit(Limit):
    """Stays as it is."""

    def learn(self, took_s: float, outstanding: int, is_dropped: bool, now_s: float) -> None:
        """There is nothing to learn."""
