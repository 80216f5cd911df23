"""Open when too many of the latest calls fail or are slow, as resilience4j has it.

Closed, every result goes into a sliding window: of the last ``window_calls`` calls, or with
``window_time`` of the last seconds. As soon as it holds ``min_calls`` calls, the breaker opens if
the part of failures, or that of slow calls, is at least as large as allowed. After ``open_for`` it
is half-open: at once if it changes ``automatic``-ally, else with the next call. Then
``half_open_calls`` may go on, and once enough of them are back, the same two ratios decide over
them alone: open again, or closed. Unless ``max_half_open`` ends the wait, a call that is never
answered keeps it half-open for ever, and nothing passes any more.

A result counts in whichever state it comes back, also if the call went on in an earlier one: a
call of before the trouble, back after it, counts among those that test. A result that is ignored
gives the place of a test back.

Left out: waits in open state that grow with each failed test, a custom state after
``max_half_open`` (it opens), and the states that an operator forces.

Source: resilience4j 2, ``CircuitBreakerStateMachine``, ``CircuitBreakerMetrics`` and
``CircuitBreakerConfig`` (defaults).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Literal

from pydantic import Field

from simulator.policies.breaking.base import (
    BAD,
    CLOSED,
    HALF_OPEN,
    IGNORED,
    OPEN,
    Breaker,
    BreakingPolicy,
    breaking_policies,
)
from simulator.policies.breaking.sliding import LastCalls, LastSeconds, SlidingWindow
from simulator.units import PositiveSeconds, Ratio


@breaking_policies.register
class Window(BreakingPolicy):
    """Opens when too large a part of the latest calls fails or is slow (resilience4j)."""

    kind: Literal["window"] = "window"
    window_calls: int = Field(100, ge=1, description="calls in the window")
    window_time: PositiveSeconds | None = Field(
        None, description="instead: whole seconds of which all calls are in the window"
    )
    min_calls: int = Field(
        100, ge=1, description="calls that it takes to say anything, or as many as the window holds"
    )
    failure_ratio: Ratio = Field(0.5, gt=0, description="part of failures that opens it")
    slow_ratio: Ratio = Field(1.0, gt=0, description="part of slow calls that opens it")
    slow_after: PositiveSeconds = Field(60.0, description="a call that takes longer is slow")
    open_for: PositiveSeconds = Field(60.0, description="time it stays open before it tests again")
    automatic: bool = Field(
        False, description="whether it is half-open as soon as that is over, or with the next call"
    )
    half_open_calls: int = Field(10, ge=1, description="calls let through to test")
    max_half_open: PositiveSeconds | None = Field(
        None, description="longest time to test before it opens again; no limit if not given"
    )

    def contradictions(self) -> Iterator[str]:
        if self.window_time is not None and self.window_time != int(self.window_time):
            yield f"window_time ({self.window_time:g} s) must be whole seconds, 1 s or longer"

    def start(self) -> WindowBreaker:
        return WindowBreaker(self)


class WindowBreaker(Breaker):
    """The memory of a circuit breaker with a sliding window."""

    def __init__(self, spec: Window) -> None:
        super().__init__()
        self._failure_ratio: float = spec.failure_ratio
        self._slow_ratio: float = spec.slow_ratio
        self._slow_after_s: float = spec.slow_after
        self._open_for_s: float = spec.open_for
        self._automatic: bool = spec.automatic
        self._half_open_calls: int = spec.half_open_calls
        self._max_half_open_s: float = spec.max_half_open or inf
        self._window_calls: int = spec.window_calls
        self._window_seconds: int = int(spec.window_time or 0)
        self._least_calls: int = spec.min_calls
        self._opened_s: float = -inf
        self._permits: int = 0  # calls that may still go on to test
        self._window: SlidingWindow = LastCalls(1)
        self._min_calls: int = 1
        self._watch()

    def ratios(self) -> tuple[float, float] | None:
        """Parts of failures and of slow calls in the window; None while it holds too few calls."""
        window = self._window
        if window.calls < self._min_calls:
            return None
        return window.failures / window.calls, window.slow / window.calls

    def admit(self, now_s: float) -> bool:
        if self.state == CLOSED:
            return True
        if self.state == OPEN:
            if now_s <= self._opened_s + self._open_for_s:
                return False
            self._test(now_s)
        if self._permits == 0:
            return False
        self._permits -= 1
        return True

    def note(self, generation: int, verdict: int, lasted_s: float, now_s: float) -> None:
        if verdict == IGNORED:
            self._permits += self.state == HALF_OPEN
            return
        self._window.add(verdict == BAD, lasted_s > self._slow_after_s, now_s)
        if self.state == OPEN:
            return
        ratios = self.ratios()
        if ratios is None:
            return
        if ratios[0] >= self._failure_ratio or ratios[1] >= self._slow_ratio:
            self._open(now_s)
        elif self.state == HALF_OPEN:
            self._close()

    def wake(self, now_s: float) -> None:
        if self.state == OPEN:
            self._test(now_s)
        else:
            self._open(now_s)

    def _watch(self) -> None:
        """Begin a window of a closed breaker."""
        if self._window_seconds:
            self._window = LastSeconds(self._window_seconds)
            self._min_calls = self._least_calls
        else:
            self._window = LastCalls(self._window_calls)
            self._min_calls = min(self._least_calls, self._window_calls)

    def _close(self) -> None:
        self.state, self.alarm_s = CLOSED, inf
        self.generation += 1
        self._watch()

    def _open(self, now_s: float) -> None:
        """Let nothing through; what comes back still goes into the window, where all can see it."""
        self.state = OPEN
        self.generation += 1
        self._opened_s = now_s
        self.alarm_s = now_s + self._open_for_s if self._automatic else inf

    def _test(self, now_s: float) -> None:
        self.state = HALF_OPEN
        self.generation += 1
        self.alarm_s = now_s + self._max_half_open_s
        self._permits = self._half_open_calls
        self._window = LastCalls(self._half_open_calls)
        self._min_calls = min(self._least_calls, self._half_open_calls)
