"""Users who come, make several requests one after another, and leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappush
from itertools import chain, repeat
from math import inf
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from simulator.distributions import Time
from simulator.kernel import OK, Call, Simulation, Timer
from simulator.kernel.call import NUMBER
from simulator.kernel.recorder import RequestLog
from simulator.units import Ratio
from simulator.workload.arrivals import ArrivalProcess, arrival_processes
from simulator.workload.sizes import AnySize
from simulator.workload.source import Source
from simulator.workload.sums import OpenProcess
from simulator.workload.trace import TraceError


@arrival_processes.register
class Sessions(ArrivalProcess):
    """Users who come whenever they like, and then make one request after another.

    Each waits for the answer and thinks before the next request, so that a slow system is asked
    less often by each, but by more of them at a time. Every request has a class and a key of its
    own. A run begins with nobody there.
    """

    kind: Literal["sessions"] = "sessions"
    users: OpenProcess = Field(description="when users come, each with the first request")
    requests: AnySize = Field(description="requests in a session")
    think_time: Time = Field(description="time between an answer and the user's next request")
    leaves_on_failure: Ratio = Field(
        0.0, description="how likely a user leaves after a request that was not answered ok"
    )

    def source(
        self, sim: Simulation, log: RequestLog, keys: Iterator[int] | None, until_s: float
    ) -> Source:
        return SessionSource(sim, log, keys, self, until_s)

    def mean_rate(self, until_s: float) -> float | None:
        """If every session came to its end."""
        of_users = self.users.mean_rate(until_s)
        return None if of_users is None else of_users * self.requests.average()

    def is_finite(self) -> bool:
        return self.users.is_finite()

    def last_s(self) -> float | None:
        """When the last user comes."""
        return self.users.last_s()

    def read_files(self, folder: Path | None) -> None:
        try:
            self.users.read_files(folder)
        except TraceError as error:
            error.within("users")
            raise

    def file_digest(self) -> str:
        return self.users.file_digest()


class _User(Timer):
    """Somebody in a session; rests in the event list while thinking."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left  # requests still to be made


class SessionSource(Source):
    """Sends the requests of users who come and go.

    Args:
        spec: what they do.
        until_s: nobody comes or asks any more from here on.
    """

    def __init__(
        self,
        sim: Simulation,
        log: RequestLog,
        keys: Iterator[int] | None,
        spec: Sessions,
        until_s: float,
    ) -> None:
        super().__init__(sim, log, keys)
        self._until_s = until_s
        self._next_s = chain(spec.users.instants(sim.streams), repeat(inf)).__next__
        sizes = spec.requests.draws(sim.streams, "workload.session.requests")
        self._size: Callable[[], int] = sizes.__next__
        self._think_s = sim.draws("workload.think", spec.think_time)
        self._luck = sim.uniforms("workload.session.leaves")
        self._leaves = spec.leaves_on_failure
        self._waiting: dict[int, _User] = {}  # by the number of the request
        self._sent = 0
        self._present = 0  # users who are not done
        self._all_came = False
        self._clock: Any = Call((), self, None)
        self._due = (self._come,)
        self._ready = (self._ask,)

    def start(self) -> None:
        self._await_next(self._next_s())

    def _await_next(self, next_s: float) -> None:
        """Let the clock ring when the next user comes, if another one does."""
        if next_s < self._until_s:
            self._clock.callbacks = self._due
            heappush(self._agenda, (next_s, 1, self._ticket(), self._clock))
        elif next_s == inf:
            self._all_came = True
            if not self._present:
                self.end()

    def _come(self, clock: Any) -> None:
        self._present += 1
        self._ask(_User(self._size()))
        self._await_next(self._next_s())

    def _ask(self, user: Any) -> None:
        if self.sim.now < self._until_s:
            user.left -= 1
            self._waiting[self._sent] = user
            self._sent += 1
            self.send()

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        super().returned(call, outcome, state)
        user = self._waiting.pop(call.request[NUMBER])
        if user.left and not (outcome != OK and self._luck() < self._leaves):
            self.hold(user, self._think_s(), self._ready)
            return
        self._present -= 1
        if self._all_came and not self._present:
            self.end()
