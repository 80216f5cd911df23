"""A retry budget that grows with time."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.retrying.budget import Budget, Clock, RetryBudget, budgets
from simulator.units import PerSecond


@budgets.register
class TokenBucketBudget(RetryBudget):
    """So many retries a second, however many calls there are: a token bucket.

    It keeps a small service with much traffic as safe as one with little, and must be set anew when
    traffic grows. Source: Brooker, "Timeouts, retries and backoff with jitter", Amazon Builders'
    Library, 2019.
    """

    kind: Literal["token_bucket"] = "token_bucket"
    rate: PerSecond = Field(description="retries allowed each second, in the long run")
    burst: float = Field(10.0, ge=1, description="retries saved up at most; the budget starts full")

    def start(self, now: Clock) -> Budget:
        return _TokenBucket(self.rate, self.burst, now)


class _TokenBucket(Budget):
    def __init__(self, rate: float, burst: float, now: Clock) -> None:
        self._rate = rate
        self._burst = burst
        self._now = now
        self._tokens = burst
        self._filled_s = now()  # when tokens were counted last

    def spend(self) -> bool:
        now_s = self._now()
        gained = (now_s - self._filled_s) * self._rate
        self._tokens = min(self._burst, self._tokens + gained)
        self._filled_s = now_s
        if self._tokens < 1 - ROUNDING:
            return False
        self._tokens -= 1
        return True


ROUNDING = 1e-9  # of a token: what has been gained in full may have been gained in many parts
