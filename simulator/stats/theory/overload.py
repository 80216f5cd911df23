"""What is left of an outage once it is over: a queue to work off, or one that feeds itself."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.stats.theory.limits import require_positive


def metastable_threshold(capacity_per_s: float, retries: int) -> float:
    """Load from which a system that is overloaded by retries stays so, in requests a second.

    Once every try times out, each request becomes 1 + r tries, and work for those who have given up
    is done all the same. A server whose capacity is less than that never catches up, although it
    could serve the requests themselves.

    Args:
        capacity_per_s: tries that the server can serve each second, above 0.
        retries: tries after the first (r), 0 or more.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Bronson, Aghayev, Charapko, Zhu, "Metastable Failures in Distributed Systems", HotOS 2021.

    >>> metastable_threshold(300.0, retries=1)
    150.0
    """
    require_positive(capacity_per_s=capacity_per_s)
    if retries < 0:
        raise ValueError(f"retries must not be negative, got {retries}")
    return capacity_per_s / (1 + retries)


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage in which calls wait, and how it is worked off; a fluid, without chance.

    Attributes:
        backlog: calls that wait when it is over.
        drain_s: from then on until nobody waits.
        recovery_s: from its beginning until nobody waits.
        peak_wait_s: of whoever comes when it begins.
        mean_wait_s: of all who come until nobody waits.
        affected: how many they are.
    """

    backlog: float
    drain_s: float
    recovery_s: float
    peak_wait_s: float
    mean_wait_s: float
    affected: float


def outage(arrival_rate: float, service_rate: float, lasts_s: float) -> Outage:
    """What an outage does in which nothing is served and nobody gives up.

    The wait falls evenly from the length of the outage, for who comes when it begins, to nothing.

    Args:
        arrival_rate: calls a second, above 0.
        service_rate: calls that can be served each second, above ``arrival_rate``.
        lasts_s: of the outage, in seconds, above 0.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Fluid approximation of a queue (Newell, *Applications of Queueing Theory*, 1982).

    >>> outage(800.0, 1000.0, lasts_s=60.0).drain_s
    240.0
    """
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate, lasts_s=lasts_s)
    if arrival_rate >= service_rate:
        raise ValueError(
            f"arrival_rate ({arrival_rate:g}) must be below service_rate ({service_rate:g})"
        )
    backlog = arrival_rate * lasts_s
    drain_s = backlog / (service_rate - arrival_rate)
    return Outage(
        backlog=backlog,
        drain_s=drain_s,
        recovery_s=lasts_s + drain_s,
        peak_wait_s=lasts_s,
        mean_wait_s=lasts_s / 2,
        affected=arrival_rate * (lasts_s + drain_s),
    )
