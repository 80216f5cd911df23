"""Token bucket: a rate in the long run, and bursts of what was saved up."""

from __future__ import annotations

from math import inf
from typing import Literal

from pydantic import Field

from simulator.policies.limiting.base import Limiter, LimitingPolicy, limiting_policies
from simulator.units import PerSecond

ROUNDING = 1e-9  # tokens: ten times what trickles in during a tenth of a second is a whole one


@limiting_policies.register
class TokenBucket(LimitingPolicy):
    """A bucket gains tokens at the ``rate``, holds ``burst`` at most, and each call takes one.

    In any time T no more than burst + rate T calls pass. The bucket is full at first. A call that
    may wait takes its token in advance, so that the bucket owes tokens for a while, as with
    ``Reserve`` and ``Wait`` in Go.

    Source: package ``golang.org/x/time/rate``.
    """

    kind: Literal["token_bucket"] = "token_bucket"
    rate: PerSecond = Field(description="calls let through in the long run")
    burst: float = Field(1.0, ge=1, le=1e9, description="most calls that pass at once, when full")

    def start(self) -> TokenLimiter:
        return TokenLimiter(self.rate, self.burst)

    def part(self, of: int, place: int) -> TokenBucket:
        return TokenBucket(rate=self.rate / of, burst=self.burst / of)

    def most_parts(self) -> int:
        return int(self.burst)


class TokenLimiter(Limiter):
    """A bucket and when it was looked at last; fewer than no tokens are owed."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at_s = 0.0

    def tokens(self, now_s: float) -> float:
        """How many there are; below 0, how many are owed."""
        return min(self._burst, self._tokens + (now_s - self._at_s) * self._rate)

    def wait_s(self, now_s: float, calls: int = 1) -> float:
        if calls > self._burst + ROUNDING:
            return inf
        missing = calls - self.tokens(now_s)
        return missing / self._rate if missing > ROUNDING else 0.0

    def book(self, at_s: float, calls: int = 1) -> None:
        if at_s > self._at_s:
            self._tokens = self.tokens(at_s)
            self._at_s = at_s
        self._tokens -= calls

    def copy(self) -> TokenLimiter:
        other = TokenLimiter(self._rate, self._burst)
        other._tokens = self._tokens
        other._at_s = self._at_s
        return other
