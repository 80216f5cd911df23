"""A station whose workers are shared by all calls inside (processor sharing)."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

from simulator.kernel.call import IGNORED, Call, Timer
from simulator.kernel.simulation import Simulation
from simulator.kernel.station import Station

ROUNDING_S = 1e-9  # a shorter wait is rounding: a call that was alone has not waited


class SharedStation(Station):
    """A station whose workers are shared by all calls inside, evenly or by weight.

    Time is counted in the service that a call of weight 1 inside has got so far ("virtual time"):
    it advances at the common rate, and a call is done when it has advanced by the call's need over
    its weight. The calls therefore leave in the order of a number that is fixed when they come.

    For the measures, calls beyond the number of workers count as queued, and the wait of a call is
    what sharing cost it: its time here less its need.

    Args:
        name, sim, workers, queue_limit, need, onward: as of ``Station``.
        weights: of the request classes, in their order; all the same if not given. Weights go with
            one worker: of several, a heavy call could be due more than one to itself.
    """

    def __init__(
        self,
        name: str,
        sim: Simulation,
        workers: int | None,
        queue_limit: int | None,
        need: int,
        onward: str | None,
        weights: Sequence[float] = (),
    ) -> None:
        super().__init__(name, sim, workers, queue_limit, need, onward)
        self._weights = tuple(weights)
        self._weight = 0.0  # of all calls inside, together
        self._inside: list[tuple[float, int, Call]] = []  # heap: virtual time when done
        self._present = 0  # calls inside, without those in the heap that have given up
        self._room = self._open_workers + self._open_places
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
        if self._present >= self._room:
            self._refuse(call)
            return
        self._advance()
        call.since_s = self.sim.now
        call.give_up = self._leave
        weight = self._weight_of(call)
        done_s = self._virtual_s + call.request[self._need] / weight
        heappush(self._inside, (done_s, self._ticket(), call))
        self._change_number(1, weight)

    def _weight_of(self, call: Call) -> float:
        return self._weights[call.request_class] if self._weights else 1.0

    def pace(self, call: Call) -> float:
        """Its share of a worker; a slowdown makes its service longer, not its share smaller."""
        if not self._present:
            return 0.0
        share = self._weight_of(call) * self.workers / self._weight
        return min(1.0, share)

    def _advance(self) -> None:
        now_s = self.sim.now
        self._virtual_s += (now_s - self._since_s) * self._rate
        self._since_s = now_s

    def _change_number(self, step: int, weight: float) -> None:
        """Count a call in or out, then see when the next one will be done."""
        now_s = self.sim.now
        self._present += step
        # Exactly 0 when all have gone: what rounding leaves must not add up.
        self._weight = self._weight + step * weight if self._present else 0.0
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
        if not self._open_workers:
            self._rate = 0.0
        elif self._present:
            rate = self.workers / self._weight
            self._rate = (rate if self._weights else min(1.0, rate)) / self._slowness
        while self._inside and self._inside[0][2].give_up is not self._leave:
            heappop(self._inside)
        if not self._inside or not self._rate:
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
        self._change_number(-1, self._weight_of(call))
        self._pass_on(call)

    def _give_up(self, call: Call) -> None:
        self._advance()
        self._change_number(-1, self._weight_of(call))

    def _open_or_close(self) -> None:
        self._advance()
        super()._open_or_close()
        self._room = 0 if self._aside.outages else self._aside.workers + self._aside.places
        self._set_rate()

    def _set_slowness(self, slowness: float) -> None:
        self._advance()
        self._slowness = slowness
        self._set_rate()

    def _lose_all(self) -> list[Call]:
        lost = self.inside()
        self._inside.clear()
        self._present = 0
        self._weight = 0.0
        self._settle_levels(self.sim.now)
        self._set_rate()
        return self._mark_lost(lost)

    def inside(self) -> list[Call]:
        entries = sorted(entry for entry in self._inside if entry[2].give_up is self._leave)
        return [call for _, _, call in entries]
