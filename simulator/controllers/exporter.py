"""What a program tells of itself: counters, a gauge and a histogram, gone when it starts again.

An exporter stands before a component and sees each call come and its outcome go, as the metrics
library within a server does. It keeps the truth, for reports, and beside it what a scrape would
find: totals since the program began, so that a crash sets them to 0, and takes along what nobody
had scraped. Calls that come while it is down are counted by nobody. A call that its sender takes
back is neither good nor bad, and only leaves.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np

from simulator.kernel import OK, Call, Component
from simulator.kernel.call import CANCELED


class Reading:
    """What a scrape finds.

    Attributes:
        at_s: instant, in seconds.
        in_flight: calls there.
        counts: running totals since the program began: all outcomes, bad ones, and the latencies
            in each bucket, shape ``(2 + buckets,)``.
    """

    __slots__ = ("at_s", "in_flight", "counts")

    def __init__(self, at_s: float, in_flight: int, counts: np.ndarray) -> None:
        self.at_s = at_s
        self.in_flight = in_flight
        self.counts = counts


Came = Callable[[], None]
"""Told that a call has come."""

Went = Callable[[float, int, bool], None]
"""Told that a call has left: after how many seconds, with which outcome, and whether that is bad.

One that was taken back has the outcome CANCELED.
"""


class Exporter(Component):
    """Stands before one component.

    Args:
        program: the component.
        receiver: whom calls to it come to: the component, or somebody else who stands before it.
        bounds_s: upper bounds of the buckets of its histogram, in seconds, the last infinite.
        slow_after_s: an ok answer that takes longer is bad, too; infinite for no such limit.
        came, went: told of each call: the truth.
    """

    looks_on = True

    def __init__(
        self,
        program: Component,
        receiver: Component,
        bounds_s: list[float],
        slow_after_s: float,
        came: Came,
        went: Went,
    ) -> None:
        super().__init__(program.name, program.sim)
        self._program = program
        self._receiver = receiver
        self._came, self._went = came, went
        self._bounds_s = np.array(bounds_s)
        self._slow_after_s = slow_after_s
        self._begin(program.lives())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._receiver, name)

    def accept(self, call: Call) -> None:
        self._came()
        call.return_to(self, (self.sim.now, self._enter()))
        self._receiver.accept(call)

    def probe(self, call: Call) -> None:
        self._receiver.probe(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        since_s, life = state
        took_s = self.sim.now - since_s
        is_bad = outcome != OK or took_s > self._slow_after_s
        if life == self._program.lives():
            self._in_flight -= 1
            if outcome != CANCELED:
                self._latency_s.append(took_s)
                self._bad += is_bad
        self._went(took_s, outcome, is_bad)
        call.answer(outcome)

    def read(self) -> Reading | None:
        """What a scrape finds now; None if nobody answers."""
        if self._program.is_lost():
            return None
        self._look_for_restart()
        fresh, self._latency_s = np.array(self._latency_s), array("d")
        places = np.searchsorted(self._bounds_s, fresh)
        self._buckets += np.bincount(places, minlength=len(self._bounds_s))
        counts = np.concatenate(([self._buckets.sum(), self._bad], self._buckets))
        return Reading(self.sim.now, self._in_flight, counts)

    def _enter(self) -> int:
        """Count a call in, if the program is there; in which of its lives, or -1."""
        if self._program.is_lost():
            return -1
        self._look_for_restart()
        self._in_flight += 1
        return self._life

    def _look_for_restart(self) -> None:
        if self._life != self._program.lives():
            self._begin(self._program.lives())

    def _begin(self, life: int) -> None:
        """Begin with nothing, in a life."""
        self._life = life
        self._in_flight = 0
        self._bad = 0
        self._latency_s = array("d")  # not in a bucket yet
        self._buckets = np.zeros(len(self._bounds_s))
