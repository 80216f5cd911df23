"""Concurrency limiter: lets a bounded number of calls be under way at a time.

With a ``fixed`` policy it is a bulkhead: what goes wrong behind it can hold that many of the
caller's workers, and no more. The other policies move the limit, going by how long calls take and
what becomes of them, to find what the backend can do at present.

A call over the limit is rejected at once, or waits for at most ``max_wait``, in order of arrival,
and is rejected then. Outcomes in ``drops`` tell the policy of overload; other calls that are not ok
say nothing of it, nor do those that are taken back.

``share_by_class`` guarantees a part of the limit to request classes: where there is room a class
may take more than its part; beyond the limit a call still goes on if its class has less under way
than its part, which at any limit is one call at least. Classes without a part get what is left.

Left out: priorities among those that wait, limits shared between several callers, calls that count
more than others, and thread pools as bulkheads, whose queue is a ``server``'s.

Source: Netflix/concurrency-limits (``AbstractLimiter``, ``AbstractPartitionedLimiter``);
resilience4j, ``Bulkhead``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from math import ceil
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.kernel import (
    FAILED,
    OK,
    REJECTED,
    TIMED_OUT,
    Call,
    Component,
    ComponentSpec,
    Find,
    Ref,
    Simulation,
    Timer,
    components,
    count,
    level,
    ratio,
    samples,
)
from simulator.kernel.patience import LAST
from simulator.policies.concurrency import (
    MOST_CALLS,
    ConcurrencyPolicy,
    Fixed,
    concurrency_policies,
)
from simulator.units import Ratio, Seconds

Dropped = Literal["rejected", "timed_out", "failed"]
ROUNDING = 1e-9  # of the sum of shares


@components.register
class ConcurrencyLimiterSpec(ComponentSpec):
    """Bounds the calls under way, by a limit that is fixed or finds itself."""

    kind: Literal["concurrency_limiter"] = "concurrency_limiter"
    next: Ref = Field(description="where calls go that may go on")
    policy: Annotated[ConcurrencyPolicy, concurrency_policies] = Field(
        Fixed(), description="how many calls may be under way at a time"
    )
    max_wait: Seconds = Field(
        0.0, description="longest a call over the limit waits; rejected at once if 0"
    )
    drops: tuple[Dropped, ...] = Field(
        ("rejected", "timed_out"), description="outcomes that tell the policy of overload"
    )
    share_by_class: dict[str, Ratio] = Field(
        {}, description="request class -> part of the limit that is guaranteed to it"
    )

    def contradictions(self) -> Iterator[str]:
        total = sum(self.share_by_class.values())
        if total > 1 + ROUNDING:
            yield f"share_by_class adds up to {total:g}; must be at most 1"
        if self.share_by_class and self.max_wait:
            yield "max_wait does not go with share_by_class: shares refuse at once"

    def freed(self) -> dict[str, Any]:
        unlimited = {"kind": "fixed", "limit": MOST_CALLS}
        return {"policy": unlimited, "max_wait": 0.0, "share_by_class": {}}

    def onward(self) -> None:
        """What it lets through depends on how busy those behind are; else it would not be there."""

    def build(self, name: str, sim: Simulation) -> ConcurrencyLimiter:
        if self.share_by_class:
            return SharedLimiter(name, sim, self)
        return ConcurrencyLimiter(name, sim, self)


class ConcurrencyLimiter(Component):
    admitted = count("calls let through")
    rejected = count("calls refused, at once or after they had waited", better="lower")
    outstanding = level("calls under way", peaks=True)
    limit = level("calls that may be under way at a time", peaks=True)
    queued = level("calls waiting to go on", better="lower", peaks=True)
    wait_s = samples("time that a call which went on had waited")
    took_s = samples("time from when a call went on until it was answered")
    rejected_ratio = ratio(
        "part of the calls refused", "rejected", "rejected", "admitted", better="lower"
    )

    def __init__(self, name: str, sim: Simulation, spec: ConcurrencyLimiterSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._policy = spec.policy.start(sim.uniforms(f"{name}.limit"))
        self._max_wait_s: float = spec.max_wait
        self._drops = frozenset(_CODES[outcome] for outcome in spec.drops)
        self._line: deque[_Place] = deque()
        self._timer = Timer()
        self._ring_due = (self._ring,)
        self._is_watching = False
        self._is_releasing = False
        self.limit = self.limit_peak = self._policy.limit

    def connect(self, find: Find) -> None:
        (self._next,) = find(self.spec.next)

    def probe(self, call: Call) -> None:
        self._next.probe(call)

    def accept(self, call: Call) -> None:
        if self.outstanding < self._policy.limit:
            self._admit(call, 0.0)
        elif self._max_wait_s > 0:
            self._enqueue(call)
        else:
            self.rejected += 1
            call.answer(REJECTED)

    def _admit(self, call: Call, waited_s: float) -> None:
        now_s = self.sim.now
        self.admitted += 1
        self.outstanding += 1
        self.outstanding_area -= now_s
        if self.outstanding > self.outstanding_peak:
            self.outstanding_peak = self.outstanding
        self.wait_s.append(waited_s)
        call.back = (self, (now_s, self.outstanding), call.back)
        self._next.accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        now_s = self.sim.now
        began: tuple[float, int] = state
        self.outstanding -= 1
        self.outstanding_area += now_s
        self._learn(outcome, now_s - began[0], began[1], now_s)
        if self._line and not self._is_releasing:
            self._release()
        call.answer(outcome)

    def _learn(self, outcome: int, took_s: float, outstanding: int, now_s: float) -> None:
        """Tell the policy, and take in the limit that it finds."""
        self.took_s.append(took_s)
        policy = self._policy
        is_dropped = outcome in self._drops
        if is_dropped or outcome == OK:
            policy.learn(took_s, outstanding, is_dropped, now_s)
            if policy.limit != self.limit:
                self.limit_area -= (policy.limit - self.limit) * now_s
                self.limit = policy.limit
                if self.limit > self.limit_peak:
                    self.limit_peak = self.limit

    # Those that wait

    def _enqueue(self, call: Call) -> None:
        now_s = self.sim.now
        self.queued += 1
        self.queued_area -= now_s
        if self.queued > self.queued_peak:
            self.queued_peak = self.queued
        call.since_s = now_s
        call.give_up = self._leave
        call.memo = place = _Place(call, now_s + self._max_wait_s)
        self._line.append(place)
        if not self._is_watching:
            self._is_watching = True
            self.hold(self._timer, self._max_wait_s, self._ring_due, LAST)

    def _leave(self, call: Call) -> None:
        """Let go of a call that waits; its place is passed over."""
        self.queued -= 1
        self.queued_area += self.sim.now
        call.memo.call = None
        call.memo = None

    def _release(self) -> None:
        """Let go on whoever may by now.

        One loop lets all of them go, also if they are answered within it: else a long line before a
        backend that refuses would be as deep as it is long.
        """
        self._is_releasing = True
        while self._line and self.outstanding < self._policy.limit:
            call = self._line.popleft().call
            if call is not None:
                call.give_up = None
                self._leave(call)
                self._admit(call, self.sim.now - call.since_s)
        self._is_releasing = False

    def _ring(self, timer: Any) -> None:
        """Refuse those who have waited for too long."""
        while self._line:
            place = self._line[0]
            if place.call is not None and place.due_s > self.sim.now:
                self.hold(self._timer, place.due_s - self.sim.now, self._ring_due, LAST)
                return
            self._line.popleft()
            if place.call is not None:
                call = place.call
                self._leave(call)
                self.rejected += 1
                self.drop(call, REJECTED)
        self._is_watching = False


class _Place:
    """A place in the line.

    Attributes:
        call: that waits there; None once it has left.
        due_s: until when it waits.
    """

    __slots__ = ("call", "due_s")

    def __init__(self, call: Call, due_s: float) -> None:
        self.call: Call | None = call
        self.due_s = due_s


class SharedLimiter(ConcurrencyLimiter):
    """A limiter that guarantees parts of its limit to some request classes."""

    def __init__(self, name: str, sim: Simulation, spec: ConcurrencyLimiterSpec) -> None:
        super().__init__(name, sim, spec)
        self._shares: list[float] = [
            spec.share_by_class.get(each.name, 0.0) for each in sim.needs.classes
        ]
        first = {each.name: i for i, each in reversed([*enumerate(sim.needs.classes)])}
        self._part: list[int] = [first[each.name] for each in sim.needs.classes]
        self._under_way: list[int] = [0] * len(self._part)

    def accept(self, call: Call) -> None:
        part = self._part[call.request_class]
        if self.outstanding >= self._policy.limit and self._under_way[part] >= self._due(part):
            self.rejected += 1
            call.answer(REJECTED)
            return
        self._under_way[part] += 1
        self._admit(call, 0.0)

    def _due(self, part: int) -> int:
        """Calls that a class may have under way whatever others have."""
        share = self._shares[part]
        return max(1, ceil(self._policy.limit * share)) if share > 0 else 0

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        self._under_way[self._part[call.request_class]] -= 1
        super().returned(call, outcome, state)


_CODES = {"rejected": REJECTED, "timed_out": TIMED_OUT, "failed": FAILED}
