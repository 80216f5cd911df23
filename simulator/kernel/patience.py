"""Deadlines of one fixed length, all watched by one timer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappush
from typing import Any, Final

from simulator.kernel.call import Call, Timer
from simulator.kernel.simulation import Simulation

LAST: Final = (
    2  # SimPy's order within an instant, where 1 is usual: an answer then is still in time
)


class Patience:
    """Tells when a call has gone unanswered for too long.

    Equal lengths expire in the order in which they began, and most calls are answered in time. So
    a queue and one timer, set for the oldest call still open, replace a timer for each call; the
    expiries are exact all the same.

    Args:
        sim: whose clock and event list to use.
        length_s: how long a call may take, in seconds.
        expire: called as ``expire(call, owner)`` at the instant a call has taken too long.
    """

    def __init__(
        self, sim: Simulation, length_s: float, expire: Callable[[Call, Any], None]
    ) -> None:
        self.sim = sim
        self.length_s = length_s
        self.expire = expire
        self._open: deque[tuple[float, Call, Any]] = deque()
        self._agenda: list[Any] = sim._queue
        self._timer = Timer()
        self._due = (self._ring,)
        self._is_running = False

    def watch(self, call: Call, owner: Any) -> None:
        """Call ``expire(call, owner)`` unless the call is answered in time."""
        due_s = self.sim.now + self.length_s
        self._open.append((due_s, call, owner))
        if not self._is_running:
            self._is_running = True
            self._set(due_s)

    def _set(self, due_s: float) -> None:
        self._timer.callbacks = self._due
        heappush(self._agenda, (due_s, LAST, self.sim.ticket(), self._timer))

    def _ring(self, timer: Any) -> None:
        now_s = self.sim.now
        while self._open:
            due_s, call, owner = self._open[0]
            if call.back is not None and due_s > now_s:
                self._set(due_s)
                return
            self._open.popleft()
            if call.back is not None:
                self.expire(call, owner)
        self._is_running = False
