"""Client: waits so long and no longer, and tries again.

Every try is a call of its own. A try that is not answered within ``timeout`` is given up; with
``cancels`` it is taken back from wherever it is, else it goes on and its late answer is dropped:
work done for nobody, which is how retries turn a short fault into a long one. ``deadline`` bounds
all tries and pauses together; when it has passed the request has timed out. An answer that comes at
the very end of either is in time.

Clients may stand behind one another, as where every tier retries. Each counts the tries of the
calls that come to it; the record of a request shows those of the first client that it comes to.

A retry needs new service times unless ``same_work`` says that slow work is slow again.

Left out: what the client itself takes to send and receive; a limit to its open calls.

Source: Beyer et al., *Site Reliability Engineering*, 2016, chapters "Handling Overload" and
"Addressing Cascading Failures" (deadlines, retries, retry budgets).
"""

from __future__ import annotations

from collections.abc import Iterator
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
    Patience,
    Ref,
    Simulation,
    Timer,
    components,
    count,
)
from simulator.kernel.patience import LAST
from simulator.policies.retrying import Backoff, Immediate, RetryBudget, backoffs, budgets
from simulator.units import PositiveSeconds

Retried = Literal["rejected", "timed_out", "failed"]


@components.register
class ClientSpec(ComponentSpec):
    """Sends each request on, with a timeout, retries and a budget for them."""

    kind: Literal["client"] = "client"
    next: Ref = Field(description="where its calls go")
    timeout: PositiveSeconds | None = Field(None, description="longest wait for one try")
    deadline: PositiveSeconds | None = Field(None, description="longest wait over all tries")
    cancels: bool = Field(
        False, description="whether a try that is given up stops its work (else it goes on unseen)"
    )
    retries: int = Field(0, ge=0, le=1000, description="tries after the first")
    retry_on: tuple[Retried, ...] = Field(
        ("rejected", "timed_out", "failed"), description="outcomes after which to try again"
    )
    backoff: Annotated[Backoff, backoffs] = Field(Immediate(), description="pause before a retry")
    retry_budget: Annotated[RetryBudget, budgets] | None = Field(
        None, description="limit to the retries of all requests together"
    )
    same_work: bool = Field(False, description="whether a retry needs what the first try needed")

    def contradictions(self) -> Iterator[str]:
        if self.timeout and self.deadline and self.timeout > self.deadline:
            yield f"timeout ({self.timeout:g} s) must not exceed deadline ({self.deadline:g} s)"

    def onward(self) -> dict[str, float]:
        return {self.next: 1.0}

    def build(self, name: str, sim: Simulation) -> Client:
        return Client(name, sim, self)


class Client(Component):
    sent = count("tries sent")
    retried = count("tries after the first", better="lower")
    expired = count("tries given up after the timeout", better="lower")
    over_budget = count("retries not made for want of budget", better="lower")
    resting = "pause"

    def __init__(self, name: str, sim: Simulation, spec: ClientSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._retry_on = frozenset(_CODES[outcome] for outcome in spec.retry_on)
        self._pause_s = spec.backoff.start(sim.uniforms(f"{name}.backoff"))
        self._budget = spec.retry_budget.start() if spec.retry_budget else None
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
            # Also a retry without a pause goes through the event list: else a thousand retries
            # against a server that refuses at once would be a thousand calls deep.
            self.hold(call, min(self._pause_s(tries), left_s), self._retry_due)

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


_CODES = {"rejected": REJECTED, "timed_out": TIMED_OUT, "failed": FAILED}
