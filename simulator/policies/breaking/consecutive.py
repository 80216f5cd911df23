"""Open after so many failures in a row."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.breaking.base import breaking_policies
from simulator.policies.breaking.counted import CountedPolicy, CountingBreaker


@breaking_policies.register
class Consecutive(CountedPolicy):
    """Opens after so many failures in a row; the defaults are gobreaker's.

    One success among many failures starts the count anew: it sees that something is gone, and not
    that half of all calls fail.
    """

    kind: Literal["consecutive"] = "consecutive"
    failures: int = Field(6, ge=1, description="failures in a row that open it")

    def start(self) -> ConsecutiveBreaker:
        return ConsecutiveBreaker(self)


class ConsecutiveBreaker(CountingBreaker):
    """Opens after so many failures in a row."""

    def __init__(self, spec: Consecutive) -> None:
        super().__init__(spec)
        self._failures: int = spec.failures

    def trips(self) -> bool:
        return self.counts.failures_in_row >= self._failures
