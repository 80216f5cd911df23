"""Breakers that count calls since some instant, as gobreaker does.

Closed, it counts until it opens, or begins anew after every ``interval``. It stays open for
``open_for``; the first call after that finds it half-open. Then ``half_open_calls`` may go on, in
all: as soon as so many in a row have been good it closes, the first bad one opens it again. With
each change of state and with each interval a new *generation* begins, and results of calls from
earlier ones are dropped.

What is asked decides: nothing happens until a call, or a result, comes.

Source: sony/gobreaker, ``gobreaker.go``.
"""

from __future__ import annotations

from math import inf

from pydantic import Field

from simulator.policies.breaking.base import (
    BAD,
    CLOSED,
    HALF_OPEN,
    IGNORED,
    OPEN,
    Breaker,
    BreakingPolicy,
)
from simulator.units import PositiveSeconds


class CountedPolicy(BreakingPolicy):
    """What policies that count calls have in common."""

    interval: PositiveSeconds | None = Field(
        None, description="time after which a closed breaker counts anew; never if not given"
    )
    open_for: PositiveSeconds = Field(60.0, description="time it stays open before it tests again")
    half_open_calls: int = Field(
        1, ge=1, description="calls let through to test, all of which must be good"
    )


class Counts:
    """What has come of the calls of a generation.

    Attributes:
        calls: let through, also those that are not back yet; without those that are ignored.
        successes, failures: those that were good and bad.
        successes_in_row, failures_in_row: the last of them.
    """

    __slots__ = ("calls", "failures", "failures_in_row", "successes", "successes_in_row")

    def __init__(self) -> None:
        self.calls = 0
        self.successes = 0
        self.failures = 0
        self.successes_in_row = 0
        self.failures_in_row = 0

    def good(self) -> None:
        """One was good."""
        self.successes += 1
        self.successes_in_row += 1
        self.failures_in_row = 0

    def bad(self) -> None:
        """One was bad."""
        self.failures += 1
        self.failures_in_row += 1
        self.successes_in_row = 0


class CountingBreaker(Breaker):
    """The memory of a circuit breaker that counts.

    Attributes:
        counts: of the generation.
    """

    def __init__(self, spec: CountedPolicy) -> None:
        super().__init__()
        self.counts = Counts()
        self._interval_s: float = spec.interval or inf
        self._open_for_s: float = spec.open_for
        self._permitted: int = spec.half_open_calls
        self._expires_s: float = self._interval_s

    def trips(self) -> bool:
        """Whether the counts, after a failure, open a closed breaker."""
        raise NotImplementedError

    def advance(self, now_s: float) -> int:
        """The state at present."""
        if now_s > self._expires_s:
            self._turn(CLOSED if self.state == CLOSED else HALF_OPEN, now_s)
        return self.state

    def admit(self, now_s: float) -> bool:
        state = self.advance(now_s)
        if state == OPEN or (state == HALF_OPEN and self.counts.calls >= self._permitted):
            return False
        self.counts.calls += 1
        return True

    def note(self, generation: int, verdict: int, lasted_s: float, now_s: float) -> None:
        state = self.advance(now_s)
        if generation != self.generation:
            return
        if verdict == IGNORED:
            self.counts.calls -= 1
        elif verdict == BAD:
            self.counts.bad()
            if state == HALF_OPEN or self.trips():
                self._turn(OPEN, now_s)
        else:
            self.counts.good()
            if state == HALF_OPEN and self.counts.successes_in_row >= self._permitted:
                self._turn(CLOSED, now_s)

    def _turn(self, state: int, now_s: float) -> None:
        """Begin a new generation."""
        self.state = state
        self.generation += 1
        self.counts = Counts()
        self._expires_s = inf
        if state == CLOSED:
            self._expires_s = now_s + self._interval_s
        elif state == OPEN:
            self._expires_s = now_s + self._open_for_s
