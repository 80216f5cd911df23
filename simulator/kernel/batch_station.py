"""A station whose workers take several waiting calls at once (bulk service)."""

from __future__ import annotations

from heapq import heappush
from typing import Any

from simulator.kernel.call import IGNORED, Call, Timer
from simulator.kernel.line import Line
from simulator.kernel.measures import level, ratio, samples
from simulator.kernel.ordered_station import OrderedStation
from simulator.kernel.patience import LAST
from simulator.kernel.simulation import Simulation


class BatchStation(OrderedStation):
    """A free worker takes all waiting calls, up to a limit, and serves them as one.

    It begins at once with what is there, or first waits for more: until the batch is full or the
    oldest call in it has waited so long. All calls of a batch are done together, after the service
    time of the first and a time for each further one. A call that is taken back leaves its batch,
    which takes as long all the same; once all have left, the worker is free.

    Args:
        name, sim, workers, queue_limit, need, onward, line, patience: as of ``OrderedStation``.
        size: most calls of a batch.
        gather_s: longest that a call waits for others while there is a free worker.
        further_s: what each call after the first adds to the service time.
    """

    busy = level("workers at work on a batch")
    batch_calls = samples("calls served together, of each batch", unit="", better=None)
    utilization = ratio("busy part of the workers", "busy", "workers")

    def __init__(
        self,
        name: str,
        sim: Simulation,
        workers: int | None,
        queue_limit: int | None,
        need: int,
        onward: str | None,
        line: Line,
        patience: int | None,
        size: int,
        gather_s: float = 0.0,
        further_s: float = 0.0,
    ) -> None:
        super().__init__(name, sim, workers, queue_limit, need, onward, line, patience)
        self._size = size
        self._gather_s = gather_s
        self._further_s = further_s
        self._finished = (self._end_batch,)
        self._leave_batch = self._quit_batch
        self._enough = (self._stop_gathering,)
        self._timer: Any = Timer()
        self._timer.callbacks = IGNORED  # not set
        self._timer_s = 0.0

    def accept(self, call: Call) -> None:
        call.since_s = self.sim.now
        if self.busy < self._open_workers and not self._gather_s:
            self._pass_line(call)
            self._begin_batch([call])
        elif self.queued < self._open_places:
            self._join(call)
            self._line.put(call)
            self._fill_workers()
        else:
            self._refuse(call)

    def pace(self, call: Call) -> float:
        return 1.0 if call.give_up is self._leave_batch else 0.0

    def _fill_workers(self) -> None:
        while self.queued and self.busy < self._open_workers:
            if self.queued < self._size and self._gather_s:
                enough_s = min(call.since_s for call in self._waiting()) + self._gather_s
                if enough_s > self.sim.now:
                    self._gather_until(enough_s)
                    return
            self._begin_batch(self._take_batch())

    def _gather_until(self, enough_s: float) -> None:
        if self._timer.callbacks is self._enough and self._timer_s == enough_s:
            return
        self._timer.callbacks = IGNORED
        self._timer = Timer()
        self._timer.callbacks = self._enough
        self._timer_s = enough_s
        # `hold` takes a delay, and now plus the delay need not be this very instant.
        heappush(self._agenda, (enough_s, LAST, self._ticket(), self._timer))

    def _stop_gathering(self, timer: Any) -> None:
        timer.callbacks = IGNORED
        self._fill_workers()

    def _take_batch(self) -> list[Call]:
        calls: list[Call] = []
        while self.queued and len(calls) < self._size:
            call = self._line.take()
            if call.give_up is self._leave_queue:
                self._leave_line(call)
                calls.append(call)
        return calls

    def _begin_batch(self, calls: list[Call]) -> None:
        now_s = self.sim.now
        batch = _Batch(calls)
        for call in calls:
            self.wait_s.append(now_s - call.since_s)
            call.give_up = self._leave_batch
            call.memo = batch
        self._count(len(calls), 1)
        self.batch_calls.append(len(calls))
        work_s = calls[0].request[self._need] + self._further_s * (len(calls) - 1)
        self.hold(batch, work_s * self._slowness, self._finished)

    def _count(self, calls: int, batches: int) -> None:
        """Count calls and batches in, or out."""
        now_s = self.sim.now
        self.in_service += calls
        self.in_service_area -= now_s * calls
        self.busy += batches
        self.busy_area -= now_s * batches

    def _end_batch(self, batch: _Batch) -> None:
        calls = batch.calls
        self._count(-len(calls), -1)
        for call in calls:
            call.memo = None
            call.give_up = self._forget
        self._fill_workers()
        for call in calls:
            if call.give_up is not None:  # else taken back by the answer to one before it
                call.give_up = None
                self._pass_on(call)

    def _quit_batch(self, call: Call) -> None:
        batch: _Batch = call.memo
        call.memo = None
        batch.calls.remove(call)
        self._count(-1, 0)
        if not batch.calls:
            batch.callbacks = IGNORED
            self._aside.frozen = [each for each in self._aside.frozen if each[1] is not batch]
            self._count(0, -1)
            self._fill_workers()

    # Faults

    def _lose_all(self) -> list[Call]:
        batches = self._batches()
        lost = super()._lose_all()
        for batch in batches:
            batch.callbacks = IGNORED
            for call in batch.calls:
                call.memo = None
        self._count(0, -self.busy)
        self._timer.callbacks = IGNORED
        return lost

    def _batches(self) -> list[Any]:
        return [*self.held(self._finished), *(event for _, event in self._aside.frozen)]

    def inside(self) -> list[Call]:
        return [call for batch in self._batches() for call in batch.calls] + self._waiting()


class _Batch(Timer):
    """Calls that are served together, as one event."""

    __slots__ = ("calls",)

    def __init__(self, calls: list[Call]) -> None:
        self.calls = calls
