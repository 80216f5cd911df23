"""Tracing: which requests leave a trace, what that costs, and what is not there when one looks.

It stands at the entry. A request whose spans are recorded leaves some in each service that it comes
to; every one takes ``overhead`` of the worker that serves it. The ``sampling`` policy says which
requests are recorded, which of those are kept, and when that is decided:

- at the head, a share of all or so many a second, before anybody knows which will fail;
- at the tail, from how each ended. Until then the spans of all are in a buffer, of which there must
  be room for the rate of the requests times the wait times the spans of each. When there is none,
  the oldest traces are lost, and during a storm that are those that one will look for.

``captured_ratio`` is the part of the failing requests of which there is a trace. What is kept is
paid for by the GB.

Left out: spans come when their request begins, all at once; none is lost on its way; the machines
of the collector (let a server stand for them). Who tries a call again with new needs pays no
overhead for that try, nor does work that is not one service time of a server, a model server or a
database for each request. This is about a system's own tracing; what the simulator itself writes
down of requests (``run.trace_ratio``) costs nothing and knows all.

Source: OpenTelemetry, "Sampling", and the collector's processor ``tail_sampling``; Sigelman et al.,
"Dapper, a large-scale distributed systems tracing infrastructure", Google technical report, 2010
(section 4: what recording a span takes, and sampling against it).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from math import inf
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from simulator.errors import unknown_name
from simulator.kernel import (
    CANCELED,
    OK,
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
)
from simulator.kernel.call import NUMBER
from simulator.policies.sampling import Head, SamplingPolicy, sampling_policies
from simulator.units import Bytes, Dollars, PositiveSeconds, Seconds

GB: Final = 1e9
ROUNDING: Final = 1e-12  # of a wait: what is due at an instant must not be left by it


@components.register
class TracingSpec(ComponentSpec):
    """Keeps traces of some requests."""

    kind: Literal["tracing"] = "tracing"
    next: Ref = Field(description="the system that is traced")
    spans: dict[str, Annotated[int, Field(ge=1, le=10_000)]] = Field(
        min_length=1, description="spans that a request leaves in each service, by its name"
    )
    sampling: Annotated[SamplingPolicy, sampling_policies] = Field(
        Head(share=0.01), description="which requests leave a trace"
    )
    overhead: Seconds = Field(0.0, description="time that recording a span takes of a worker")
    slow_after: PositiveSeconds | None = Field(
        None, description="latency from which a request counts as slow; if not given none does"
    )
    span_size: Bytes = Field(500.0, description="bytes of a span")
    price_per_gb: Dollars = Field(0.0, description="dollars for each GB of spans that is kept")

    def onward(self) -> dict[str, float]:
        return {self.next: 1.0}

    def freed(self) -> dict[str, Any]:
        return {"overhead": 0.0}

    def objections(self, members: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
        for name in self.spans:
            if name not in members:
                yield "spans", unknown_name("component", name, members)

    def build(self, name: str, sim: Simulation) -> Tracing:
        return Tracing(name, sim, self)


class Trace:
    """What is known of the trace of one request.

    Attributes:
        number: of the request.
        began_s: when it came.
        outcome: None until it is answered.
        is_slow: whether its answer took too long.
        is_kept: whether they are kept.
    """

    __slots__ = ("began_s", "is_kept", "is_slow", "number", "outcome")

    def __init__(self, number: int, began_s: float) -> None:
        self.number = number
        self.began_s = began_s
        self.outcome: int | None = None
        self.is_slow = False
        self.is_kept = False

    @property
    def is_failing(self) -> bool:
        return self.outcome is not None and self.outcome not in (OK, CANCELED)


class Tracing(Component):
    seen = count("requests that could have left a trace")
    recorded = count("requests whose spans were recorded")
    kept = count("traces kept")
    overflowed = count("traces that left a full buffer undecided", better="lower")
    too_early = count("traces decided about before their request had ended", better="lower")
    failing = count("requests not answered ok", better="lower")
    failing_kept = count("traces kept of those", better="higher")
    slow = count("requests that were slow", better="lower")
    slow_kept = count("traces kept of those", better="higher")
    kept_bytes: float = count("bytes of spans kept", unit="B")
    spent_usd: float = count("dollars for the spans kept", better="lower", unit="$")
    buffered_spans = level("spans that wait for a decision", better="lower", peaks=True)
    kept_ratio = ratio("part of the requests of which there is a trace", "kept", "seen")
    captured_ratio = ratio(
        "part of the failing requests of which there is a trace",
        "failing_kept",
        "failing",
        better="higher",
    )
    slow_captured_ratio = ratio(
        "part of the slow requests of which there is a trace", "slow_kept", "slow", better="higher"
    )

    def __init__(self, name: str, sim: Simulation, spec: TracingSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._next: Any = None
        self._sampler = spec.sampling.start()
        self._slow_s: float = spec.slow_after or inf
        self._spans = sum(spec.spans.values())
        self._bytes: float = self._spans * spec.span_size
        self._taxes: list[tuple[int, float]] = []  # place of a need, and what is added to it
        self._wait_s: float | None = spec.sampling.wait_s
        self._room: float = spec.sampling.room
        self._buffer: deque[Trace] = deque()  # in order of their beginning
        self._timer = Timer()
        self._is_set = False
        self._decide = (self._decide_due,)

    def connect(self, find: Find) -> None:
        (self._next,) = find(self.spec.next)
        for service, spans in self.spec.spans.items():
            place = self.sim.needs.place(f"{service}.service", f"{service}.query")
            if place is not None and self.spec.overhead:
                self._taxes.append((place, spans * self.spec.overhead))

    def probe(self, call: Call) -> None:
        self._next.probe(call)

    def accept(self, call: Call) -> None:
        number: int = call.request[NUMBER]
        if number >= 0:  # else a check, on behalf of no request
            self.seen += 1
            trace = Trace(number, self.sim.now)
            call.return_to(self, trace)
            if self._sampler.records(number, call.request_class, self.sim.now):
                self._record(call, trace)
        self._next.accept(call)

    def _record(self, call: Call, trace: Trace) -> None:
        self.recorded += 1
        if self._taxes:
            request = [*call.request]
            for place, tax_s in self._taxes:
                request[place] += tax_s
            call.request = tuple(request)
        if self._wait_s is None:
            self._keep(trace)
        else:
            self._put(trace)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        trace: Trace = state
        trace.outcome = outcome
        trace.is_slow = self.sim.now - trace.began_s > self._slow_s
        self.failing += trace.is_failing
        self.slow += trace.is_slow
        if trace.is_kept:
            self._note(trace)
        call.answer(outcome)

    def _keep(self, trace: Trace) -> None:
        trace.is_kept = True
        self.kept += 1
        self.kept_bytes += self._bytes
        self.spent_usd += self._bytes / GB * self.spec.price_per_gb
        if trace.outcome is not None:
            self._note(trace)

    def _note(self, trace: Trace) -> None:
        """See what a trace is of that is kept and complete."""
        self.failing_kept += trace.is_failing
        self.slow_kept += trace.is_slow

    # The buffer of who decides late

    def _put(self, trace: Trace) -> None:
        while self._buffer and self.buffered_spans + self._spans > self._room:
            self._take()
            self.overflowed += 1
        self._buffer.append(trace)
        self._shift(self._spans)
        if not self._is_set:
            self._set_timer()

    def _take(self) -> Trace:
        self._shift(-self._spans)
        return self._buffer.popleft()

    def _shift(self, spans: int) -> None:
        self.buffered_spans += spans
        self.buffered_spans_area -= spans * self.sim.now
        if self.buffered_spans > self.buffered_spans_peak:
            self.buffered_spans_peak = self.buffered_spans

    def _set_timer(self) -> None:
        assert self._wait_s is not None
        self._is_set = True
        due_s = self._buffer[0].began_s + self._wait_s
        self.hold(self._timer, max(0.0, due_s - self.sim.now), self._decide)

    def _decide_due(self, timer: Any) -> None:
        assert self._wait_s is not None
        self._is_set = False
        began_s = self.sim.now - self._wait_s * (1 - ROUNDING)
        while self._buffer and self._buffer[0].began_s <= began_s:
            self._judge(self._take())
        if self._buffer:
            self._set_timer()

    def _judge(self, trace: Trace) -> None:
        """Keep a trace or not, from what is known of it by now."""
        is_slow = trace.is_slow
        if trace.outcome is None:
            self.too_early += 1
            is_slow = self.sim.now - trace.began_s > self._slow_s
        if self._sampler.keeps(trace.number, trace.is_failing, is_slow):
            self._keep(trace)
