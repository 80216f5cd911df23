"""What queueing theory wants to know of a component that serves calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose, isfinite, sqrt

from simulator.components.database import DatabaseSpec
from simulator.components.server import ServerSpec
from simulator.distributions import Distribution
from simulator.distributions.parametric import Exponential, Gamma
from simulator.distributions.phases import Erlang, Hyperexponential
from simulator.distributions.shared import Shared
from simulator.experiments.theory.formula import Doubt
from simulator.kernel import ComponentSpec, RequestClass
from simulator.policies.discipline import Discipline, Lifo, Priority, WeightedFair

BY_SIZE = ("shortest_job_first", "srpt")


@dataclass(frozen=True, slots=True)
class Station:
    """Workers behind a queue, as their spec has them.

    Attributes:
        workers: calls that one replica serves at once; None for no limit.
        places: waiting places; None for no limit.
        discipline: which waiting call is next.
        patience: how long a call waits at most; None for ever.
        laws: service time of each request class.
        keeps_worker: whether a call keeps its worker while it is somewhere else.
        batch: most calls that a worker takes at once.
        sheds: whether it drops calls that wait, or refuses some classes sooner than others.
        leaves_out: whether it does not begin calls that nobody waits for any more.
    """

    workers: int | None
    places: int | None
    discipline: Discipline
    patience: Distribution | None
    laws: Sequence[Distribution]
    keeps_worker: bool = False
    batch: int = 1
    sheds: bool = False
    leaves_out: bool = False

    def oddities(self) -> list[Doubt]:
        """What no formula of ours knows how to deal with."""
        found = []
        if self.keeps_worker:
            found.append(Doubt("its workers wait for answers from downstream"))
        if self.batch > 1:
            found.append(Doubt("its workers take several calls at once"))
        if self.sheds:
            found.append(Doubt("it turns calls away so that others are served in time"))
        if self.leaves_out:
            found.append(Doubt("it does not begin calls that have been given up"))
        return found

    def leaves_early(self) -> bool:
        """Whether calls leave it at other instants than those of their own service."""
        may_leave = self.patience is not None or self.sheds or self.leaves_out
        return may_leave or self.batch > 1 or self.keeps_worker

    def is_fair(self, classes: Sequence[RequestClass]) -> bool:
        """Whether who is next does not depend on how long a call takes, nor is interrupted.

        The mean wait is then that of first come, first served.
        """
        if self.discipline.preempts or self.discipline.shares or self.discipline.kind in BY_SIZE:
            return False
        if isinstance(self.discipline, Priority):
            return len({each.priority for each in classes}) == 1
        if isinstance(self.discipline, WeightedFair):
            return len({each.name for each in classes}) == 1
        return True


@dataclass(frozen=True, slots=True)
class Service:
    """The service time of whatever comes to a station, all classes together.

    Attributes:
        mean_s: mean in seconds, above 0.
        cv: standard deviation over mean; infinite where the tail is heavy.
        is_exponential: whether it is exponential, the same for all classes.
    """

    mean_s: float
    cv: float
    is_exponential: bool


def station_of(spec: ComponentSpec, classes: Sequence[RequestClass]) -> Station | None:
    """The station that a spec describes; None if it is none, or one of another kind."""
    if isinstance(spec, ServerSpec):
        return Station(
            workers=spec.workers if isinstance(spec.workers, int) else None,
            places=spec.queue_limit,
            discipline=spec.discipline,
            patience=spec.patience,
            laws=[spec.service_time_by_class.get(each.name, spec.service_time) for each in classes],
            keeps_worker=spec.blocking,
            batch=spec.batch_size,
            sheds=spec.sheds,
            leaves_out=spec.heeds_callers,
        )
    if isinstance(spec, DatabaseSpec):
        written = spec.write_time or spec.read_time
        return Station(
            workers=spec.connections,
            places=spec.queue_limit,
            discipline=spec.discipline,
            patience=None,
            laws=[written if each.writes else spec.read_time for each in classes],
        )
    return None


def service_of(laws: Sequence[Distribution], weights: Sequence[float]) -> Service | None:
    """The mixture of some laws; None if there is nothing to do, or nothing comes.

    Args:
        laws: of each class.
        weights: how often each comes, relative to the others.
    """
    used = [(law, weight) for law, weight in zip(laws, weights, strict=True) if weight > 0]
    total = sum(weight for _, weight in used)
    mean_s = sum(weight * law.average() for law, weight in used) / total if used else 0.0
    if mean_s <= 0:
        return None
    second = sum(weight * law.moment(2) for law, weight in used) / total
    cv = sqrt(max(0.0, second / mean_s**2 - 1)) if isfinite(second) else second
    is_same = all(isclose(law.average(), mean_s, rel_tol=1e-9) for law, _ in used)
    return Service(mean_s, cv, is_same and all(is_exponential(law) for law, _ in used))


def is_exponential(law: Distribution) -> bool:
    """Whether a distribution is the exponential one, under whatever name."""
    match law:
        case Exponential():
            return True
        case Gamma() | Hyperexponential():
            return isclose(law.variability(), 1.0, rel_tol=1e-9)
        case Erlang():
            return law.phases == 1
        case Shared():
            return is_exponential(law.of)
    return False


def is_symmetric(station: Station) -> bool:
    """Whether only the mean of the service time matters: sharing, or the newest interrupts."""
    discipline = station.discipline
    if isinstance(discipline, Lifo):
        return discipline.preemptive and station.workers == 1
    return discipline.shares and not getattr(discipline, "by_weight", False)
