"""Retry throttling as gRPC has it: no retries while many tries fail."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.retrying.budget import Budget, Clock, RetryBudget, budgets

THOUSANDTHS = 1000  # of a token; gRPC heeds no finer ratio


@budgets.register
class GrpcThrottle(RetryBudget):
    """Retries stop while half of the tokens or more are gone, which failed tries take away.

    A try that fails takes a token, one that is answered ok gives back a part of one; a retry costs
    nothing by itself. Failures are the outcomes after which the client tries again. Once more than
    ratio / (1 + ratio) of all tries fail, the tokens run out.

    Source: gRPC proposal A6, "Client Retries", section "Throttling retry attempts and hedged RPCs".
    """

    kind: Literal["grpc"] = "grpc"
    max_tokens: float = Field(10.0, gt=0, le=1000, description="tokens at first, and at most")
    token_ratio: float = Field(
        0.1, gt=0, le=1000, description="tokens that an ok answer gives back, to three digits"
    )

    def start(self, now: Clock) -> Budget:
        return _Tokens(round(self.max_tokens * THOUSANDTHS), round(self.token_ratio * THOUSANDTHS))

    def learns(self) -> bool:
        return True


class _Tokens(Budget):
    """Counts in whole thousandths, so that ten tenths are one."""

    def __init__(self, most: int, gives: int) -> None:
        self._most = most
        self._gives = gives
        self.thousandths = most

    def answered(self, is_ok: bool) -> None:
        if is_ok:
            self.thousandths = min(self._most, self.thousandths + self._gives)
        else:
            self.thousandths = max(0, self.thousandths - THOUSANDTHS)

    def spend(self) -> bool:
        return 2 * self.thousandths > self._most
