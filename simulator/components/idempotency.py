"""Idempotency keys: a request that comes again has its effect once, and gets the same answer.

Stands in front of a service with side effects, such as one that takes payments. Every request
brings a key that all of its tries have in common (here its number). The first try goes on to
``next``; what becomes of it is kept for ``ttl``. A try that comes later gets the kept answer. One
that comes while the first is being worked on waits for its answer, or is refused (``in_progress``):
the caller may come back. The first try belongs to nobody once it has begun: it goes on when its
caller gives up, since nobody can know any more whether it has had its effect.

By default only answers that are ok are kept, so that a try after a failure is a new attempt. With
``keeps: every_answer`` a failure is an answer as well, and trying again is in vain.

With ``mode: observe`` it only watches, and every try goes on, as if callers sent no keys.

What is counted as an *effect* is a call that ``next`` has answered ok, heard by its caller or not;
``duplicates`` are the effects of a request beyond its first. They can happen with keys, too: after
``ttl``, and after a crash, which loses what is known of tries under way, but not of those that were
done: whatever such a try is about to do is done without a key.

Left out: a time of its own; effects of calls that were answered otherwise (a failure after the
fact); keys of requests that are not the same (their parameters are not compared); a request of
which one service is asked several times for good reason, as by a sequence: all are one to it.

Source: Stripe, API reference, "Idempotent requests" (keys kept for 24 hours at least; 409 for a
try while another is under way); Leach, "Designing robust and predictable APIs with idempotency",
Stripe blog, 2017.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Literal

from pydantic import Field

from simulator.kernel import (
    CANCELED,
    FAILED,
    OK,
    REJECTED,
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
from simulator.kernel.call import NUMBER
from simulator.units import PositiveSeconds


@components.register
class IdempotencySpec(ComponentSpec):
    """Has each request take effect once, however often it is tried."""

    kind: Literal["idempotency"] = "idempotency"
    next: Ref = Field(description="the service with side effects")
    mode: Literal["enforce", "observe"] = Field(
        "enforce", description="whether tries after the first are kept back, or only watched"
    )
    ttl: PositiveSeconds = Field(
        86_400.0, description="how long an answer is kept (Stripe: 24 h at least)"
    )
    in_progress: Literal["wait", "refuse"] = Field(
        "wait", description="what a try does while another is under way (Stripe refuses it, 409)"
    )
    keeps: Literal["ok", "every_answer"] = Field(
        "ok", description="which answers are given again; after any other the next try is new"
    )

    suffers = frozenset({"crash"})

    def onward(self) -> dict[str, float]:
        return {self.next: 1.0}

    def build(self, name: str, sim: Simulation) -> Component:
        return (Idempotency if self.mode == "enforce" else Onlooker)(name, sim, self)


class Onlooker(Component):
    """Lets every call pass and counts effects."""

    sent = count("calls sent on")
    effects = count("calls that took effect: answered ok by the service")
    duplicates = count("effects of requests beyond their first", better="lower")
    duplicate_ratio = ratio("part of the effects that are duplicates", "duplicates", "effects")
    failed = count("calls that came while it was down, or were inside", better="lower")

    def __init__(self, name: str, sim: Simulation, spec: IdempotencySpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._outages: list[bool] = []  # of the crashes under way: do they hang?
        self._has_effect = bytearray()  # of each request, by its number

    def connect(self, find: Find) -> None:
        (self._next,) = find(self.spec.next)

    def probe(self, call: Call) -> None:
        if not self._outages:
            self._next.probe(call)
        elif not any(self._outages):
            call.answer(FAILED)

    def accept(self, call: Call) -> None:
        if self._outages:
            self.failed += 1
            if not any(self._outages):
                call.answer(FAILED)
        elif call.request[NUMBER] < 0:
            self._next.accept(call)  # a check, on behalf of no request
        else:
            self._take(call)

    def _take(self, call: Call) -> None:
        self.sent += 1
        call.return_to(self, None)
        self._next.accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        self._note(call, outcome)
        call.answer(outcome)

    def _note(self, call: Call, outcome: int) -> None:
        """See whether a call that is back took effect."""
        if outcome != OK:
            return
        self.effects += 1
        number = call.request[NUMBER]
        missing = number + 1 - len(self._has_effect)
        if missing > 0:
            self._has_effect.extend(bytes(2 * missing))
        self.duplicates += self._has_effect[number]
        self._has_effect[number] = 1

    def crash(self, hangs: bool = False) -> None:
        """Fail what comes, or be silent, until ``recover``; what has been sent on comes back."""
        self._outages.append(hangs)

    def recover(self, hangs: bool = False) -> None:
        """End one crash."""
        self._outages.remove(hangs)


class Idempotency(Onlooker):
    """Remembers what became of each request."""

    replayed = count("calls answered with what is kept", better=None)
    waited = count("calls that waited for another try of their request", better=None)
    conflicts = count("calls refused because another try was under way", better="lower")
    kept = level("answers kept")

    def __init__(self, name: str, sim: Simulation, spec: IdempotencySpec) -> None:
        super().__init__(name, sim, spec)
        self._ttl_s: float = spec.ttl
        self._under_way: dict[int, Work] = {}
        self._answers: dict[int, int] = {}  # what was answered, by the number of the request
        self._expiries: deque[tuple[float, int]] = deque()  # of those, in order
        self._leave = self._stop_waiting

    def _take(self, call: Call) -> None:
        if self._expiries:
            self._forget_old()
        number = call.request[NUMBER]
        answer = self._answers.get(number)
        work = self._under_way.get(number)
        if answer is not None:
            self.replayed += 1
            call.answer(answer)
        elif work is None:
            self._begin(call, number)
        elif self.spec.in_progress == "refuse":
            self.conflicts += 1
            call.answer(REJECTED)
        else:
            self.waited += 1
            call.give_up = self._leave
            work.waiting.append(call)

    def _begin(self, call: Call, number: int) -> None:
        self.sent += 1
        work = self._under_way[number] = Work()
        call.give_up = self._leave
        work.waiting.append(call)
        self._next.accept(Call(call.request, self, work))

    def _stop_waiting(self, call: Call) -> None:
        """It stays in the list, without its ``give_up``: that is how it is told apart."""

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        work: Work = state
        self._note(call, outcome)
        number = call.request[NUMBER]
        if self._under_way.get(number) is not work:
            return  # lost in a crash: nobody knows any more that it was begun
        del self._under_way[number]
        if outcome == CANCELED:
            outcome = FAILED
        if outcome == OK or self.spec.keeps == "every_answer":
            self._keep(number, outcome)
        self._answer(work, outcome)

    def _answer(self, work: Work, outcome: int) -> None:
        for each in work.waiting:
            if each.give_up is not None:  # else it gave up, maybe over the answer before
                each.give_up = None
                each.answer(outcome)

    def _keep(self, number: int, outcome: int) -> None:
        self._answers[number] = outcome
        self._expiries.append((self.sim.now + self._ttl_s, number))
        self.kept += 1
        self.kept_area -= self.sim.now

    def _forget_old(self) -> None:
        now_s = self.sim.now
        while self._expiries and self._expiries[0][0] <= now_s:
            _, number = self._expiries.popleft()
            del self._answers[number]
            self.kept -= 1
            self.kept_area += now_s

    def crash(self, hangs: bool = False) -> None:
        """Forget the tries under way, which go on, and be down until ``recover``."""
        super().crash(hangs)
        lost = [*self._under_way.values()]
        self._under_way.clear()
        for work in lost:
            self.failed += sum(each.give_up is not None for each in work.waiting)
            if not hangs:
                self._answer(work, FAILED)


class Work:
    """A try under way, and the calls that wait for its answer, the first included."""

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        self.waiting: list[Call] = []
