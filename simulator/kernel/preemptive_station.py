"""A station in which a call that comes may interrupt one that is served."""

from __future__ import annotations

from simulator.kernel.call import IGNORED, Call, Timer
from simulator.kernel.line import RankedLine
from simulator.kernel.measures import count
from simulator.kernel.ordered_station import OrderedStation
from simulator.kernel.simulation import Simulation


class PreemptiveStation(OrderedStation):
    """A call that comes takes over the worker of the last in rank, if it ranks before that one.

    The interrupted call waits where its rank says and goes on later where it was (preemptive
    resume). It counts as queued and needs no waiting place; a call that comes when all places are
    taken is refused, whatever its rank. The wait of a call is all the time it was here without
    being served. Its patience ends with its first service.

    Args:
        name, sim, workers, queue_limit, need, onward, patience, blocking: as of ``OrderedStation``.
        line: where calls wait; it says who ranks before whom, also in service.
    """

    preempted = count("times that a call in service was interrupted by another")

    def __init__(
        self,
        name: str,
        sim: Simulation,
        workers: int | None,
        queue_limit: int | None,
        need: int,
        onward: str | None,
        line: RankedLine,
        patience: int | None = None,
        blocking: bool = False,
    ) -> None:
        super().__init__(name, sim, workers, queue_limit, need, onward, line, patience, blocking)
        self._ranks = line
        self._running: dict[Call, _Progress] = {}
        self._after_service = self._block if blocking else self._finish
        self._finished = (self._end_service,)

    def accept(self, call: Call) -> None:
        now_s = self.sim.now
        call.since_s = now_s
        is_free = self.in_service < self._open_workers
        if not is_free and self.queued >= self._open_places:
            self._refuse(call)
            return
        entry = self._ranks.entry(call)
        call.memo = _Progress(entry[0], entry[1], call.request[self._need], now_s)
        if is_free or self._takes_over(call):
            self.in_service += 1
            self.in_service_area -= now_s
            self._begin(call)
        else:
            self._join(call)
            self._ranks.put_entry(entry)

    def pace(self, call: Call) -> float:
        return 1.0 if call.give_up is self._leave_worker else 0.0

    def _takes_over(self, call: Call) -> bool:
        """Interrupt the last in rank of the calls in service, if this call ranks before it."""
        now_s = self.sim.now
        # Not those that are done at this very instant: they only wait for their turn to say so.
        unfinished = [each for each, progress in self._running.items() if progress.due_s > now_s]
        if not unfinished:
            return False
        last = max(unfinished, key=self._standing)
        if (call.memo.rank, call.memo.number) >= self._standing(last):
            return False
        self.preempted += 1
        self._interrupt(last)
        return True

    def _standing(self, call: Call) -> tuple[float, int]:
        """Rank and number of a call in service, now."""
        progress: _Progress = call.memo
        rank = progress.rank
        if self._ranks.runs_down:
            rank -= progress.left_s - (progress.due_s - self.sim.now) / self._slowness
        return rank, progress.number

    def _interrupt(self, call: Call) -> None:
        """Let a call in service wait again, with what is left of its work."""
        now_s = self.sim.now
        progress: _Progress = call.memo
        progress.rank, _ = self._standing(call)
        progress.left_s = max(0.0, (progress.due_s - now_s) / self._slowness)
        progress.since_s = now_s
        self._put_down(call)
        self.in_service -= 1
        self.in_service_area += now_s
        self.queued += 1
        self.queued_area -= now_s
        if self.queued > self.queued_peak:
            self.queued_peak = self.queued
        call.give_up = self._leave_queue
        self._ranks.put_entry((progress.rank, progress.number, call))

    def _begin(self, call: Call) -> None:
        progress: _Progress = call.memo
        progress.waited_s += self.sim.now - progress.since_s
        work_s = progress.left_s * self._slowness
        progress.due_s = self.sim.now + work_s
        progress.service = _Service(call)
        self._running[call] = progress
        call.give_up = self._leave_worker
        self.hold(progress.service, work_s, self._finished)

    def _put_down(self, call: Call) -> None:
        """Serve a call no longer."""
        progress = self._running.pop(call)
        if progress.service is not None:
            progress.service.callbacks = IGNORED
        progress.service = None

    def _end_service(self, service: _Service) -> None:
        call = service.call
        self.wait_s.append(self._running.pop(call).waited_s)
        call.memo = None
        self._after_service(call)

    def _abort(self, call: Call) -> None:
        self._put_down(call)
        self._free_worker()

    # Faults

    def _freeze(self) -> None:
        for call in list(self._running):
            self._interrupt(call)

    def _set_slowness(self, slowness: float) -> None:
        now_s, factor = self.sim.now, slowness / self._slowness
        for progress in self._running.values():
            progress.due_s = now_s + (progress.due_s - now_s) * factor
        super()._set_slowness(slowness)

    def _lose_all(self) -> list[Call]:
        lost = super()._lose_all()
        for call in list(self._running):
            self._put_down(call)
        return lost

    def inside(self) -> list[Call]:
        return [*self._blocked, *self._running, *self._waiting()]


class _Progress:
    """How far a call has come: what a preemptive station notes on it.

    Attributes:
        rank, number: where it stands in line.
        left_s: work that was left when it was last begun or interrupted.
        since_s: since when it waits.
        waited_s: time it has waited until then.
        due_s: when it will be done, while it is served.
        service: what rests in the event list for it meanwhile.
    """

    __slots__ = ("rank", "number", "left_s", "since_s", "waited_s", "due_s", "service")

    def __init__(self, rank: float, number: int, left_s: float, since_s: float) -> None:
        self.rank = rank
        self.number = number
        self.left_s = left_s
        self.since_s = since_s
        self.waited_s = 0.0
        self.due_s = 0.0
        self.service: _Service | None = None


class _Service(Timer):
    """One uninterrupted stretch of service.

    The call itself cannot lie in the event list: once interrupted, it might come to lie there
    twice.
    """

    __slots__ = ("call",)

    def __init__(self, call: Call) -> None:
        self.call = call
