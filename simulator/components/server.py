"""Server: workers that serve calls, and may call something downstream.

Three ways to serve. ``fifo`` and ``lifo``: each worker serves one call from beginning to end, the
others wait. ``processor_sharing``: all calls are served at once and share the workers evenly, as
threads share the cores of a machine; a call never has more than one worker to itself.

When a call has been served it goes on to ``next``, if there is one. By default its worker is free
meanwhile (an event loop, or a stage of a pipeline). With ``blocking`` the worker waits for the
answer (a thread for each request), so that a slow dependency uses up the workers.

With ``replicas: 4`` there are four of it, ``api[1]`` to ``api[4]``, each with its own queue.

Left out: memory, context switches, the time it takes to send the answer.

Source: for processor sharing, Kleinrock, *Queueing Systems*, vol. 2, 1976, chapter 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from simulator.distributions import Distribution, Time, distributions
from simulator.kernel import (
    Call,
    ComponentSpec,
    Find,
    Ref,
    RequestClass,
    Simulation,
    Station,
    Timer,
    components,
)
from simulator.kernel.call import IGNORED

Discipline = Literal["fifo", "lifo", "processor_sharing"]

ROUNDING_S = 1e-9  # a shorter wait is rounding: a call that was alone has not waited


@components.register
class ServerSpec(ComponentSpec):
    """Serves calls with a number of workers, in one or several replicas."""

    kind: Literal["server"] = "server"
    replicas: int = Field(1, ge=1, le=10_000, description="equal copies, each with its own queue")
    workers: int = Field(1, ge=1, description="calls that one replica serves at once")
    service_time: Time = Field(description="time a worker needs for a call")
    service_time_by_class: dict[str, Annotated[Distribution, distributions]] = Field(
        {}, description="request classes that need another time"
    )
    queue_limit: int | None = Field(None, ge=0, description="waiting places; no limit if not given")
    discipline: Discipline = Field("fifo", description="which waiting call is served next")
    next: Ref | None = Field(None, description="where a call goes when it has been served")
    blocking: bool = Field(
        False, description="whether the worker waits until the call to next is answered"
    )

    suffers = frozenset({"crash", "slowdown", "error_burst"})
    reports_load = True

    @model_validator(mode="after")
    def _blocking_makes_sense(self) -> Self:
        if self.blocking and self.next is None:
            raise ValueError("blocking needs next: there is nothing to wait for")
        if self.blocking and self.discipline == "processor_sharing":
            raise ValueError("blocking goes with fifo or lifo: shared workers belong to no call")
        return self

    def instances(self, name: str) -> list[str]:
        """``name``, or ``name[1]`` to ``name[n]`` where there are several replicas."""
        if self.replicas == 1:
            return [name]
        return [f"{name}[{i}]" for i in range(1, self.replicas + 1)]

    def work(self, classes: Sequence[RequestClass]) -> tuple[float, int]:
        times = [
            (each.share, self.service_time_by_class.get(each.name, self.service_time).average())
            for each in classes
        ]
        mean_s = sum(share * time_s for share, time_s in times) / sum(share for share, _ in times)
        return mean_s, self.workers * self.replicas

    def onward(self) -> dict[str, float]:
        return {self.next: 1.0} if self.next else {}

    def build(self, name: str, sim: Simulation) -> Server:
        if self.discipline == "processor_sharing":
            return SharedServer(name, sim, self)
        return (BlockingServer if self.blocking else Server)(name, sim, self)


class Server(Station):
    def __init__(self, name: str, sim: Simulation, spec: ServerSpec) -> None:
        need = sim.needs.add(
            f"{name.partition('[')[0]}.service", spec.service_time, spec.service_time_by_class
        )
        super().__init__(name, sim, spec.workers, spec.queue_limit, spec.discipline, need)
        self.spec = spec

    def connect(self, find: Find) -> None:
        if self.spec.next is not None:
            (self._next,) = find(self.spec.next)


class BlockingServer(Server):
    """A server whose worker waits for the answer from downstream."""

    def __init__(self, name: str, sim: Simulation, spec: ServerSpec) -> None:
        super().__init__(name, sim, spec)
        self._waiting: dict[Call, None] = {}  # in order, unlike a set: a crash answers them all
        self._leave_waiting = self._stop_waiting

    def _finish(self, call: Call) -> None:
        call.give_up = self._leave_waiting
        self._waiting[call] = None
        self._pass_on(call.fork(self))

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if state in self._waiting:  # else it was lost in a crash that hangs: nobody is to know
            self._stop_waiting(state)
            state.give_up = None
            state.answer(outcome)

    def _stop_waiting(self, call: Call) -> None:
        del self._waiting[call]
        self._free_worker()

    def _lose_all(self) -> list[Call]:
        lost = super()._lose_all()
        self._waiting.clear()
        return lost

    def inside(self) -> list[Call]:
        return [*self._waiting, *super().inside()]


class SharedServer(Server):
    """A server whose workers are shared evenly by all calls inside.

    Time is counted in the service that a call inside has got so far ("virtual time"): it advances
    at the common rate, and a call is done when it has advanced by the call's need. The calls
    therefore leave in the order of a number that is fixed when they come.

    For the measures, calls beyond the number of workers count as queued, and the wait of a call is
    what sharing cost it: its time here less its need.
    """

    def __init__(self, name: str, sim: Simulation, spec: ServerSpec) -> None:
        super().__init__(name, sim, spec)
        self._inside: list[tuple[float, int, Call]] = []  # heap: virtual time when done
        self._present = 0  # calls inside, without those in the heap that have given up
        self._virtual_s = 0.0
        self._since_s = sim.now
        self._rate = 1.0
        self._timer: Any = Timer()
        self._timer.callbacks = IGNORED  # not set
        self._timer_s = 0.0
        self._timer_is_exact = False
        self._ring_due = (self._ring,)
        self._leave = self._give_up

    def accept(self, call: Call) -> None:
        if self._present >= self._open_workers + self._open_places:
            self._refuse(call)
            return
        self._advance()
        call.since_s = self.sim.now
        call.give_up = self._leave
        need_s = call.request[self._need]
        heappush(self._inside, (self._virtual_s + need_s, self._ticket(), call))
        self._change_number(1)

    def pace(self, call: Call) -> float:
        """Its share of a worker; a slowdown makes its service longer, not its share smaller."""
        return min(1.0, self.workers / self._present) if self._present else 0.0

    def _advance(self) -> None:
        now_s = self.sim.now
        self._virtual_s += (now_s - self._since_s) * self._rate
        self._since_s = now_s

    def _change_number(self, step: int) -> None:
        """Count a call in or out, then see when the next one will be done."""
        now_s = self.sim.now
        self._present += step
        self._settle_levels(now_s)
        self._set_rate()

    def _settle_levels(self, now_s: float) -> None:
        in_service = min(self._present, self.workers)
        self.in_service_area -= now_s * (in_service - self.in_service)
        self.in_service = in_service
        queued = self._present - in_service
        self.queued_area -= now_s * (queued - self.queued)
        self.queued = queued
        self.queued_peak = max(self.queued_peak, queued)

    def _set_rate(self) -> None:
        if self._present:
            self._rate = min(1.0, self.workers / self._present) / self._slowness
        while self._inside and self._inside[0][2].give_up is not self._leave:
            heappop(self._inside)
        if not self._inside:
            self._timer.callbacks = IGNORED
            self._timer_s = 0.0
            return
        left_s = (self._inside[0][0] - self._virtual_s) / self._rate
        due_s = self.sim.now + max(0.0, left_s)
        self._timer_is_exact = False
        if self.sim.now <= self._timer_s <= due_s and self._timer.callbacks is self._ring_due:
            # It rings too early, and is then set anew: cheaper than a dead event for each arrival.
            self._timer_is_exact = self._timer_s == due_s
            return
        self._set_timer(due_s)

    def _set_timer(self, due_s: float) -> None:
        self._timer.callbacks = IGNORED
        self._timer = Timer()
        self._timer_s = due_s
        self._timer_is_exact = True
        self.hold(self._timer, due_s - self.sim.now, self._ring_due)

    def _ring(self, timer: Any) -> None:
        self._advance()
        if not self._timer_is_exact and self._inside[0][0] > self._virtual_s:
            self._set_rate()
            return
        done_s, _, call = heappop(self._inside)
        self._virtual_s = done_s  # exactly: what rounding lost must not add up
        wait_s = self.sim.now - call.since_s - call.request[self._need]
        self.wait_s.append(wait_s if wait_s > ROUNDING_S else 0.0)
        call.give_up = None
        self._change_number(-1)
        self._pass_on(call)

    def _give_up(self, call: Call) -> None:
        self._advance()
        self._change_number(-1)

    def _set_slowness(self, slowness: float) -> None:
        self._advance()
        self._slowness = slowness
        self._set_rate()

    def _lose_all(self) -> list[Call]:
        lost = self.inside()
        self._inside.clear()
        self._present = 0
        self._settle_levels(self.sim.now)
        self._set_rate()
        return self._mark_lost(lost)

    def inside(self) -> list[Call]:
        entries = sorted(entry for entry in self._inside if entry[2].give_up is self._leave)
        return [call for _, _, call in entries]
