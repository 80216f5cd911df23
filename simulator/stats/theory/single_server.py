"""One server, Poisson arrivals, service times that need not be exponential.

Symbols: arrival rate λ, mean service time E[S], coefficient of variation cv (standard deviation
over mean: 0 constant, 1 exponential), utilization ρ = λ E[S].
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import pdtrc

from simulator.stats.theory.limits import require_positive, require_quantile, stable_load
from simulator.stats.theory.roots import quantile_of

HIGHEST_QUANTILE = 1 - 1e-9
NEGLIGIBLE = 1e-18  # probability that so many arrive during one service


def mg1_mean_wait(arrival_rate: float, mean_service_s: float, cv: float) -> float:
    """Mean time in queue of an M/G/1 system (Wq) in seconds (Pollaczek-Khinchine).

    First come first served, or any order that does not look at the service time.

    Args:
        arrival_rate: requests a second (λ), above 0.
        mean_service_s: mean service time E[S] in seconds, above 0.
        cv: coefficient of variation of the service time, 0 or more and finite.

    Raises:
        ValueError: the utilization λ E[S] is not below 1, or an argument is out of range.

    Source:
        Kleinrock, *Queueing Systems*, vol. 1 (Pollaczek-Khinchine mean value formula).

    >>> round(mg1_mean_wait(0.8, mean_service_s=1.0, cv=0.0), 6)  # half of the 4 s of M/M/1
    2.0
    """
    require_positive(mean_service_s=mean_service_s)
    if not 0 <= cv < math.inf:
        raise ValueError(f"cv must be 0 or more and finite, got {cv:g}")
    utilization = stable_load(arrival_rate, 1 / mean_service_s)
    return utilization * mean_service_s * (1 + cv**2) / (2 * (1 - utilization))


def mg1_wait_sd(arrival_rate: float, moments: Sequence[float]) -> float:
    """Standard deviation of the time in queue of an M/G/1 system, in seconds.

    First come first served. The third moment of the service time decides, so that a heavy tail
    makes waits vary much more than their mean tells.

    Args:
        arrival_rate: requests a second (λ), above 0.
        moments: first three moments of the service time, in powers of seconds; the third may be
            infinite.

    Raises:
        ValueError: the utilization λ E[S] is not below 1, or an argument is out of range.

    Source:
        Kleinrock, *Queueing Systems*, vol. 1 (Takács recurrence for the moments of the wait).

    >>> round(mg1_wait_sd(0.8, moments=[1.0, 2.0, 6.0]), 6)  # exponential: √(ρ (2 - ρ)) / (1 - ρ)
    4.898979
    """
    mean_s, second, third = moments
    require_positive(mean_s=mean_s, second=second, third=third)
    idle = 1 - stable_load(arrival_rate, 1 / mean_s)
    mean_wait_s = arrival_rate * second / (2 * idle)
    return math.sqrt(mean_wait_s**2 + arrival_rate * third / (3 * idle))


def mg1_ps_mean_latency(arrival_rate: float, mean_service_s: float) -> float:
    """Mean latency of an M/G/1 system under processor sharing, in seconds.

    All requests present share the server equally. Only the mean of the service time matters,
    not its distribution: large requests do not hold up small ones.

    Args:
        arrival_rate: requests a second (λ), above 0.
        mean_service_s: mean service time alone on the server, in seconds, above 0.

    Raises:
        ValueError: the utilization λ E[S] is not below 1, or an argument is out of range.

    Source:
        Kleinrock, *Queueing Systems*, vol. 2 (processor sharing).

    >>> round(mg1_ps_mean_latency(0.8, mean_service_s=1.0), 6)  # E[S] / (1 - ρ)
    5.0
    """
    require_positive(mean_service_s=mean_service_s)
    return mean_service_s / (1 - stable_load(arrival_rate, 1 / mean_service_s))


def md1_wait_quantile(q: float, arrival_rate: float, service_s: float) -> float:
    """The ``q`` quantile of the time in queue of an M/D/1 system, in seconds.

    Constant service time, first come first served. Crommelin's alternating series loses all
    digits at high load; Franx's form of the same distribution has positive terms only.

    Args:
        q: share of the requests that wait no longer, at least 0 and at most 1 - 1e-9: rounding
            hides the tail beyond.
        arrival_rate: requests a second (λ), above 0.
        service_s: service time of each request (D) in seconds, above 0.

    Returns:
        Seconds; 0 up to the share 1 - ρ of requests that find the server free.

    Raises:
        ValueError: the utilization λ D is not below 1, or an argument is out of range.

    Source:
        Franx, "A simple solution for the M/D/c waiting time distribution", *Operations Research
        Letters* 29, 2001.
    """
    require_quantile(q)
    require_positive(service_s=service_s)
    load = stable_load(arrival_rate, 1 / service_s)
    if q > HIGHEST_QUANTILE:
        raise ValueError(f"q must be at most 1 - 1e-9 for M/D/1, got 1 - {1 - q:.3g}")
    return service_s * quantile_of(lambda t: _md1_wait_exceeds(t, load), q, 1 / (1 - load))


def _md1_wait_exceeds(t: float, load: float) -> float:
    """P(wait > t) with the service time as unit of time, so that λ = ρ."""
    levels = math.floor(t) + 1
    at_most = _md1_queue_at_most(load, levels)
    expected = load * (levels - t)  # arrivals until the next multiple of the service time
    arrivals = np.arange(levels)
    log_factorial = np.concatenate(([0.0], np.cumsum(np.log(arrivals[1:]))))
    probability = np.exp(arrivals * math.log(expected) - expected - log_factorial)
    return 1 - float(probability @ at_most[::-1])


def _md1_queue_at_most(load: float, levels: int) -> np.ndarray:
    """P(at most i wait) for i below ``levels``, by balancing crossings of each level.

    Departures leave i + 1 requests behind or fewer as often as they left more before; all terms
    are positive, unlike those of the textbook recursion.
    """
    arrive_more = pdtrc(np.arange(levels + 1), load)  # P(more than k arrive during a service)
    window = int(np.count_nonzero(arrive_more > NEGLIGIBLE))
    in_system = np.zeros(levels + 1)
    in_system[0] = 1 - load
    for n in range(levels):
        first = max(1, n + 1 - window)
        crossings = in_system[first : n + 1] @ arrive_more[n + 1 - first : 0 : -1]
        in_system[n + 1] = (in_system[0] * arrive_more[n] + crossings) / math.exp(-load)
    return np.cumsum(in_system)[1:]
