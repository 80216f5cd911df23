"""Where requests come from and where their answers go: the root of the system.

A source sends each request as a call, and writes down when it came and what became of it. An open
source sends at given instants, whatever happens to the requests before; in a closed one each of a
number of users waits for the answer, thinks, and asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappush
from itertools import chain, repeat
from math import inf
from typing import Any

from simulator.errors import SimulationError
from simulator.kernel import Call, Component, Find, Simulation, Timer
from simulator.kernel.call import CLASS, NUMBER, new_call
from simulator.kernel.recorder import MOST_ATTEMPTS, RequestLog


class Source(Component):
    """Sends requests to the entry and logs their outcomes.

    Args:
        sim: the run.
        log: takes a row a request.
        keys: what each request asks for, in order of arrival; None if there are no keys.
    """

    def __init__(self, sim: Simulation, log: RequestLog, keys: Iterator[int] | None) -> None:
        super().__init__("users", sim)
        self.finished = sim.event()  # every request that will ever be sent has been answered
        self._log = log
        self._note_arrival = log.arrived_s.append
        self._latency_s, self._outcome = log.latency_s, log.outcome
        self._rows = 0  # of the log that it may write into by itself
        self._keys: Iterator[Any] = repeat(None) if keys is None else keys

    def connect(self, find: Find) -> None:
        (self._entry,) = find("entry")
        self._next_request = self.sim.needs.requests(self._keys).__next__

    def start(self) -> None:
        """Put the first arrival, or every user's first request, into the event list."""
        raise NotImplementedError

    def send(self) -> None:
        """Send the next request, now."""
        now_s = self.sim.now
        request: tuple[Any, ...] = self._next_request()
        if request[NUMBER] < self._rows:
            self._note_arrival(now_s)
        else:
            self._rows = self._log.grow(now_s, request[CLASS])
        call = new_call(Call)  # as `Call(request, self, now_s)`, at half the cost
        call.request = request
        call.back = (self, now_s, None)
        call.give_up = call.children = None
        call.attempts = 1
        self._entry.accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        number: int = call.request[NUMBER]
        if number < self._rows:
            self._latency_s[number] = self.sim.now - state
            self._outcome[number] = outcome
            if call.attempts > 1:
                self._log.attempts[number] = min(call.attempts, MOST_ATTEMPTS)
        else:
            self._log.answered(call, outcome, state, self.sim.now)
            if self._log.open == 0:
                self.finished.succeed()

    def end(self) -> None:
        """No further request will be sent: from now on count the answers still to come."""
        self._rows = 0
        if self._log.count_open() == 0:
            self.finished.succeed()


class OpenSource(Source):
    """Sends a request at each of a sequence of instants, whatever became of those before.

    Args:
        instants_s: when, in seconds, in increasing order, possibly without end.
        until_s: instants from here on are left out.
    """

    def __init__(
        self,
        sim: Simulation,
        log: RequestLog,
        keys: Iterator[int] | None,
        instants_s: Iterator[float],
        until_s: float,
    ) -> None:
        super().__init__(sim, log, keys)
        self._next_s = chain(instants_s, repeat(inf)).__next__
        self._until_s = until_s
        self._clock = Call((), self, None)
        self._due = (self._arrive,)

    def start(self) -> None:
        first_s = self._next_s()
        if first_s < self._until_s:
            self._clock.callbacks = self._due
            heappush(self._agenda, (first_s, 1, self._ticket(), self._clock))

    def _arrive(self, clock: Call) -> None:
        self.send()
        next_s: float = self._next_s()
        if next_s < self._until_s:
            clock.callbacks = self._due
            heappush(self._agenda, (next_s, 1, self._ticket(), clock))
        elif next_s == inf:
            self.end()


class ClosedSource(Source):
    """A fixed number of users, each of whom thinks, asks, waits for the answer, and thinks again.

    Args:
        users: how many.
        think_s: draws of the time between an answer and the next request.
        until_s: nobody asks any more from here on.
    """

    def __init__(
        self,
        sim: Simulation,
        log: RequestLog,
        keys: Iterator[int] | None,
        users: int,
        think_s: Callable[[], float],
        until_s: float,
    ) -> None:
        super().__init__(sim, log, keys)
        self._users = users
        self._think_s = think_s
        self._until_s = until_s
        self._ready = (self._ask,)
        self._last_s = -1.0
        self._at_once = 0  # answers at the instant of the last one, one after the other
        self._most_at_once = 10 * users + 10_000

    def start(self) -> None:
        for _ in range(self._users):
            self.hold(Timer(), self._think_s(), self._ready)

    def _ask(self, user: Any) -> None:
        if self.sim.now < self._until_s:
            self.send()

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        super().returned(call, outcome, state)
        now_s = self.sim.now
        if now_s > self._last_s:
            self._last_s, self._at_once = now_s, 0
        else:
            self._at_once += 1
            if self._at_once > self._most_at_once:
                raise SimulationError(
                    f"simulated time stands still at {now_s:g} s: {self._users} users without "
                    "think time are answered in no time and ask again at once; give "
                    "workload.arrivals a think_time, or the system something that takes time"
                )
        self.hold(Timer(), self._think_s(), self._ready)
