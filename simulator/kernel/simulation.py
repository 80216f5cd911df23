"""SimPy's environment as clock and event list, and the random streams of one run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import heappush
from types import TracebackType
from typing import TYPE_CHECKING, Any

import simpy
from simpy.core import StopSimulation

from simulator.kernel.call import Timer
from simulator.kernel.streams import Needs, RequestClass, Sampler, Streams
from simulator.kernel.wiring import Wiring

FRAMES_PER_COMPONENT = 6  # accept, returned and answer of a call, and of one it was forked from
ROUNDS = 10_000  # that calls forked from one another in a circle may be deep

FIRST: Any = -1  # before SimPy's own order within an instant


class Simulation(simpy.Environment):
    """One run's clock, event list and random streams.

    Components push their events straight into SimPy's heap (``Component.hold``); everything that
    is not hot (faults, controllers, sampling) is an ordinary SimPy process. The run loop is
    SimPy's own.

    Args:
        seed: the experiment's seed; every stream is derived from it.
        replication: which of the experiment's independent repetitions this is.
        classes: of requests; one that is called ``default`` if not given.
        keys: how many there are to ask for, 0 (the most popular one), 1, 2 and so on.
        wiring: of the system; if not given, no call goes on from where a component sends it.
        zones: of those components that stand in one, by name.
        changing: groups whose replicas come and go.

    Attributes:
        shared: what the members of a group know together, by a name that begins with the group's.
        world: what is true behind the requests, for components that decide about them; None if the
            scenario says nothing of it.
    """

    __slots__ = (
        "_now",
        "changing",
        "is_stopped",
        "keys",
        "needs",
        "shared",
        "streams",
        "ticket",
        "wiring",
        "world",
        "zones",
    )

    if TYPE_CHECKING:
        now: float  # type: ignore[assignment]  # a slot, see below, and always a float

        def process(self, generator: Iterator[Any]) -> simpy.Process: ...  # only ever iterated

    def __init__(
        self,
        seed: int = 0,
        replication: int = 0,
        classes: Sequence[RequestClass] = (),
        keys: int = 0,
        wiring: Wiring | None = None,
        zones: Mapping[str, str] | None = None,
        changing: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(0.0)
        self.ticket: Callable[[], int] = self._eid.__next__
        self.wiring = wiring or Wiring({})
        self.zones = dict(zones or {})
        self.changing = changing
        self.is_stopped = False
        self.streams = Streams(seed, replication)
        self.needs = Needs(self.streams, classes or (RequestClass("default"),))
        self.keys = keys
        self.shared: dict[str, Any] = {}
        self.world: Any = None

    def draws(self, name: str, sampler: Sampler) -> Callable[[], float]:
        """Successive draws of the stream called ``name``."""
        return self.streams.draws(name, sampler)

    def uniforms(self, name: str) -> Callable[[], float]:
        """Successive draws, uniform on [0, 1), of the stream called ``name``."""
        return self.streams.uniforms(name)

    def is_idle(self) -> bool:
        """Whether nothing but processes is left: no call is on its way to an answer any more."""
        left = (event.callbacks for *_, event in self._queue)
        return not any(type(callbacks) is tuple and callbacks for callbacks in left)

    def stop(self) -> None:
        """End the run before its next event; a signal handler may call this at any time.

        The end is an event of its own, put before all others, so that the run loop has nothing to
        test and the clock never goes back.
        """
        self.is_stopped = True
        end: Any = Timer()
        end.callbacks = (_end,)
        next_s = self._queue[0][0] if self._queue else self._now
        heappush(self._queue, (next_s, FIRST, self.ticket(), end))

    def run(self, until: Any = None, components: int = 0) -> Any:
        """Run SimPy's loop until an instant or an event.

        A call is handed on by plain method calls, so a chain of a thousand components is a few
        thousand frames deep; ``components`` makes room for them. In a circle a call may be forked
        from one that was forked there before, and so on.
        """
        limit = sys.getrecursionlimit()
        components += ROUNDS if self.wiring.has_circles() else 0
        sys.setrecursionlimit(limit + FRAMES_PER_COMPONENT * components)
        try:
            return super().run(until)
        except Exception as error:
            error.add_note(_whereabouts(error.__traceback__, self._now))
            raise
        finally:
            sys.setrecursionlimit(limit)


def _end(event: Any) -> None:
    raise StopSimulation(None)


# The slot that SimPy writes, under its public name: reading the clock costs no property call.
Simulation.now = Simulation._now  # type: ignore[assignment, misc]


def _whereabouts(trace: TracebackType | None, now_s: float) -> str:
    """Say when an error happened and who expected the answer of the call being handled."""
    event = None
    while trace is not None:
        event = trace.tb_frame.f_locals.get("event", event)
        trace = trace.tb_next
    way, back = [], getattr(event, "back", None)
    while back is not None:
        component, state, back = back
        if back is None and isinstance(state, tuple):  # a fork: go on with its parent
            component, parent = state
            back = parent.back
        way.append(getattr(component, "name", type(component).__name__))
    return f"at t = {now_s:.6g} s, answer expected by: {' < '.join(way) or 'nobody'}"
