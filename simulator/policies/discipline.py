"""Which of the waiting calls is served next.

A discipline is a frozen spec whose ``start`` gives the waiting line of one station its order. The
station acts: it lets calls join, takes the next one when a worker is free, and, if the discipline
is preemptive, interrupts a call in service for one that ranks before it.

Whoever orders calls by their service time presumes that sizes are known when a call comes. That is
so for files and cached queries, and rarely for anything else: ``error_cv`` spoils the knowledge.

Source: Harchol-Balter, *Performance Modeling and Design of Computer Systems*, 2013, part VII.
"""

from __future__ import annotations

from itertools import count
from typing import Literal

from pydantic import Field

from simulator.distributions.parametric import Lognormal
from simulator.kernel import (
    Line,
    OrderedStation,
    PreemptiveStation,
    Rank,
    RankedLine,
    SharedStation,
    Simulation,
    Station,
)
from simulator.policies.lines import AdaptiveLine, FairLine, RandomLine
from simulator.registry import Family, Spec

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

    def objection_to(self, workers: int | None) -> str:
        """Why it cannot be the order of so many workers (None: no limit); empty if it can."""
        return ""

    def station(
        self,
        name: str,
        sim: Simulation,
        workers: int | None,
        queue_limit: int | None,
        need: int,
        onward: str | None = None,
        patience: int | None = None,
        blocking: bool = False,
    ) -> Station:
        """The plainest kind of station that serves in this order; see ``OrderedStation``."""
        line = self.start(sim, name, need)
        common = (name, sim, workers, queue_limit, need, onward)
        if self.preempts and isinstance(line, RankedLine):
            return PreemptiveStation(*common, line, patience, blocking)
        return OrderedStation(*common, line, patience, blocking)


@disciplines.register
class Fifo(Discipline):
    """First come, first served."""

    kind: Literal["fifo"] = "fifo"

    def station(
        self,
        name: str,
        sim: Simulation,
        workers: int | None,
        queue_limit: int | None,
        need: int,
        onward: str | None = None,
        patience: int | None = None,
        blocking: bool = False,
    ) -> Station:
        common = (name, sim, workers, queue_limit, need, onward)
        if patience is None and not blocking:
            return Station(*common)
        return super().station(*common, patience, blocking)

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
class AdaptiveLifo(Discipline):
    """First come, first served while few wait, and last come, first served while many do.

    On an ordinary day it is fair. Under overload those that came first have waited for so long that
    their callers may be gone; those that just came can still be answered in time.
    Source: Maurer, "Fail at Scale", ACM Queue 13(8), 2015.
    """

    kind: Literal["adaptive_lifo"] = "adaptive_lifo"
    threshold: int = Field(20, ge=0, description="most waiting calls of which the oldest is next")

    def start(self, sim: Simulation, name: str, need: int) -> Line:
        return AdaptiveLine(self.threshold)


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

    def objection_to(self, workers: int | None) -> str:
        if not self.by_weight or workers == 1:
            return ""
        return "by_weight goes with one worker: of several, a call could be due more than one"

    def station(
        self,
        name: str,
        sim: Simulation,
        workers: int | None,
        queue_limit: int | None,
        need: int,
        onward: str | None = None,
        patience: int | None = None,
        blocking: bool = False,
    ) -> Station:
        """A shared station; patience and blocking are not for it."""
        weights = [each.weight for each in sim.needs.classes] if self.by_weight else ()
        return SharedStation(name, sim, workers, queue_limit, need, onward, weights)
