"""A station that turns waiting calls away when it has too much to do (load shedding)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import inf
from typing import Any, Literal

from simulator.kernel.call import IGNORED, REJECTED, Call, Timer
from simulator.kernel.line import Line
from simulator.kernel.measures import count
from simulator.kernel.ordered_station import MOST_LEFT, OrderedStation
from simulator.kernel.patience import LAST
from simulator.kernel.simulation import Simulation

WhenFull = Literal["tail", "head", "least_urgent"]
"""Whom a full queue turns away: who comes, who waits longest, or the last of lowest priority."""


class Shedder:
    """Decides which waiting calls are dropped; this one drops nobody."""

    def joins(self, now_s: float, queued: int) -> float:
        """How long a call may wait that begins to, in seconds; inf for as long as it takes.

        Args:
            queued: calls that wait already.
        """
        return inf

    def drops(self, now_s: float, waited_s: float, left: int) -> bool:
        """Whether a call is dropped that is next; asked of every call, also of one that waits not.

        Args:
            waited_s: how long it has waited.
            left: calls that go on waiting.
        """
        return False


class SheddingStation(OrderedStation):
    """A station that drops waiting calls, so that others are served in time.

    Who is dropped is answered as rejected, at the same instant and after whatever is going on.

    Args:
        name, sim, workers, queue_limit, need, onward, line, patience, blocking: as of
            ``OrderedStation``.
        shedder: which waiting calls are dropped although there is room.
        when_full: who has to go if there is none.
        class_limits: of each request class, how many calls may wait when one of it comes and would
            have to; inf for as many as there are places.
    """

    shed = count("calls turned away to spare others, before they waited or after", better="lower")

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
        super().__init__(name, sim, workers, queue_limit, need, onward, line, patience, blocking)
        self._shedder = shedder
        self._class_limits = list(class_limits)
        self._overdue: dict[Call, _Overdue] = {}  # of waiting calls that may not wait for ever
        self._overstayed = (self._send_away,)
        self._dropped = (self._turn_away,)
        self._crowd: Crowd | None = None
        if when_full != "tail":
            priorities = [each.priority for each in sim.needs.classes]
            levels = sorted(set(priorities)) if when_full == "least_urgent" else []
            places = (
                [levels.index(each) for each in priorities] if levels else [0] * len(priorities)
            )
            self._crowd = Crowd(places, when_full == "head", self._leave_queue)

    def accept(self, call: Call) -> None:
        if self._aside.outages:
            self._refuse(call)
        elif self.in_service < self._open_workers:
            self._shedder.drops(self.sim.now, 0.0, 0)
            super().accept(call)
        elif self.queued >= self._class_limits[call.request_class]:
            self.shed += 1
            call.answer(REJECTED)
        else:
            if self.queued >= self._open_places and self._crowd is not None:
                victim = self._crowd.victim(call)
                if victim is not None:
                    self._drop(victim)
            super().accept(call)

    def _join(self, call: Call) -> None:
        longest_s = self._shedder.joins(self.sim.now, self.queued)
        super()._join(call)
        if longest_s < inf:
            alarm = self._overdue[call] = _Overdue(call)
            self.hold(alarm, longest_s, self._overstayed, LAST)
        if self._crowd is not None:
            self._crowd.add(call, self.queued)

    def _free_worker(self) -> None:
        now_s = self.sim.now
        while self._open_workers and len(self._line):
            call = self._line.take()
            if call.give_up is None:
                continue
            if self._shedder.drops(now_s, now_s - call.since_s, self.queued - 1):
                self._drop(call)
                continue
            self._leave_line(call)
            self._begin(call)
            return
        self.in_service -= 1
        self.in_service_area += now_s

    def _leave_line(self, call: Call) -> None:
        super()._leave_line(call)
        if self._overdue:
            alarm = self._overdue.pop(call, None)
            if alarm is not None:
                alarm.callbacks = IGNORED

    def _drop(self, call: Call) -> None:
        """Take a call out of the line, to be answered once what is going on now is done."""
        self.shed += 1
        call.give_up = None
        self._leave_line(call)
        self.hold(call, 0.0, self._dropped)

    def _turn_away(self, call: Call) -> None:
        call.answer(REJECTED)

    def _send_away(self, alarm: _Overdue) -> None:
        call = alarm.call
        self.shed += 1
        call.give_up = None
        self._leave_line(call)
        call.answer(REJECTED)

    def _lose_all(self) -> list[Call]:
        for alarm in self._overdue.values():
            alarm.callbacks = IGNORED
        self._overdue.clear()
        return super()._lose_all()


class Crowd:
    """The calls that wait, in order of arrival, to find whom a full queue turns away.

    A call that leaves stays in it until it would be its turn, as in a ``Line``.

    Args:
        levels: of each request class, how urgent it is, from 0.
        oldest: whether the one that has waited longest goes; else the last one of those that are
            less urgent than who comes, the least urgent first.
        waits: what a call that waits has as ``give_up``.
    """

    def __init__(self, levels: Sequence[int], oldest: bool, waits: Any) -> None:
        self._levels = list(levels)
        self._oldest = oldest
        self._waits = waits
        self._calls: list[deque[tuple[float, Call]]] = [deque() for _ in range(max(levels) + 1)]

    def add(self, call: Call, queued: int) -> None:
        """Let a call join; so many wait, it included."""
        calls = self._calls[self._levels[call.request_class]]
        calls.append((call.since_s, call))
        if len(calls) > MOST_LEFT + 2 * queued:
            for level, some in enumerate(self._calls):
                self._calls[level] = deque(each for each in some if self._is_waiting(each))

    def victim(self, call: Call) -> Call | None:
        """Who makes room for a call; None if that is the call itself."""
        level = 1 if self._oldest else self._levels[call.request_class]
        for calls in self._calls[:level]:
            while calls:
                entry = calls.popleft() if self._oldest else calls.pop()
                if self._is_waiting(entry):
                    return entry[1]
        return None

    def _is_waiting(self, entry: tuple[float, Call]) -> bool:
        since_s, call = entry
        return call.give_up is self._waits and call.since_s == since_s


class _Overdue(Timer):
    """Rings when a waiting call has waited for as long as it may."""

    __slots__ = ("call",)

    def __init__(self, call: Call) -> None:
        self.call = call
