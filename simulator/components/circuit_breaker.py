"""Circuit breaker: refuses calls for a while, once too many of them have come to nothing.

A call that it refuses is answered at once, rejected, and costs the caller nothing: no worker waits
for it, and whoever is behind has time to recover. When it opens and when it tests whether all is
well again is a matter of its policy. What counts as failure is said here: outcomes in
``failures``; those in ``ignored`` count as if the call had not been made, and all others as
success. By default a call that its caller takes back says nothing.

It learns of a call when that is answered, and not before. Calls under way when it opens are left
to themselves, and their late results are the policy's business. A call that hangs for ever says
nothing at all: have a client with a timeout behind the breaker, or let slow calls count. State
changes that are due some time are made with the next call or result, unless the policy has them
made by themselves; what is measured is the state that it is really in.

One breaker knows one state for all that is called through it. Behind it may be one replica, a
group behind a balancer, or a whole service of which only a part is ill; where that is to matter,
give each part a breaker of its own.

Left out: state shared between several callers, states that an operator forces, and failures told
from other answers by their content.

Source: Nygard, *Release It!*, 2nd ed., 2018, chapter "Stability Patterns"; the policies follow
gobreaker and resilience4j.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from math import inf
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.kernel import (
    CANCELED,
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
    components,
    count,
    level,
    ratio,
)
from simulator.policies.breaking import (
    BAD,
    CLOSED,
    GOOD,
    HALF_OPEN,
    IGNORED,
    OPEN,
    BreakingPolicy,
    Consecutive,
    breaking_policies,
)

Bad = Literal["rejected", "timed_out", "failed", "canceled"]


@components.register
class CircuitBreakerSpec(ComponentSpec):
    """Lets calls through, or refuses them for a while."""

    kind: Literal["circuit_breaker"] = "circuit_breaker"
    next: Ref = Field(description="where calls go that it lets through")
    policy: Annotated[BreakingPolicy, breaking_policies] = Field(
        Consecutive(), description="when it opens, and when it closes again"
    )
    failures: tuple[Bad, ...] = Field(
        ("rejected", "timed_out", "failed"), description="outcomes that count as failure"
    )
    ignored: tuple[Bad, ...] = Field(
        ("canceled",), description="outcomes that count as neither failure nor success"
    )

    def contradictions(self) -> Iterator[str]:
        if both := [each for each in self.failures if each in self.ignored]:
            yield f"failures and ignored both have {' and '.join(both)}; choose one"

    def onward(self) -> dict[str, float]:
        return {self.next: 1.0}

    def build(self, name: str, sim: Simulation) -> CircuitBreaker:
        return CircuitBreaker(name, sim, self)


class CircuitBreaker(Component):
    permitted = count("calls let through")
    not_permitted = count(
        "calls refused, because it was open or enough were under way to test", better="lower"
    )
    failures = count("results that counted as failure", better="lower")
    opened = count("times it opened", better="lower")
    half_opened = count("times it began to test")
    closed = count("times it closed again")
    is_open = level("whether it is open: 1, or 0", better="lower")
    is_half_open = level("whether it is half-open: 1, or 0", better="lower")
    open_ratio = ratio("part of the time in which it was open", "is_open", better="lower")
    not_permitted_ratio = ratio(
        "part of the calls refused", "not_permitted", "not_permitted", "permitted", better="lower"
    )

    def __init__(self, name: str, sim: Simulation, spec: CircuitBreakerSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._breaker = spec.policy.start()
        self._state = CLOSED
        self._verdicts: dict[int, int] = {
            code: _verdict(spec, outcome) for outcome, code in _CODES.items()
        }

    def connect(self, find: Find) -> None:
        (self._next,) = find(self.spec.next)

    def probe(self, call: Call) -> None:
        if self._state == OPEN:
            call.answer(REJECTED)
        else:
            self._next.probe(call)

    def accept(self, call: Call) -> None:
        breaker, now_s = self._breaker, self.sim.now
        may_go_on = breaker.admit(now_s)
        if breaker.state != self._state:
            self._turn()
        if not may_go_on:
            self.not_permitted += 1
            call.answer(REJECTED)
            return
        self.permitted += 1
        call.back = (self, (breaker.generation, now_s), call.back)
        self._next.accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        breaker, now_s = self._breaker, self.sim.now
        admitted: tuple[int, float] = state
        verdict = self._verdicts[outcome]
        self.failures += verdict == BAD
        breaker.note(admitted[0], verdict, now_s - admitted[1], now_s)
        if breaker.state != self._state:
            self._turn()
        call.answer(outcome)

    def _turn(self) -> None:
        """Take in that the state is another one."""
        state, now_s = self._breaker.state, self.sim.now
        is_open, is_half_open = int(state == OPEN), int(state == HALF_OPEN)
        self.is_open_area -= (is_open - self.is_open) * now_s
        self.is_half_open_area -= (is_half_open - self.is_half_open) * now_s
        self.is_open, self.is_half_open = is_open, is_half_open
        self.opened += is_open
        self.half_opened += is_half_open
        self.closed += state == CLOSED
        self._state = state
        if self._breaker.alarm_s < inf:
            self.sim.process(self._wait(self._breaker.generation, self._breaker.alarm_s - now_s))

    def _wait(self, generation: int, wait_s: float) -> Generator[Any, Any, None]:
        """Change the state when that is due, unless it has changed by then."""
        yield self.sim.timeout(wait_s)
        if self._breaker.generation == generation:
            self._breaker.wake(self.sim.now)
            self._turn()


_CODES = {
    "ok": OK,
    "rejected": REJECTED,
    "timed_out": TIMED_OUT,
    "failed": FAILED,
    "canceled": CANCELED,
}


def _verdict(spec: CircuitBreakerSpec, outcome: str) -> int:
    if outcome in spec.failures:
        return BAD
    return IGNORED if outcome in spec.ignored else GOOD
