"""Server: workers that serve calls, and may call something downstream.

Each worker serves one call from beginning to end, and the others wait in the order of the
``discipline``; preemptive disciplines interrupt calls, which later go on where they were. Under
``processor_sharing`` all calls are served at once and share the workers, as threads share the
cores of a machine. With ``workers: unlimited`` nobody waits (functions started on demand).

When a call has been served it goes on to ``next``, if there is one. By default its worker is free
meanwhile (an event loop, or a stage of a pipeline). With ``blocking`` the worker waits for the
answer (a thread for each request), so that a slow dependency uses up the workers.

With ``batch_size`` a worker takes several waiting calls at once and serves them as one (group
commit, dynamic batching). The batch takes the service time of its first call and
``batch_growth`` for each further one.

With ``patience`` a call that is still waiting after that time leaves; its outcome is timed out.

A server that has too much to do may turn calls away so that others are served in time. A full queue
refuses whoever comes (tail drop) or, ``when_full``, drops the call that has waited longest (head
drop) or the last of those that are less urgent than who comes. Classes may find the queue full
sooner than others (``queue_limit_by_class``), so that what matters least goes first. And with
``shedding`` calls are dropped from the queue because waits are too long, however much room there
is. Who is turned away so is rejected, and counted as ``shed``.

With ``heeds_callers`` a worker looks at who waits for a call before it begins it. A try that its
client has given up, since its timeout or deadline is over, is not begun (deadline propagation): it
is answered as timed out, and counted as ``expired``. It keeps its place in the queue until then.
Copies of a call that are tied (``hedge``) are taken back when one of them is begun.

With ``replicas: 4`` there are four of it, ``api[1]`` to ``api[4]``, each with its own queue. Under
a controller these are the ones of the beginning, and others come and go.

Left out: memory, context switches, the time it takes to interrupt a call, to refuse one or to send
the answer. While a server is stopped by a
breakdown whose work resumes, answers from downstream are passed on all the same.

Source: Gross et al., *Fundamentals of Queueing Theory*, 4th ed., 2008 (bulk service, impatience);
Beyer et al., *Site Reliability Engineering*, 2016, chapter "Handling Overload" (criticality).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr

from simulator.distributions import Distribution, Time, distributions
from simulator.errors import shown
from simulator.kernel import (
    FAULTS_OF_WORKERS,
    BatchStation,
    ComponentSpec,
    HeedfulStation,
    Ref,
    RequestClass,
    Shedder,
    SheddingStation,
    Simulation,
    Station,
    WhenFull,
    components,
)
from simulator.kernel.wiring import replicas_of
from simulator.policies.discipline import Discipline, Fifo, disciplines
from simulator.policies.shedding import SheddingPolicy, shedding_policies
from simulator.units import Seconds

UNLIMITED = "unlimited"


def _number_or_unlimited(value: Any) -> Any:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if value == UNLIMITED or (is_number and value >= 1):
        return value
    raise ValueError(f"found {shown(value)}; must be a whole number, 1 or greater, or {UNLIMITED}")


Workers = Annotated[
    Annotated[int, Field(ge=1)] | Literal["unlimited"], BeforeValidator(_number_or_unlimited)
]


@components.register
class ServerSpec(ComponentSpec):
    """Serves calls with a number of workers, in one or several replicas."""

    kind: Literal["server"] = "server"
    replicas: int = Field(1, ge=1, le=10_000, description="equal copies, each with its own queue")
    workers: Workers = Field(1, description="calls that one replica serves at once, or unlimited")
    service_time: Time = Field(description="time a worker needs for a call")
    service_time_by_class: dict[str, Annotated[Distribution, distributions]] = Field(
        {}, description="request classes that need another time"
    )
    queue_limit: int | None = Field(None, ge=0, description="waiting places; no limit if not given")
    queue_limit_by_class: dict[str, Annotated[int, Field(ge=0)]] = Field(
        {},
        description="request classes that are turned away once so many calls of any class wait",
    )
    when_full: WhenFull = Field(
        "tail",
        description="whom a full queue turns away: who comes, who has waited longest (head), or "
        "the last of the lowest priority below that of who comes",
    )
    shedding: Annotated[SheddingPolicy, shedding_policies] | None = Field(
        None, description="which waiting calls are dropped; none if not given"
    )
    discipline: Annotated[Discipline, disciplines] = Field(
        Fifo(), description="which waiting call is served next"
    )
    patience: Time | None = Field(
        None, description="how long a call waits before it leaves; for ever if not given"
    )
    batch_size: int = Field(1, ge=1, description="most calls that a worker takes at once")
    batch_wait: Seconds = Field(
        0.0, description="longest that a free worker lets a call wait for its batch to become full"
    )
    batch_growth: Seconds = Field(
        0.0, description="what each further call of a batch adds to the service time of the first"
    )
    heeds_callers: bool = Field(
        False,
        description="whether a worker, before it begins a call, looks who waits for it: it leaves "
        "out what a client has given up, and tied copies are taken back",
    )
    next: Ref | None = Field(None, description="where a call goes when it has been served")
    blocking: bool = Field(
        False, description="whether the worker waits until the call to next is answered"
    )

    suffers = FAULTS_OF_WORKERS
    reports_load = True
    scales = True

    _places: int = PrivateAttr(0)

    def contradictions(self) -> Iterator[str]:
        if self.blocking and self.next is None:
            yield "blocking needs next: there is nothing to wait for"
        if self.batch_size == 1 and (self.batch_wait or self.batch_growth):
            yield "batch_wait and batch_growth need a batch_size of 2 or more"
        if self.when_full != "tail" and not self.queue_limit:
            yield "when_full needs a queue_limit of 1 or more: there is nobody to drop"
        if self.sheds:
            yield from self._objections_to_shedding()
        if self.heeds_callers and (self.discipline.preempts or self.discipline.shares):
            how = "shares" if self.discipline.shares else "interrupts"
            yield f"heeds_callers does not go with a discipline that {how}: {self.discipline.kind}"
        if self.heeds_callers and self.batch_size > 1:
            yield "heeds_callers does not go with batch_size: a batch is begun as a whole"
        if self.discipline.shares:
            yield from self._objections_to_sharing()
        if self.batch_size > 1:
            yield from self._objections_to_batches()
        if self.workers == UNLIMITED:
            yield from self._objections_to_no_limit()

    @property
    def sheds(self) -> bool:
        """Whether it may turn calls away although they might wait, or that have waited."""
        return bool(self.shedding or self.queue_limit_by_class or self.when_full != "tail")

    def _objections_to_shedding(self) -> Iterator[str]:
        given = {
            "shedding": self.shedding is not None,
            "queue_limit_by_class": bool(self.queue_limit_by_class),
            f"when_full: {self.when_full}": self.when_full != "tail",
        }
        options = " and ".join(name for name, is_given in given.items() if is_given)
        others = {
            f"discipline: {self.discipline.kind}": self.discipline.shares,
            "a preemptive discipline": self.discipline.preempts,
            "batch_size": self.batch_size > 1,
            "workers: unlimited": self.workers == UNLIMITED,
        }
        if names := [name for name, is_given in others.items() if is_given]:
            yield f"{options} does not go with {' nor '.join(names)}: it takes calls from a line"

    def _objections_to_sharing(self) -> Iterator[str]:
        if self.blocking:
            yield "blocking does not go with processor_sharing: shared workers belong to no call"
        if self.patience is not None:
            yield "patience does not go with processor_sharing: all calls are served, none waits"
        workers = self.workers if isinstance(self.workers, int) else None
        if objection := self.discipline.objection_to(workers):
            yield objection

    def _objections_to_batches(self) -> Iterator[str]:
        if self.blocking:
            yield "blocking does not go with batch_size: the calls of a batch share their worker"
        if self.discipline.preempts or self.discipline.shares:
            yield f"{self.discipline.kind} does not go with batch_size: a batch stays together"
        if self.queue_limit is not None and self.queue_limit < self.batch_size:
            yield (
                f"queue_limit ({self.queue_limit}) must be at least batch_size "
                f"({self.batch_size}): a batch is made of waiting calls"
            )

    def _objections_to_no_limit(self) -> Iterator[str]:
        given = {
            "discipline": not isinstance(self.discipline, Fifo),
            "queue_limit": self.queue_limit is not None,
            "patience": self.patience is not None,
            "batch_size": self.batch_size > 1,
        }
        if names := [name for name, is_given in given.items() if is_given]:
            yield f"workers: unlimited leaves nobody waiting; leave out {' and '.join(names)}"

    def asks_first(self) -> bool:
        return self.heeds_callers

    def instances(self, name: str) -> list[str]:
        return replicas_of(name, max(self.replicas, self._places))

    def with_places(self, places: int) -> Self:
        roomy = self.model_copy()
        roomy._places = places
        return roomy

    def work(self, classes: Sequence[RequestClass]) -> tuple[float, int] | None:
        if not isinstance(self.workers, int):
            return None
        times = [
            (each.share, self.service_time_by_class.get(each.name, self.service_time).average())
            for each in classes
        ]
        mean_s = sum(share * time_s for share, time_s in times) / sum(share for share, _ in times)
        per_call_s = (mean_s + (self.batch_size - 1) * self.batch_growth) / self.batch_size
        return per_call_s, self.workers * self.replicas

    def freed(self) -> dict[str, Any]:
        return {
            "service_time": 0.0,
            "service_time_by_class": {},
            "workers": UNLIMITED,
            "discipline": "fifo",
            "queue_limit": None,
            "queue_limit_by_class": {},
            "when_full": "tail",
            "shedding": None,
            "patience": None,
            "batch_size": 1,
            "batch_wait": 0.0,
            "batch_growth": 0.0,
        }

    def onward(self) -> dict[str, float]:
        return {self.next: 1.0} if self.next else {}

    def build(self, name: str, sim: Simulation) -> Station:
        group = name.partition("[")[0]
        need = sim.needs.add(f"{group}.service", self.service_time, self.service_time_by_class)
        patience = None
        if self.patience is not None:
            patience = sim.needs.add(f"{group}.patience", self.patience)
        workers = self.workers if isinstance(self.workers, int) else None
        common = (name, sim, workers, self.queue_limit, need, self.next)
        if self.sheds or self.heeds_callers:
            shedder = self.shedding.start() if self.shedding else Shedder()
            limits = [self.queue_limit_by_class.get(each.name, inf) for each in sim.needs.classes]
            line = self.discipline.start(sim, name, need)
            how = (shedder, self.when_full, limits)
            station = HeedfulStation if self.heeds_callers else SheddingStation
            return station(*common, line, patience, self.blocking, *how)
        if self.batch_size == 1:
            return self.discipline.station(*common, patience, self.blocking)
        line = self.discipline.start(sim, name, need)
        batch = (self.batch_size, self.batch_wait, self.batch_growth)
        return BatchStation(*common, line, patience, *batch)
