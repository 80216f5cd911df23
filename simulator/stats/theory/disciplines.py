"""Who is served next: priorities, the newest first, the shortest first. Poisson arrivals.

Symbols: arrival rate λ, mean service time E[S], utilization ρ; of class k, the most urgent first,
σ_k is the utilization by classes 1 to k.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate

from scipy.integrate import quad

from simulator.stats.theory.limits import require_positive, stable_load
from simulator.stats.theory.multi_server import mmc_wait_probability


def mg1_wait_second_moment(
    arrival_rate: float, moments_s: tuple[float, float, float], lifo: bool = False
) -> float:
    """E[W²] of the wait in queue of an M/G/1 system, in seconds squared.

    First come first served, or last come first served without interrupting. The mean is the same
    for both; under lifo the second moment is larger by the factor 1 / (1 - ρ).

    Args:
        arrival_rate: requests a second (λ), above 0.
        moments_s: E[S], E[S²], E[S³] of the service time, in powers of seconds.
        lifo: whether the newest goes first.

    Raises:
        ValueError: the utilization λ E[S] is not below 1, or an argument is out of range.

    Source:
        Takács, 1963 (first come first served); Kingman, "The effect of queue discipline on waiting
        time variance", *Proc. Cambridge Phil. Soc.* 58, 1962.

    >>> round(mg1_wait_second_moment(0.5, (1.0, 2.0, 6.0)), 6)  # M/M/1: 2 ρ / (μ - λ)²
    4.0
    """
    first, second, third = moments_s
    require_positive(first=first, second=second, third=third)
    load = stable_load(arrival_rate, 1 / first)
    mean_s = arrival_rate * second / (2 * (1 - load))
    fifo = 2 * mean_s**2 + arrival_rate * third / (3 * (1 - load))
    return fifo / (1 - load) if lifo else fifo


def mg1_priority_mean_waits(
    arrival_rates: Sequence[float], mean_service_s: Sequence[float], cvs: Sequence[float]
) -> list[float]:
    """Mean wait in queue of each class of an M/G/1 system with priorities, in seconds.

    Non-preemptive: the most urgent class goes first, and nobody is interrupted.

    Args:
        arrival_rates: requests a second of each class (λ_k), the most urgent first, above 0.
        mean_service_s: mean service time of each class, in seconds, above 0.
        cvs: coefficient of variation of each class's service time, 0 or more.

    Raises:
        ValueError: all classes together load the server fully, or an argument is out of range.

    Source:
        Cobham, "Priority assignment in waiting line problems", *Operations Research* 2, 1954.

    >>> [round(each, 6) for each in mg1_priority_mean_waits([0.2, 0.6], [1, 1], [1, 1])]
    [1.0, 5.0]
    """
    loads, residuals = _priorities(arrival_rates, mean_service_s, cvs)
    return [
        residuals[-1] / ((1 - before) * (1 - upto))
        for before, upto in zip([0.0, *loads], loads, strict=False)
    ]


def mg1_preemptive_mean_latencies(
    arrival_rates: Sequence[float], mean_service_s: Sequence[float], cvs: Sequence[float]
) -> list[float]:
    """Mean latency of each class of an M/G/1 system with preemptive priorities, in seconds.

    Preemptive resume: a more urgent request interrupts, and work goes on later where it was.

    Args:
        arrival_rates: requests a second of each class (λ_k), the most urgent first, above 0.
        mean_service_s: mean service time of each class, in seconds, above 0.
        cvs: coefficient of variation of each class's service time, 0 or more.

    Raises:
        ValueError: all classes together load the server fully, or an argument is out of range.

    Source:
        Kleinrock, *Queueing Systems*, vol. 2, 1976 (preemptive resume priorities).

    >>> [round(each, 6) for each in mg1_preemptive_mean_latencies([0.5, 0.25], [1, 1], [1, 1])]
    [2.0, 8.0]
    """
    loads, residuals = _priorities(arrival_rates, mean_service_s, cvs)
    return [
        mean_s / (1 - before) + residual_s / ((1 - before) * (1 - upto))
        for mean_s, residual_s, before, upto in zip(
            mean_service_s, residuals, [0.0, *loads], loads, strict=False
        )
    ]


def _priorities(
    arrival_rates: Sequence[float], mean_service_s: Sequence[float], cvs: Sequence[float]
) -> tuple[list[float], list[float]]:
    """σ_k, and the mean work left in service of classes 1 to k, for every k."""
    loads = []
    residuals = []
    for rate, mean_s, cv in zip(arrival_rates, mean_service_s, cvs, strict=True):
        require_positive(arrival_rate=rate, mean_service_s=mean_s)
        if not 0 <= cv < math.inf:
            raise ValueError(f"cv must be 0 or more and finite, got {cv:g}")
        loads.append(rate * mean_s)
        residuals.append(rate * mean_s**2 * (1 + cv**2) / 2)
    stable_load(sum(loads), 1.0)
    return [*accumulate(loads)], [*accumulate(residuals)]


def mmc_priority_mean_waits(
    arrival_rates: Sequence[float], service_rate: float, servers: int
) -> list[float]:
    """Mean wait in queue of each class of an M/M/c system with priorities, in seconds.

    Non-preemptive, with the same exponential service time for all classes.

    Args:
        arrival_rates: requests a second of each class, the most urgent first, above 0.
        service_rate: requests a second that one busy server completes (μ), above 0.
        servers: number of servers (c), 1 or more.

    Raises:
        ValueError: the offered load is not below ``servers``, or an argument is out of range.

    Source:
        Cobham, "Priority assignment in waiting line problems", *Operations Research* 2, 1954.

    >>> [round(each, 6) for each in mmc_priority_mean_waits([0.2, 0.6], 1.0, servers=1)]
    [1.0, 5.0]
    """
    require_positive(**{f"arrival_rates[{k}]": rate for k, rate in enumerate(arrival_rates)})
    together = servers * service_rate
    waits = mmc_wait_probability(sum(arrival_rates), service_rate, servers)
    loads = [*accumulate(rate / together for rate in arrival_rates)]
    return [
        waits / together / ((1 - before) * (1 - upto))
        for before, upto in zip([0.0, *loads], loads, strict=False)
    ]


def mm1_shortest_first_mean_latency(arrival_rate: float, service_rate: float) -> float:
    """Mean latency of an M/M/1 system that serves the shortest request first, in seconds.

    Sizes are known, and nobody is interrupted.

    Args:
        arrival_rate: requests a second (λ), above 0.
        service_rate: requests a second that the busy server completes (μ), above 0.

    Raises:
        ValueError: λ is not below μ, or an argument is out of range.

    Source:
        Phipps, "Machine repair as a priority waiting-line problem", *Operations Research* 4, 1956:
        priorities (Cobham) with a class for each size.

    >>> round(mm1_shortest_first_mean_latency(0.8, 1.0), 7)
    2.8822186
    """
    load = stable_load(arrival_rate, service_rate)
    wait = _mean(lambda x: load / (1 - _load_upto(x, load)) ** 2)
    return (wait + 1) / service_rate


def mm1_srpt_mean_latency(arrival_rate: float, service_rate: float) -> float:
    """Mean latency of an M/M/1 system that works on what has the least work left, in seconds.

    Sizes are known, and a shorter request interrupts (shortest remaining processing time).

    Args:
        arrival_rate: requests a second (λ), above 0.
        service_rate: requests a second that the busy server completes (μ), above 0.

    Raises:
        ValueError: λ is not below μ, or an argument is out of range.

    Source:
        Schrage, Miller, "The queue M/G/1 with the shortest remaining processing time discipline",
        *Operations Research* 14, 1966.

    >>> round(mm1_srpt_mean_latency(0.8, 1.0), 7)
    2.3527733
    """
    load = stable_load(arrival_rate, service_rate)

    def wait(x: float) -> float:
        second = 2 * (1 - math.exp(-x) * (1 + x + x * x / 2)) + x * x * math.exp(-x)
        return load * second / (2 * (1 - _load_upto(x, load)) ** 2)

    # Time in service of a request of size x is the integral of 1 / (1 - ρ(t)) up to x; averaged
    # over sizes, 1 / (1 - ρ(t)) counts for those that are larger than t: the same weight again.
    residence = _mean(lambda t: 1 / (1 - _load_upto(t, load)))
    return (_mean(wait) + residence) / service_rate


def _load_upto(x: float, load: float) -> float:
    """Utilization by requests no larger than x, exponential of mean 1."""
    return load * (1 - math.exp(-x) * (1 + x))


def _mean(of: Callable[[float], float]) -> float:
    """Mean over an exponential variable of mean 1."""
    value, _ = quad(lambda x: of(x) * math.exp(-x), 0, 60, epsabs=1e-12, epsrel=1e-12, limit=200)
    return float(value)
