"""A station with a waiting line of any order, for calls that may lose patience."""

from __future__ import annotations

from typing import Any

from simulator.kernel.call import IGNORED, TIMED_OUT, Call, Timer
from simulator.kernel.line import Line
from simulator.kernel.patience import LAST
from simulator.kernel.simulation import Simulation
from simulator.kernel.station import Station

MOST_LEFT = 64  # calls that have left a line may be so many before it is swept, or half of it


class OrderedStation(Station):
    """A station that does what a plain one need not know.

    The next call is the one that its line names. A call may bring a limit to the time it waits;
    one that is not served by then is answered as timed out. The worker of a call may have to wait
    until it is answered from downstream.

    Args:
        name, sim, workers, queue_limit, need, onward: as of ``Station``.
        line: where calls wait.
        patience: index into ``Call.request`` of the longest wait; None if all wait for ever.
        blocking: whether a worker waits for the answer from downstream.
    """

    def __init__(
        self,
        name: str,
        sim: Simulation,
        workers: int | None,
        queue_limit: int | None,
        need: int,
        onward: str | None,
        line: Line,
        patience: int | None = None,
        blocking: bool = False,
    ) -> None:
        super().__init__(name, sim, workers, queue_limit, need, onward)
        self._line = line
        line.stands_before(self)
        self._patience = patience
        self._impatient = (self._renege,)
        self._alarms: dict[Call, _Alarm] = {}  # of waiting calls, if they have limits
        self._blocked: dict[Call, None] = {}  # in order, unlike a set: a crash answers them all
        self._leave_blocked = self._unblock
        if blocking:
            self._finished = (self._block,)

    def accept(self, call: Call) -> None:
        call.since_s = self.sim.now
        if self.in_service < self._open_workers:
            self.in_service += 1
            self.in_service_area -= self.sim.now
            self._pass_line(call)
            self._begin(call)
        elif self.queued < self._open_places:
            self._join(call)
            self._line.put(call)
        else:
            self._refuse(call)

    def _pass_line(self, call: Call) -> None:
        """Show the line a call that need not wait: some want to see them all."""
        if len(self._line):
            self._line.clear()  # nothing but calls that have left
        call.give_up = self._leave_worker
        self._line.put(call)
        self._line.take()

    def _join(self, call: Call) -> None:
        """Count a call that begins to wait, and see how long it will."""
        self.queued += 1
        self.queued_area -= self.sim.now
        if self.queued > self.queued_peak:
            self.queued_peak = self.queued
        call.give_up = self._leave_queue
        if self._patience is not None:
            alarm = self._alarms[call] = _Alarm(call)
            self.hold(alarm, call.request[self._patience], self._impatient, LAST)

    def _begin(self, call: Call) -> None:
        """Let a call be served by a worker that is counted as its own."""
        self.wait_s.append(self.sim.now - call.since_s)
        call.give_up = self._leave_worker
        self.hold(call, call.request[self._need] * self._slowness, self._finished)

    def _finish(self, call: Call) -> None:
        call.give_up = None
        self._free_worker()
        self._pass_on(call)

    def _free_worker(self) -> None:
        while self._open_workers and len(self._line):
            call = self._line.take()
            if call.give_up is self._leave_queue:
                self._leave_line(call)
                self._begin(call)
                return
        self.in_service -= 1
        self.in_service_area += self.sim.now

    def _leave_line(self, call: Call) -> None:
        """Count a call out that goes to a worker, or away."""
        self.queued -= 1
        self.queued_area += self.sim.now
        if self._patience is not None:
            self._calm(call)
        if len(self._line) > MOST_LEFT + 2 * self.queued:
            self._line.sweep()

    def _calm(self, call: Call) -> None:
        """Let the patience of a call be over without consequences."""
        alarm = self._alarms.pop(call, None)
        if alarm is not None:  # else it has rung, or the call was interrupted
            alarm.callbacks = IGNORED

    def _renege(self, alarm: _Alarm) -> None:
        call = alarm.call
        self.reneged += 1
        call.give_up = None
        self._leave_line(call)
        call.answer(TIMED_OUT)

    # Blocking: a call that has been served keeps its worker until it is answered from downstream.

    def _block(self, call: Call) -> None:
        call.give_up = self._leave_blocked
        self._blocked[call] = None
        self._pass_on(call.fork(self))

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if state in self._blocked:  # else it was lost in a crash that hangs: nobody is to know
            self._unblock(state)
            state.give_up = None
            state.answer(outcome)

    def _unblock(self, call: Call) -> None:
        del self._blocked[call]
        self._free_worker()

    # Faults

    def _lose_all(self) -> list[Call]:
        for alarm in self._alarms.values():
            alarm.callbacks = IGNORED
        self._alarms.clear()
        lost = super()._lose_all()
        self._line.clear()
        self._blocked.clear()
        return lost

    def inside(self) -> list[Call]:
        return [*self._blocked, *super().inside(), *self._waiting()]

    def _waiting(self) -> list[Call]:
        return [call for call in self._line.calls() if call.give_up is self._leave_queue]


class _Alarm(Timer):
    """Rings when a waiting call has no patience left."""

    __slots__ = ("call",)

    def __init__(self, call: Call) -> None:
        self.call = call
