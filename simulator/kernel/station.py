"""Workers behind a queue: the mechanism of whatever serves a bounded number of calls at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappush
from math import inf, prod
from typing import Any, Final

from simulator.kernel.call import FAILED, FIRST_NEED, IGNORED, OK, PROBE, REJECTED, Call
from simulator.kernel.component import Component, Find
from simulator.kernel.measures import count, level, ratio, samples
from simulator.kernel.simulation import Simulation


class Station(Component):
    """Serves calls with a number of equal workers; the others wait, in order of arrival.

    Args:
        name: of the component.
        sim: the run it belongs to.
        workers: calls served at once; None for no limit.
        queue_limit: waiting places; None for no limit.
        need: index into ``Call.request`` of the service time.
        onward: name of the component that a call goes to when it has been served; None if it is
            answered.
    """

    in_service = level("calls being served")
    queued = level("calls waiting", better="lower", peaks=True)
    workers = level("workers; 0 where there is no limit to them")
    up = level("whether it is up: 1, or 0 while it is down", better="higher")
    served = count("calls served to the end", better="higher")
    rejected = count("calls refused because every waiting place was taken", better="lower")
    failed = count("calls that broke, or came while it was down", better="lower")
    reneged = count("calls that left because their patience ended", better="lower")
    wait_s = samples("time a served call waited for its worker")
    utilization = ratio("busy part of the workers", "in_service", "workers")
    availability = ratio("part of the time it was up", "up", better="higher")
    resting = "service"

    def __init__(
        self,
        name: str,
        sim: Simulation,
        workers: int | None,
        queue_limit: int | None,
        need: int,
        onward: str | None = None,
    ) -> None:
        super().__init__(name, sim)
        self.workers = workers or 0
        self.up = 1
        self._note_wait: Callable[[float], None] = self.wait_s.append
        self._need = need
        self._next: Component | None = None
        # None while it is down, so that `accept` needs no test.
        self._open_workers = inf if workers is None else float(workers)
        self._open_places = inf if queue_limit is None else float(queue_limit)
        self._queue: deque[Call] = deque()
        self._slowness = 1.0
        luck = sim.uniforms(f"{name}.errors")
        self._aside = _Aside(onward, self._open_workers, self._open_places, luck)
        self._finished: Any = (self._finish,)
        self._leave_queue = self._leave_line
        self._leave_worker = self._abort

    def connect(self, find: Find) -> None:
        if self._aside.onward is not None:
            (self._next,) = find(self._aside.onward)
            self._aside.next = self._next

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
        outages = self._aside.outages
        if not outages:
            self.rejected += 1
            call.answer(REJECTED)
        else:
            self.failed += 1
            if not any(outages):
                call.answer(FAILED)  # else silence: whoever asked has to give up

    def probe(self, call: Call) -> None:
        """Refuse a probe or be silent while it is down; a stop and a slowdown delay the answer."""
        aside = self._aside
        if aside.outages:
            if not any(aside.outages):
                call.answer(FAILED)
        elif aside.stops:
            aside.probes.append(call)
        elif call.request[FIRST_NEED] > 0:
            call.memo = self
            self.hold(call, call.request[FIRST_NEED] * self._slowness, PROBED)
        else:
            call.answer(OK)

    def _finish(self, call: Call) -> None:
        call.give_up = None
        if self._queue:
            self._free_worker()
        else:
            self.in_service -= 1
            self.in_service_area += self.sim.now
        self.served += 1  # and on with it as in `_pass_on`, written out: one call less
        if self._next is None:
            call.answer(OK)
        else:
            self._next.accept(call)

    def _pass_on(self, call: Call) -> None:
        """Send on a call that has been served and holds nothing here any more."""
        self.served += 1
        if self._next is None:
            call.answer(OK)
        else:
            self._next.accept(call)

    def _free_worker(self) -> None:
        """Give a worker its next call; calls that gave up while they waited are passed over."""
        now_s = self.sim.now
        while self._queue:
            call = self._queue.popleft()
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

    def _leave_line(self, call: Call) -> None:
        self.queued -= 1
        self.queued_area += self.sim.now

    def _abort(self, call: Call) -> None:
        if self._aside.stops:
            self._aside.frozen = [each for each in self._aside.frozen if each[1] is not call]
            self.in_service -= 1
            self.in_service_area += self.sim.now
        else:
            self._free_worker()

    def _forget(self, call: Call) -> None:
        """Nothing to let go of: the call was lost in a crash."""

    # Faults. What they do to calls in progress is found in the event list, so that nothing has to
    # be kept for the sake of a fault that may never come.

    def crash(self, hangs: bool = False) -> None:
        """Lose every call inside and refuse what comes, or be silent, until ``recover``."""
        self._aside.outages.append(hangs)
        self._aside.lives += 1
        self._open_or_close()
        lost = self._lose_all()
        self.failed += len(lost)
        if not hangs:
            for call in lost:
                if call.give_up is not None:  # else canceled by the answer to one before it
                    self.drop(call, FAILED)

    def recover(self, hangs: bool = False) -> None:
        """End one crash; the last one to end opens the station again, empty."""
        self._aside.outages.remove(hangs)
        self._open_or_close()

    def lives(self) -> int:
        return self._aside.lives

    def is_lost(self) -> bool:
        return bool(self._aside.outages)

    def leave(self) -> int:
        """Be no more: what is inside fails, and nobody works here until ``enter``.

        Whoever lets it go sees that no calls come meanwhile.

        Returns:
            How many calls failed.
        """
        failed = self.failed
        self.crash()
        self.recover()
        self._count_workers(0)
        lost: int = self.failed - failed
        return lost

    def enter(self) -> None:
        """Be there again, empty, after ``leave``."""
        workers = self._aside.workers
        self._count_workers(0 if workers == inf else int(workers))

    def start_s(self) -> float:
        """What a new one takes to begin with, beyond what its controller knows of, in seconds."""
        return 0.0

    def _count_workers(self, workers: int) -> None:
        self.workers_area -= (workers - self.workers) * self.sim.now
        self.workers = workers

    def stop(self) -> None:
        """Let all work rest until ``go_on``: calls wait, and what is begun stays where it is."""
        self._aside.stops += 1
        self._open_or_close()
        if self._aside.stops == 1:
            self._freeze()

    def go_on(self) -> None:
        """End one stop; after the last one work goes on where it was."""
        self._aside.stops -= 1
        self._open_or_close()
        if not self._aside.stops:
            self._thaw()
            probes, self._aside.probes = self._aside.probes, []
            for each in probes:
                if each.back is not None:  # else whoever asked did not wait
                    self.probe(each)

    def _open_or_close(self) -> None:
        aside, now_s = self._aside, self.sim.now
        is_down = bool(aside.outages or aside.stops)
        self._open_workers = 0.0 if is_down else aside.workers
        self._open_places = 0.0 if aside.outages else aside.places
        if is_down == self.up:
            self.up = 1 - self.up
            self.up_area += now_s if is_down else -now_s

    def _freeze(self) -> None:
        self._aside.frozen = self.withdraw(self._finished)

    def _thaw(self) -> None:
        frozen, self._aside.frozen = self._aside.frozen, []
        for left_s, event in frozen:
            self.hold(event, left_s, self._finished)
        self._fill_workers()

    def _fill_workers(self) -> None:
        """Let waiting calls have the workers that nobody has."""
        while self.queued and self.in_service < self._open_workers:
            self.in_service += 1
            self.in_service_area -= self.sim.now
            self._free_worker()

    def _lose_all(self) -> list[Call]:
        """Empty workers and queue; the calls that were there, those in service first."""
        now_s = self.sim.now
        lost = self._mark_lost(self.inside())
        self.in_service_area += now_s * self.in_service
        self.queued_area += now_s * self.queued
        self.in_service = self.queued = 0
        self._queue.clear()
        self._aside.frozen = []
        return lost

    def _mark_lost(self, calls: list[Call]) -> list[Call]:
        for call in calls:
            call.callbacks = IGNORED
            call.give_up = self._forget
        return calls

    def slow_down(self, factor: float) -> None:
        """Make all work, also what is left of the work begun, take ``factor`` times as long."""
        self._aside.slowdowns.append(factor)
        self._set_slowness(prod(self._aside.slowdowns))

    def speed_up(self, factor: float) -> None:
        """End a slowdown by ``factor``."""
        self._aside.slowdowns.remove(factor)
        self._set_slowness(prod(self._aside.slowdowns))

    def _set_slowness(self, slowness: float) -> None:
        factor = slowness / self._slowness
        self.stretch(self._finished, factor)
        self._aside.frozen = [(left_s * factor, event) for left_s, event in self._aside.frozen]
        self._slowness = slowness

    def meter(self, served: Callable[[], None]) -> None:
        """Have ``served()`` called for each call that has been served, before it goes on."""
        self._aside.meters.append(served)
        self._set_behind()

    def break_calls(self, ratio: float) -> None:
        """Let this part of the calls fail after their service, each burst on its own."""
        self._aside.bursts.append(ratio)
        self._set_behind()

    def mend_calls(self, ratio: float) -> None:
        """End a burst of errors of this ratio."""
        self._aside.bursts.remove(ratio)
        self._set_behind()

    def _set_behind(self) -> None:
        aside = self._aside
        self._next = _Behind(self, aside) if aside.bursts or aside.meters else aside.next

    def inside(self) -> list[Call]:
        """The calls that are here, those in service first."""
        begun = self.held(self._finished) + [event for _, event in self._aside.frozen]
        return begun + [call for call in self._queue if call.give_up is not None]

    def away(self) -> list[Call]:
        """The calls that will come back and hold neither a worker nor a place until then."""
        return []


def _answer_probe(call: Call) -> None:
    """Let a probe that has taken its time see how the station is by now."""
    station: Station = call.memo
    call.request = PROBE
    station.probe(call)


PROBED: Final[Any] = (_answer_probe,)


class _Aside:
    """What a station has to know apart from what every call has to look at.

    Beside the station and not in it, because CPython keeps the attributes of an object in the
    fast form only up to 29 of them.
    """

    def __init__(
        self, onward: str | None, workers: float, places: float, luck: Callable[[], float]
    ) -> None:
        self.onward = onward
        self.next: Component | None = None  # where calls go on to while all is well
        self.workers = workers  # workers and waiting places while all is well
        self.places = places
        self.luck = luck
        self.outages: list[bool] = []  # of the crashes under way: do they hang?
        self.lives = 1  # one more with each crash
        self.stops = 0
        self.probes: list[Call] = []  # that wait for the end of a stop
        self.frozen: list[tuple[float, Any]] = []  # work begun before a stop: what is left of it
        self.slowdowns: list[float] = []
        self.bursts: list[float] = []  # error ratios
        self.meters: list[Callable[[], None]] = []  # told of each call that has been served


class _Behind(Component):
    """Stands behind a station while somebody counts its calls, or bursts of errors last.

    These fail their part of the calls.
    """

    def __init__(self, station: Station, aside: _Aside) -> None:
        super().__init__(station.name, station.sim)
        self._station = station
        self._next = aside.next
        self._luck = aside.luck
        self._meters = tuple(aside.meters)
        self._ratio = 0.0
        for burst in aside.bursts:
            self._ratio += (1 - self._ratio) * burst

    def accept(self, call: Call) -> None:
        for served in self._meters:
            served()
        if self._ratio and self._luck() < self._ratio:
            self._station.failed += 1
            call.answer(FAILED)
        elif self._next is None:
            call.answer(OK)
        else:
            self._next.accept(call)
