"""The retry budget of Finagle: a part of recent calls, and a few a second in any case."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.retrying.budget import Budget, Clock, RetryBudget, budgets
from simulator.policies.rolling import RollingSum
from simulator.units import PositiveSeconds

SCALE = 1000  # of a call's worth, so that all amounts are whole
SLICES = 10  # of the time to live


@budgets.register
class FinagleBudget(RetryBudget):
    """Retries are a part of the calls of the last seconds, on top of a minimum for quiet times.

    What calls earn expires after about ``ttl``, and so does what retries have cost: a budget that
    was not needed is not saved up for the day when it does harm.

    Source: Finagle, ``RetryBudget`` and its defaults; its time to live is kept in tenths.
    """

    kind: Literal["finagle"] = "finagle"
    ttl: PositiveSeconds = Field(
        10.0, ge=1, le=60, description="how long what a call has earned can be spent"
    )
    min_retries_per_s: int = Field(
        10, ge=0, description="retries allowed each second for which no call has to pay"
    )
    percent_can_retry: float = Field(
        0.2, ge=0, le=1000, description="retries that each call pays for: 0.2 means every fifth"
    )

    def start(self, now: Clock) -> Budget:
        is_paid = self.percent_can_retry > 0
        costs = int(SCALE / self.percent_can_retry) if is_paid else 1
        reserve = self.min_retries_per_s * int(self.ttl) * costs
        return _Deposits(RollingSum(self.ttl, SLICES, now), SCALE if is_paid else 0, costs, reserve)


class _Deposits(Budget):
    """What calls have paid in and retries have taken out while it counted.

    Args:
        balance: of the last while.
        earns: what a call pays in.
        costs: what a retry takes out.
        reserve: that may be taken out beyond the balance.
    """

    def __init__(self, balance: RollingSum, earns: int, costs: int, reserve: int) -> None:
        self._balance = balance
        self._earns = earns
        self._costs = costs
        self._reserve = reserve

    def earn(self) -> None:
        self._balance.add(self._earns)

    def spend(self) -> bool:
        if self._balance.total() + self._reserve < self._costs:
            return False
        self._balance.add(-self._costs)
        return True
