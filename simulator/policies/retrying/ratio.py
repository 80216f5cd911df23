"""A retry budget that grows with the number of first tries."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.retrying.budget import Budget, Clock, RetryBudget, budgets
from simulator.units import Ratio


@budgets.register
class RatioBudget(RetryBudget):
    """Retries are a fixed part of first tries: amplification stays below 1 + ratio.

    Source: Beyer et al., *Site Reliability Engineering*, 2016, chapter "Handling Overload" (a
    client's retry budget of 10 %).
    """

    kind: Literal["ratio"] = "ratio"
    ratio: Ratio = Field(0.1, description="retries allowed for each first try, in the long run")
    burst: float = Field(10.0, ge=1, description="retries saved up at most; the budget starts full")

    def start(self, now: Clock) -> Budget:
        return TokenPurse(self.ratio, self.burst)


class TokenPurse(Budget):
    """Tokens that first tries earn and retries spend.

    Args:
        earns: tokens gained by a first try.
        most: tokens the purse can hold; it starts full.
    """

    def __init__(self, earns: float, most: float) -> None:
        self._earns = earns
        self._most = most
        self._tokens = most

    def earn(self) -> None:
        self._tokens = min(self._most, self._tokens + self._earns)

    def spend(self) -> bool:
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
