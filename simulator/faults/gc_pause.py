"""Pauses of a runtime that collects garbage: work stops, or gets on slower, and then goes on.

Source: Jones, Hosking and Moss, *The Garbage Collection Handbook*, 2012, sections 1.4 and 6.6
(pauses; how often one collects follows from the room there is and from what is allocated).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

from pydantic import Field

from simulator.distributions import Time
from simulator.distributions.byte_sizes import Size
from simulator.faults.base import (
    MOST_STRIKES,
    Note,
    Process,
    TargetedFault,
    fault_kinds,
    too_late,
)
from simulator.kernel import Component, Simulation
from simulator.units import PositiveBytes, Seconds


@fault_kinds.register
class GcPause(TargetedFault):
    """All work inside stops for a while, and nothing is lost: calls wait, and then go on.

    With ``factor`` garbage is collected in the background instead, by threads that take their part
    of the machine: work gets on, but slower. Collections come after random intervals, or, with
    ``heap``, whenever calls have allocated as much as there is room for: then they come the more
    often the more there is to do. Every replica of a group collects on its own, the first time
    after a random part of an interval or of the room, so that replicas do not begin in step.

    While all work stops a replica answers nothing, not even a health check; it is no crash, though,
    and calls that are sent there meanwhile wait.
    """

    kind: Literal["gc_pause"] = "gc_pause"
    interval: Time | None = Field(
        None, description="time from the end of one collection to the beginning of the next"
    )
    heap: PositiveBytes | None = Field(
        None, description="room for what calls allocate from one collection to the next"
    )
    allocation: Size | None = Field(None, description="what each call allocates, with heap")
    pause: Time = Field(description="how long a collection takes")
    factor: float | None = Field(
        None,
        gt=1,
        le=1e6,
        description="how many times longer work takes meanwhile; if not given, all work stops",
    )
    together: bool = Field(False, description="whether all replicas of a group collect at once")
    start: Seconds = Field(0.0, alias="from", description="when the first interval begins")

    def contradictions(self) -> Iterator[str]:
        if (self.interval is None) == (self.heap is None):
            yield "give either interval, or heap and allocation"
        if (self.heap is None) != (self.allocation is None):
            yield "heap and allocation go together: room, and what fills it"
        if self.heap is not None and self.together:
            yield "each replica has a heap of its own; leave out together, or give interval"
        if self.interval is not None and self.interval.average() <= 0:
            yield "interval must be longer than nothing on average"
        if self.allocation is not None and self.allocation.average() <= 0:
            yield "allocation must be more than nothing on average"

    def processes(
        self, sim: Simulation, targets: list[Component], note: Note, name: str
    ) -> Iterator[Process]:
        """One process for all replicas together, or one for each."""
        parts = [(self.of, targets)] if self.together else [(each.name, [each]) for each in targets]
        for of, members in parts:
            yield self._process(sim, of, members, note, f"{name}.{of}")

    def _process(
        self, sim: Simulation, of: str, targets: list[Any], note: Note, stream: str
    ) -> Process:
        pause_s = sim.draws(f"{stream}.pause", self.pause)
        part = sim.uniforms(f"{stream}.first")()
        yield sim.timeout(self.start)
        for occasion in self._occasions(sim, targets, stream, part):
            yield occasion
            lasts_s = pause_s()
            note(of, sim.now, sim.now + lasts_s)
            for target in targets:
                self.begin(target)
            yield sim.timeout(lasts_s)
            for target in targets:
                self.end(target)

    def _occasions(
        self, sim: Simulation, targets: list[Any], stream: str, part: float
    ) -> Iterator[Any]:
        """Events that collections wait for, each made when the one before is over.

        Args:
            part: of the first interval, or of the room, that is left in the beginning.
        """
        if self.heap is not None and self.allocation is not None:
            heap = _Heap(sim, self.heap, sim.draws(f"{stream}.allocation", self.allocation))
            heap.fill(1 - part)
            for target in targets:
                target.meter(heap.allocate)
            while True:
                yield heap.full
                heap.collect()
        assert self.interval is not None
        interval_s = sim.draws(f"{stream}.interval", self.interval)
        yield sim.timeout(interval_s() * part)
        while True:
            yield sim.timeout(interval_s())

    def begin(self, target: Any) -> None:
        """Let one component collect."""
        if self.factor is None:
            target.stop()
        else:
            target.slow_down(self.factor)

    def end(self, target: Any) -> None:
        """Let one component go on as before."""
        if self.factor is None:
            target.go_on()
        else:
            target.speed_up(self.factor)

    def objections(self, duration_s: float | None, targets: int) -> Iterator[tuple[str, str]]:
        yield from too_late(self.start, duration_s)
        if self.interval is None:
            return
        cycle_s = self.interval.average() + self.pause.average()
        strikes = (duration_s or 0.0) / cycle_s * (1 if self.together else targets)
        if strikes > MOST_STRIKES:
            yield (
                "interval",
                f"about {strikes:,.0f} pauses in a run; must be at most {MOST_STRIKES:,}",
            )


class _Heap:
    """Room that calls take and a collection gives back.

    Args:
        sim: the run.
        room: bytes.
        allocation: draws the bytes that a call allocates.
    """

    def __init__(self, sim: Simulation, room: float, allocation: Callable[[], float]) -> None:
        self.full = sim.event()
        self._sim = sim
        self._room = room
        self._left = room
        self._allocation = allocation

    def fill(self, part: float) -> None:
        """Take this part of the room."""
        self._left -= part * self._room

    def allocate(self) -> None:
        """Take what one call needs; of what does not fit any more, the next collection knows."""
        self._left -= self._allocation()
        if self._left <= 0 and not self.full.triggered:
            self.full.succeed()

    def collect(self) -> None:
        """Give all room back."""
        self._left += self._room
        self.full = self._sim.event()
