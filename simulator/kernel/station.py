"""Workers behind a queue: the mechanism of whatever serves a bounded number of calls at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappush
from math import inf, prod

from simulator.kernel.call import FAILED, IGNORED, OK, REJECTED, Call
from simulator.kernel.component import Component
from simulator.kernel.measures import count, level, ratio, samples
from simulator.kernel.simulation import Simulation


class Station(Component):
    """Serves calls with a number of equal workers; the others wait, up to a limit.

    Args:
        name: of the component.
        sim: the run it belongs to.
        workers: calls served at once.
        queue_limit: waiting places; None for no limit.
        discipline: which waiting call is served next, ``fifo`` or ``lifo``.
        need: index into ``Call.request`` of the service time.
    """

    in_service = level("calls being served")
    queued = level("calls waiting", better="lower", peaks=True)
    workers = level("workers")
    served = count("calls served to the end", better="higher")
    rejected = count("calls refused because every waiting place was taken", better="lower")
    failed = count("calls that broke, or came while it was down", better="lower")
    wait_s = samples("time a served call waited for its worker")
    utilization = ratio("busy part of the workers", "in_service", "workers")
    resting = "service"

    def __init__(
        self,
        name: str,
        sim: Simulation,
        workers: int,
        queue_limit: int | None,
        discipline: str,
        need: int,
    ) -> None:
        super().__init__(name, sim)
        self.workers = workers
        self._need = need
        self._note_wait = self.wait_s.append
        self._next: Component | None = None
        self._open_workers: float = workers  # none while it is down, so that `accept` needs no test
        self._open_places = inf if queue_limit is None else queue_limit
        self._queue: deque[Call] = deque()
        self._pop = self._queue.popleft if discipline == "fifo" else self._queue.pop
        self._slowness = 1.0
        self._error_ratio = 0.0
        self._damage = _Damage(self._open_places, sim.uniforms(f"{name}.errors"))
        self._finished = (self._finish,)
        self._leave_queue = self._renege
        self._leave_worker = self._abort

    def accept(self, call: Call) -> None:
        now_s = self.sim.now
        if self.in_service < self._open_workers:
            self.in_service += 1
            self.in_service_area -= now_s
            self._note_wait(0.0)
            call.give_up = self._leave_worker
            call.callbacks = self._finished
            # `hold`, written out: this is the hottest line of the program
            due_s = now_s + call.request[self._need] * self._slowness
            heappush(self._agenda, (due_s, 1, self._ticket(), call))
        elif self.queued < self._open_places:
            self.queued += 1
            self.queued_area -= now_s
            if self.queued > self.queued_peak:
                self.queued_peak = self.queued
            call.since_s = now_s
            call.give_up = self._leave_queue
            self._queue.append(call)
        else:
            self._refuse(call)

    def _refuse(self, call: Call) -> None:
        outages = self._damage.outages
        if not outages:
            self.rejected += 1
            call.answer(REJECTED)
        else:
            self.failed += 1
            if not any(outages):
                call.answer(FAILED)  # else silence: whoever asked has to give up

    def _finish(self, call: Call) -> None:
        call.give_up = None
        if self._queue:
            self._free_worker()
        else:
            self.in_service -= 1
            self.in_service_area += self.sim.now
        if self._error_ratio:
            self._pass_on(call)  # else the same, written out: one call less for every request
        elif self._next is None:
            self.served += 1
            call.answer(OK)
        else:
            self.served += 1
            self._next.accept(call)

    def _pass_on(self, call: Call) -> None:
        """Send on a call that has been served and holds nothing here any more."""
        self.served += 1
        if self._error_ratio and self._damage.luck() < self._error_ratio:
            self.failed += 1
            call.answer(FAILED)
        elif self._next is None:
            call.answer(OK)
        else:
            self._next.accept(call)

    def _free_worker(self) -> None:
        """Give a worker its next call; calls that gave up while they waited are passed over."""
        now_s = self.sim.now
        while self._queue:
            call = self._pop()
            if call.give_up is not None:
                self.queued -= 1
                self.queued_area += now_s
                self._note_wait(now_s - call.since_s)
                call.give_up = self._leave_worker
                call.callbacks = self._finished
                due_s = now_s + call.request[self._need] * self._slowness
                heappush(self._agenda, (due_s, 1, self._ticket(), call))
                return
        self.in_service -= 1
        self.in_service_area += now_s

    def _renege(self, call: Call) -> None:
        self.queued -= 1
        self.queued_area += self.sim.now

    def _abort(self, call: Call) -> None:
        self._free_worker()

    def _forget(self, call: Call) -> None:
        """Nothing to let go of: the call was lost in a crash."""

    # Faults. What they do to calls in progress is found in the event list, so that nothing has to
    # be kept for the sake of a fault that may never come.

    def crash(self, hangs: bool = False) -> None:
        """Lose every call inside and refuse what comes, or be silent, until ``recover``."""
        self._damage.outages.append(hangs)
        self._open_workers = self._open_places = 0
        lost = self._lose_all()
        self.failed += len(lost)
        if not hangs:
            for call in lost:
                if call.give_up is not None:  # else canceled by the answer to one before it
                    self.drop(call, FAILED)

    def recover(self, hangs: bool = False) -> None:
        """End one crash; the last one to end opens the station again, empty."""
        self._damage.outages.remove(hangs)
        if not self._damage.outages:
            self._open_workers, self._open_places = self.workers, self._damage.places

    def _lose_all(self) -> list[Call]:
        """Empty workers and queue; the calls that were there, those in service first."""
        now_s = self.sim.now
        lost = self._mark_lost(self.inside())
        self.in_service_area += now_s * self.in_service
        self.queued_area += now_s * self.queued
        self.in_service = self.queued = 0
        self._queue.clear()
        return lost

    def _mark_lost(self, calls: list[Call]) -> list[Call]:
        for call in calls:
            call.callbacks = IGNORED
            call.give_up = self._forget
        return calls

    def slow_down(self, factor: float) -> None:
        """Make all work, also what is left of the work begun, take ``factor`` times as long."""
        self._damage.slowdowns.append(factor)
        self._set_slowness(prod(self._damage.slowdowns))

    def speed_up(self, factor: float) -> None:
        """End a slowdown by ``factor``."""
        self._damage.slowdowns.remove(factor)
        self._set_slowness(prod(self._damage.slowdowns))

    def _set_slowness(self, slowness: float) -> None:
        self.stretch(self._finished, slowness / self._slowness)
        self._slowness = slowness

    def break_calls(self, ratio: float) -> None:
        """Let this part of the calls fail after their service, each burst on its own."""
        self._damage.bursts.append(ratio)
        self._set_error_ratio()

    def mend_calls(self, ratio: float) -> None:
        """End a burst of errors of this ratio."""
        self._damage.bursts.remove(ratio)
        self._set_error_ratio()

    def _set_error_ratio(self) -> None:
        self._error_ratio = 0.0
        for burst in self._damage.bursts:
            self._error_ratio += (1 - self._error_ratio) * burst

    def inside(self) -> list[Call]:
        """The calls that are here, those in service first."""
        return self.held(self._finished) + [c for c in self._queue if c.give_up is not None]


class _Damage:
    """What faults have done to a station, apart from what every call has to look at.

    Beside the station and not in it, because CPython keeps the attributes of an object in the
    fast form only up to 30 of them.
    """

    def __init__(self, places: float, luck: Callable[[], float]) -> None:
        self.places = places  # waiting places while all is well
        self.luck = luck
        self.outages: list[bool] = []  # of the crashes under way: do they hang?
        self.slowdowns: list[float] = []
        self.bursts: list[float] = []  # error ratios
