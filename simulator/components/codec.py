"""Codec: what it costs to read and to write messages, on workers of its own or of whom it serves.

On the ``server`` side a call's request is decoded, then it goes on to ``next``; when it has been
answered ok, the response is encoded and goes back. On the ``client`` side the request is encoded
and the response decoded. Both messages of a call are worked on by the same workers and wait in the
same queue. How long a message takes follows from the number of values in it and the ``encoding``.
An answer that is not ok is small and goes back at once.

By default a worker is free while its call is at ``next``: a proxy, or threads beside those of the
model. Such a codec can do 1 / (decode + encode) calls a second for each worker, whatever ``next``
takes. With ``blocking`` the worker keeps the call until its response is encoded: one thread for
each request, which also does, or waits for, what ``next`` does. Then it is 1 / (decode + next +
encode), and a server behind with ``workers: unlimited`` is the model that runs on these threads.

The measures are those of a station: ``in_service`` counts messages being worked on, and calls that
keep their worker; ``wait_s`` is the wait of each message; ``outstanding`` are calls that are at
``next`` and have no worker here. Responses always find a waiting place: ``queue_limit`` is for
requests, which are refused when so many messages wait.

Left out: memory; messages that are read while they arrive, or in pieces (streaming); errors in
messages. Where the number of values is drawn, it is one of the codec's own, unless it is ``shared``
with a link or another codec.

Source: Lazowska et al., *Quantitative System Performance*, 1984, chapter 5 (bounds of throughput
by the service demand of each resource).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.distributions import Distribution, distributions
from simulator.kernel import (
    CANCELED,
    FAILED,
    FAULTS_OF_WORKERS,
    OK,
    Call,
    ComponentSpec,
    OrderedStation,
    Ref,
    RequestClass,
    Simulation,
    components,
    count,
    level,
    samples,
)
from simulator.kernel.wiring import replicas_of
from simulator.policies.discipline import Fifo
from simulator.policies.encoding import Encoding, Json, Work, encodings

Values = Annotated[Distribution, distributions]


@components.register
class CodecSpec(ComponentSpec):
    """Decodes requests and encodes responses, or the other way about."""

    kind: Literal["codec"] = "codec"
    next: Ref = Field(description="where a call goes once its request is decoded (or encoded)")
    side: Literal["server", "client"] = Field(
        "server", description="decodes requests and encodes responses; as client the reverse"
    )
    encoding: Annotated[Encoding, encodings] = Field(Json(), description="of both messages")
    request_values: Values = Field(description="how many values a request has; a plain number")
    response_values: Values = Field(description="how many values a response has; a plain number")
    replicas: int = Field(1, ge=1, le=10_000, description="equal copies, each with its own queue")
    workers: int = Field(1, ge=1, description="messages that one replica works on at once")
    queue_limit: int | None = Field(
        None, ge=0, description="waiting messages with which requests are refused; no limit if none"
    )
    blocking: bool = Field(
        False, description="whether the worker keeps a call until its response is on the way back"
    )

    suffers = FAULTS_OF_WORKERS
    reports_load = True

    def instances(self, name: str) -> list[str]:
        return replicas_of(name, self.replicas)

    def work(self, classes: Sequence[RequestClass]) -> tuple[float, int]:
        request, response = self.request_values.average(), self.response_values.average()
        if self.side == "client":
            request, response = response, request
        both_s = self.encoding.decode_s(request) + self.encoding.encode_s(response)
        return float(both_s), self.workers * self.replicas

    def freed(self) -> dict[str, Any]:
        return {"encoding": "raw", "queue_limit": None, "blocking": False}

    def onward(self) -> dict[str, float]:
        return {self.next: 1.0}

    def build(self, name: str, sim: Simulation) -> Codec:
        return Codec(name, sim, self)


class Codec(OrderedStation):
    in_service = level("messages worked on, and calls that keep their worker")
    queued = level("messages waiting", better="lower", peaks=True)
    outstanding = level("calls passed on that have no worker here")
    served = count("messages encoded or decoded", better="higher")
    rejected = count("requests refused because every waiting place was taken", better="lower")
    wait_s = samples("time a message waited for a worker")

    def __init__(self, name: str, sim: Simulation, spec: CodecSpec) -> None:
        group = name.partition("[")[0]
        writes_first = spec.side == "client"
        request = Work(spec.request_values, spec.encoding, writes_first)
        response = Work(spec.response_values, spec.encoding, not writes_first)
        need = sim.needs.add(f"{group}.request", request)
        line = Fifo().start(sim, name, need)
        super().__init__(name, sim, spec.workers, spec.queue_limit, need, spec.next, line)
        self._request = need
        self._response = sim.needs.add(f"{group}.response", response)
        self._blocking = spec.blocking
        self._away: dict[Call, None] = {}  # in order, unlike a set: a crash answers them all
        self._leave_away = self._come_back

    def accept(self, call: Call) -> None:
        call.memo = self._request
        super().accept(call)

    def _begin(self, call: Call) -> None:
        self.wait_s.append(self.sim.now - call.since_s)
        call.give_up = self._leave_worker
        need_s: float = call.request[call.memo]
        self.hold(call, need_s * self._slowness, self._finished)

    def _finish(self, call: Call) -> None:
        self.served += 1
        if call.memo == self._response:
            call.give_up = None
            self._free_worker()
            call.answer(OK)
        elif self._blocking:
            self._block(call)
        else:
            self._free_worker()
            self._go_away(call)

    def _pass_on(self, call: Call) -> None:
        assert self._next is not None
        self._next.accept(call)

    def _go_away(self, call: Call) -> None:
        call.give_up = self._leave_away
        self._away[call] = None
        self.outstanding += 1
        self.outstanding_area -= self.sim.now
        self._pass_on(call.fork(self))

    def _come_back(self, call: Call) -> None:
        del self._away[call]
        self.outstanding -= 1
        self.outstanding_area += self.sim.now

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        parent: Call = state
        if parent in self._blocked:
            self._return_to_worker(parent, outcome)
        elif parent in self._away:
            self._come_back(parent)
            self._return_to_queue(parent, outcome)
        # else it was lost in a crash that hangs: nobody is to know

    def _return_to_queue(self, call: Call, outcome: int) -> None:
        if outcome != OK:
            self._return_as_it_is(call, outcome)
            return
        call.memo = self._response
        call.since_s = self.sim.now
        if self.in_service < self._open_workers:
            self.in_service += 1
            self.in_service_area -= self.sim.now
            self._pass_line(call)
            self._begin(call)
        else:
            self._join(call)
            self._line.put(call)

    def _return_to_worker(self, call: Call, outcome: int) -> None:
        if outcome != OK:
            self._unblock(call)
            self._return_as_it_is(call, outcome)
            return
        del self._blocked[call]
        call.memo = self._response
        call.since_s = self.sim.now
        self._begin(call)
        if self._aside.stops:  # the worker rests; `_thaw` lets it go on
            self._aside.frozen += self.withdraw(self._finished)

    def _return_as_it_is(self, call: Call, outcome: int) -> None:
        call.give_up = None
        call.answer(FAILED if outcome == CANCELED else outcome)

    # Faults

    def _lose_all(self) -> list[Call]:
        away = self._mark_lost([*self._away])
        for call in away:
            self._come_back(call)
        return super()._lose_all() + away

    def away(self) -> list[Call]:
        return [*self._away]
