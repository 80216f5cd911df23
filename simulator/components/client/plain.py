"""A client that looks at no answer but those of the call at hand."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from simulator.kernel import (
    CANCELED,
    FAILED,
    OK,
    REJECTED,
    TIMED_OUT,
    Call,
    Component,
    Find,
    Patience,
    Simulation,
    Timer,
    count,
)
from simulator.kernel.patience import LAST

if TYPE_CHECKING:
    from simulator.components.client import ClientSpec

CODES = {"rejected": REJECTED, "timed_out": TIMED_OUT, "failed": FAILED}


class Client(Component):
    """Tries each call until there is an answer, or no use in trying again.

    It keeps in ``since_s`` of a call when the call came, and in its ``memo`` the last pause.
    """

    sent = count("tries sent")
    retried = count("tries after the first", better="lower")
    expired = count("tries given up after the timeout", better="lower")
    over_budget = count("retries not made for want of budget", better="lower")
    resting = "pause"

    def __init__(self, name: str, sim: Simulation, spec: ClientSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._retry_on = frozenset(CODES[outcome] for outcome in spec.retry_on)
        self._pause_s = spec.backoff.start(sim.uniforms(f"{name}.backoff"))
        self._budget = spec.retry_budget.start(lambda: sim.now) if spec.retry_budget else None
        self._deadline_s = spec.deadline or inf
        longest_s = min(spec.timeout or inf, self._deadline_s)
        self._longest_s = longest_s
        self._patience = Patience(sim, longest_s, self._expire) if longest_s < inf else None
        self._retry_due = (self._retry,)
        self._alarm_due = (self._alarm,)

    def connect(self, find: Find) -> None:
        (self._next,) = find(self.spec.next)
        self._renewed = self.sim.needs.renewed(self.name)

    def accept(self, call: Call) -> None:
        self.sent += 1
        if self._budget is not None:
            self._budget.earn()
        call.since_s = self.sim.now
        attempt = call.fork(self)
        if self._patience is not None:
            self._patience.watch(attempt, call)
        self._next.accept(attempt)

    def probe(self, call: Call) -> None:
        self._next.probe(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if outcome == OK:
            state.answer(OK)
        else:
            self._fail(state, FAILED if outcome == CANCELED else outcome)

    def wants(self, call: Call, state: Any) -> bool:
        """Not a try that has been given up: its deadline went along with it, and has passed."""
        parent: Call = state
        return parent.waits_for(call)

    def _expire(self, attempt: Call, call: Call) -> None:
        self.expired += 1
        call.disown(attempt)
        if self.spec.cancels:
            attempt.cancel()
        self._fail(call, TIMED_OUT)

    def _fail(self, call: Call, outcome: int) -> None:
        """A try came to nothing: pause and try again, or give up."""
        tries = call.attempts
        left_s = call.since_s + self._deadline_s - self.sim.now
        if tries > self.spec.retries or outcome not in self._retry_on:
            call.answer(outcome)
        elif left_s <= 0:
            call.answer(TIMED_OUT)
        elif self._budget is not None and not self._budget.spend():
            self.over_budget += 1
            call.answer(outcome)
        else:
            pause_s = self._pause_s(tries, 0.0 if tries == 1 else call.memo)
            call.memo = pause_s
            # Also a retry without a pause goes through the event list: else a thousand retries
            # against a server that refuses at once would be a thousand calls deep.
            self.hold(call, min(pause_s, left_s), self._retry_due)

    def _retry(self, call: Call) -> None:
        left_s = call.since_s + self._deadline_s - self.sim.now
        if left_s <= 0:
            call.answer(TIMED_OUT)
            return
        self.sent += 1
        self.retried += 1
        call.attempts += 1
        attempt = call.fork(self)
        if not self.spec.same_work:
            attempt.renew(self._renewed[call.request_class]())
        if left_s < self._longest_s:
            self.hold(_Alarm(attempt, call), left_s, self._alarm_due, LAST)
        elif self._patience is not None:
            self._patience.watch(attempt, call)
        self._next.accept(attempt)

    def _alarm(self, alarm: _Alarm) -> None:
        if alarm.attempt.back is not None:
            self._expire(alarm.attempt, alarm.call)


class _Alarm(Timer):
    """Rings when the deadline cuts a try short of its timeout."""

    __slots__ = ("attempt", "call")

    def __init__(self, attempt: Call, call: Call) -> None:
        self.attempt = attempt
        self.call = call
