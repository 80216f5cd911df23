"""Which of the waiting calls is served next.

A discipline is a frozen spec whose ``start`` gives the waiting line of one station its order. The
station acts: it lets calls join, takes the next one when a worker is free, and, if the discipline
is preemptive, interrupts a call in service for one that ranks before it.

Whoever orders calls by their service time presumes that sizes are known when a call comes. That is
so for files and cached queries, and rarely for anything else: ``error_cv`` spoils the knowledge.

Source: Harchol-Balter, *Performance Modeling and Design of Computer Systems*, 2013, part VII.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Literal

from pydantic import Field

from simulator.distributions.parametric import Lognormal
from simulator.kernel import Call, Line, Rank, RankedLine, Simulation
from simulator.registry import Family, Spec

Uniforms = Callable[[], float]

disciplines = Family("discipline")

PREEMPTIVE = "whether a call that comes interrupts one in service that ranks after it"
ERROR_CV = (
    "spread of what is believed of a call's service time: the truth times a factor of mean 1, "
    "lognormal, with this coefficient of variation"
)


class Discipline(Spec):
    """The order in which a station serves calls."""

    kind: str

    @property
    def preempts(self) -> bool:
        """Whether calls in service are interrupted; ``start`` then returns a ``RankedLine``."""
        return False

    @property
    def shares(self) -> bool:
        """Whether all calls are served at once, so that there is no line."""
        return False

    def start(self, sim: Simulation, name: str, need: int) -> Line:
        """The waiting line of one station.

        Args:
            sim: the run, for its request classes and streams.
            name: of the station.
            need: index into ``Call.request`` of the service time.
        """
        raise NotImplementedError


@disciplines.register
class Fifo(Discipline):
    """First come, first served."""

    kind: Literal["fifo"] = "fifo"

    def start(self, sim: Simulation, name: str, need: int) -> Line:
        return RankedLine(lambda call: 0.0)


@disciplines.register
class Lifo(Discipline):
    """Last come, first served: under overload somebody is still served in time.

    The mean wait is that of fifo, the variance larger. Preemptive (LCFS-PR), the mean latency
    depends on the mean of the service time only, as under processor sharing.
    """

    kind: Literal["lifo"] = "lifo"
    preemptive: bool = Field(False, description=PREEMPTIVE)

    @property
    def preempts(self) -> bool:
        return self.preemptive

    def start(self, sim: Simulation, name: str, need: int) -> Line:
        number = count()
        return RankedLine(lambda call: -float(next(number)))


@disciplines.register
class Priority(Discipline):
    """The class of the largest ``priority`` first; within a priority, first come first served."""

    kind: Literal["priority"] = "priority"
    preemptive: bool = Field(False, description=PREEMPTIVE)

    @property
    def preempts(self) -> bool:
        return self.preemptive

    def start(self, sim: Simulation, name: str, need: int) -> Line:
        ranks = [-float(each.priority) for each in sim.needs.classes]
        return RankedLine(lambda call: ranks[call.request_class])


@disciplines.register
class ShortestJobFirst(Discipline):
    """The call of the shortest service time first. Presumes that sizes are known."""

    kind: Literal["shortest_job_first"] = "shortest_job_first"
    preemptive: bool = Field(False, description=PREEMPTIVE)
    error_cv: float = Field(0.0, ge=0, le=100, description=ERROR_CV)

    @property
    def preempts(self) -> bool:
        return self.preemptive

    def start(self, sim: Simulation, name: str, need: int) -> Line:
        return RankedLine(_size(sim, name, need, self.error_cv))


@disciplines.register
class Srpt(Discipline):
    """The call with the least work left first, preemptive. Presumes that sizes are known.

    Of all disciplines of one worker none has a smaller mean latency, if sizes are exact. With
    errors, a call that was believed to be short and is not cannot be interrupted any more: what is
    believed to be left of it is less than nothing.
    Source: Schrage, "A proof of the optimality of the shortest remaining processing time
    discipline", *Operations Research* 16, 1968.
    """

    kind: Literal["srpt"] = "srpt"
    error_cv: float = Field(0.0, ge=0, le=100, description=ERROR_CV)

    @property
    def preempts(self) -> bool:
        return True

    def start(self, sim: Simulation, name: str, need: int) -> Line:
        return RankedLine(_size(sim, name, need, self.error_cv), runs_down=True)


def _size(sim: Simulation, name: str, need: int, error_cv: float) -> Rank:
    """What is believed of the service time of a call, in seconds.

    The error is a need like any other: the same request is misjudged alike in every variant.
    """
    if not error_cv:
        return lambda call: call.request[need]
    law = Lognormal(mean=1.0, cv=error_cv)
    error = sim.needs.add(f"{name.partition('[')[0]}.size_error", law)
    return lambda call: call.request[need] * call.request[error]


@disciplines.register
class Random(Discipline):
    """Any of the waiting calls, equally likely, as when threads race for a lock."""

    kind: Literal["random"] = "random"

    def start(self, sim: Simulation, name: str, need: int) -> Line:
        return RandomLine(sim.uniforms(f"{name}.discipline"))


class RandomLine(Line):
    """Any call is next."""

    def __init__(self, uniform: Uniforms) -> None:
        self._uniform = uniform
        self._calls: list[Call] = []

    def put(self, call: Call) -> None:
        self._calls.append(call)

    def take(self) -> Call:
        calls = self._calls
        place = int(self._uniform() * len(calls))
        calls[place], calls[-1] = calls[-1], calls[place]
        return calls.pop()

    def calls(self) -> list[Call]:
        return list(self._calls)

    def sweep(self) -> None:
        self._calls = [call for call in self._calls if call.give_up is not None]

    def clear(self) -> None:
        self._calls = []

    def __len__(self) -> int:
        return len(self._calls)


@disciplines.register
class WeightedFair(Discipline):
    """A share of the work for each class, by ``weight``; what one does not use goes to the others.

    Start-time fair queueing: within a class first come first served; each class has a clock that
    advances by the service time of its calls over its weight, and the class whose clock is behind
    goes next. A class that comes back starts at the clock of the call begun last: it gains nothing
    by having been away. With several workers this is SFQ(D).

    Source: Goyal, Vin, Cheng, "Start-time fair queueing", SIGCOMM 1996; Jin, Chase, Kaur,
    "Interposed proportional sharing for a storage service utility", SIGMETRICS 2004 (SFQ(D)).
    """

    kind: Literal["weighted_fair"] = "weighted_fair"

    def start(self, sim: Simulation, name: str, need: int) -> Line:
        weights = {each.name: each.weight for each in sim.needs.classes}
        return FairLine([*weights.values()], sim.needs.name_indices, need)


class FairLine(Line):
    """The first call of the class whose clock is behind.

    Args:
        weights: of the request classes, in their order, reads and writes of one together.
        places: index into ``weights`` for each class that a call may be of.
        need: index into ``Call.request`` of the service time.
    """

    def __init__(self, weights: Sequence[float], places: Sequence[int], need: int) -> None:
        self._weights = list(weights)
        self._places = list(places)
        self._need = need
        self._clocks = [0.0] * len(self._weights)
        self._waiting: list[deque[Call]] = [deque() for _ in self._weights]
        self._heads: list[tuple[float, int, int]] = []  # heap: clock, turn, class of those waiting
        self._turns = 0
        self._length = 0
        self._clock = 0.0  # start of the call begun last

    def put(self, call: Call) -> None:
        place = self._places[call.request_class]
        if not self._waiting[place]:
            self._clocks[place] = max(self._clocks[place], self._clock)
            self._put_head(place)
        self._waiting[place].append(call)
        self._length += 1

    def _put_head(self, place: int) -> None:
        self._turns += 1
        heappush(self._heads, (self._clocks[place], self._turns, place))

    def take(self) -> Call:
        clock, _, place = heappop(self._heads)
        call = self._waiting[place].popleft()
        self._length -= 1
        if call.give_up is not None:  # one that has left costs its class nothing
            self._clock = clock
            self._clocks[place] += call.request[self._need] / self._weights[place]
        if self._waiting[place]:
            self._put_head(place)
        return call

    def calls(self) -> list[Call]:
        return [call for waiting in self._waiting for call in waiting]

    def sweep(self) -> None:
        for place, waiting in enumerate(self._waiting):
            self._waiting[place] = deque(call for call in waiting if call.give_up is not None)
        self._heads = [head for head in self._heads if self._waiting[head[2]]]
        heapify(self._heads)
        self._length = sum(len(waiting) for waiting in self._waiting)

    def clear(self) -> None:
        for waiting in self._waiting:
            waiting.clear()
        self._heads = []
        self._length = 0

    def __len__(self) -> int:
        return self._length


@disciplines.register
class ProcessorSharing(Discipline):
    """All calls at once: they share the workers, as threads share the cores of a machine.

    Evenly, and a call never has more than one worker to itself; or, with one worker, by the
    ``weight`` of their classes (discriminatory processor sharing).

    Source: Kleinrock, *Queueing Systems*, vol. 2, 1976, chapter 4.
    """

    kind: Literal["processor_sharing"] = "processor_sharing"
    by_weight: bool = Field(False, description="whether a class of twice the weight gets twice")

    @property
    def shares(self) -> bool:
        return True

    def weights(self, sim: Simulation) -> tuple[float, ...]:
        """Of the request classes, in their order; none if all calls are equal."""
        return tuple(each.weight for each in sim.needs.classes) if self.by_weight else ()
