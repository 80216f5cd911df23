"""Round robin: one queue a replica, exponential service, requests dealt out in turn.

Symbols: arrival rate λ of the whole group, service rate μ of one busy replica, replicas n,
utilization ρ = λ / (n μ). Splitting at random makes n independent M/M/1 systems.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from simulator.stats.theory.limits import require_quantile, stable_load
from simulator.stats.theory.roots import root_of


def round_robin_wait_probability(arrival_rate: float, service_rate: float, replicas: int) -> float:
    """Probability that a request has to wait under round robin.

    Each replica gets every n-th request of a Poisson stream, which makes it an E_n/M/1 system:
    the probability is the root σ below 1 of σ = (λ / (λ + μ (1 - σ)))^n.

    Args:
        arrival_rate: requests a second offered to all replicas together (λ), above 0.
        service_rate: requests a second one busy replica completes (μ), above 0.
        replicas: number of replicas (n), 1 or more.

    Raises:
        ValueError: the utilization is not below 1, or an argument is out of range.

    Source:
        Kleinrock, *Queueing Systems*, vol. 1 (G/M/1).

    >>> round(round_robin_wait_probability(0.8, 1.0, replicas=1), 6)  # M/M/1: ρ
    0.8
    """
    load = stable_load(arrival_rate, service_rate, replicas)
    return _gm1_root(load / replicas, lambda free: replicas * math.log1p(free / load))


def round_robin_mean_latency(arrival_rate: float, service_rate: float, replicas: int) -> float:
    """Mean wait plus service under round robin (W) in seconds.

    Args and errors: as for :func:`round_robin_wait_probability`.
    """
    must_wait = round_robin_wait_probability(arrival_rate, service_rate, replicas)
    return 1 / (service_rate * (1 - must_wait))


def round_robin_mean_wait(arrival_rate: float, service_rate: float, replicas: int) -> float:
    """Mean time in queue under round robin (Wq) in seconds, over all requests.

    Args and errors: as for :func:`round_robin_wait_probability`.
    """
    return round_robin_mean_latency(arrival_rate, service_rate, replicas) - 1 / service_rate


def round_robin_latency_quantile(
    q: float, arrival_rate: float, service_rate: float, replicas: int
) -> float:
    """The ``q`` quantile of wait plus service under round robin, in seconds.

    The latency of a G/M/1 system is exponential, whatever the arrivals.

    Args: ``q`` at least 0 and below 1; the others as for :func:`round_robin_wait_probability`.

    Raises:
        ValueError: the utilization is not below 1, or an argument is out of range.
    """
    require_quantile(q)
    return -math.log1p(-q) * round_robin_mean_latency(arrival_rate, service_rate, replicas)


def dm1_wait_probability(arrival_rate: float, service_rate: float) -> float:
    """Probability that a request has to wait in a D/M/1 system: arrivals evenly spaced.

    The limit of round robin over many replicas, with ``arrival_rate`` that of one replica. The
    root σ below 1 of σ = exp(-μ (1 - σ) / λ).

    Args:
        arrival_rate: requests a second at this server (λ), above 0.
        service_rate: requests a second it completes while busy (μ), above 0.

    Raises:
        ValueError: the utilization is not below 1, or an argument is out of range.

    Source:
        Kleinrock, *Queueing Systems*, vol. 1 (G/M/1).
    """
    load = stable_load(arrival_rate, service_rate)
    return _gm1_root(load, lambda free: free / load)


def dm1_mean_latency(arrival_rate: float, service_rate: float) -> float:
    """Mean wait plus service of a D/M/1 system (W) in seconds.

    Args and errors: as for :func:`dm1_wait_probability`.
    """
    return 1 / (service_rate * (1 - dm1_wait_probability(arrival_rate, service_rate)))


def _gm1_root(utilization: float, exponent: Callable[[float], float]) -> float:
    """Solve ``1 - free = exp(-exponent(free))`` for the probability ``free`` of not waiting.

    Solved for ``free`` and not for σ = 1 - free, which is where the digits are at high load. The
    other root is 0; arrivals more regular than Poisson find a free server more often than the
    share 1 - ρ of the time in which it is free, so half of that keeps clear of both.
    """
    least = (1 - utilization) / 2
    return 1 - root_of(lambda free: -math.expm1(-exponent(free)) - free, least, 1.0)
