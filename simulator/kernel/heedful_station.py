"""A station whose workers look at who waits for a call before they begin it."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.kernel.call import TIMED_OUT, Call, is_wanted
from simulator.kernel.line import Line
from simulator.kernel.measures import count
from simulator.kernel.shedding_station import Shedder, SheddingStation, WhenFull
from simulator.kernel.simulation import Simulation


class HeedfulStation(SheddingStation):
    """A station that does not begin what nobody waits for any more.

    It asks everybody on the way back of a call (``Caller.wants``) when a worker would begin it, and
    not before: a call that waits keeps its place until then. One that is not wanted is answered as
    timed out, at the same instant and after whatever is going on.

    Args:
        name, sim, workers, queue_limit, need, onward, line, patience, blocking, shedder, when_full,
            class_limits: as of ``SheddingStation``.
    """

    expired = count("calls not begun, since whoever had asked had given them up", better="lower")

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
        blocking: bool,
        shedder: Shedder,
        when_full: WhenFull,
        class_limits: Sequence[float],
    ) -> None:
        super().__init__(
            name,
            sim,
            workers,
            queue_limit,
            need,
            onward,
            line,
            patience,
            blocking,
            shedder,
            when_full,
            class_limits,
        )
        self._left_out = (self._answer_late,)

    def accept(self, call: Call) -> None:
        if self.in_service < self._open_workers and not is_wanted(call):
            self._leave_out(call)
        else:
            super().accept(call)

    def _free_worker(self) -> None:
        now_s = self.sim.now
        while self._open_workers and len(self._line):
            call = self._line.take()
            if call.give_up is None:
                continue
            if self._shedder.drops(now_s, now_s - call.since_s, self.queued - 1):
                self._drop(call)
                continue
            wanted = is_wanted(call)  # last, since to others it means that the call is begun
            self._leave_line(call)
            if wanted:
                self._begin(call)
                return
            self._leave_out(call)
        self.in_service -= 1
        self.in_service_area += now_s

    def _leave_out(self, call: Call) -> None:
        self.expired += 1
        call.give_up = None
        self.hold(call, 0.0, self._left_out)

    def _answer_late(self, call: Call) -> None:
        call.answer(TIMED_OUT)
