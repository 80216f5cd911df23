"""One unlimited queue before several equal servers (M/M/c), first come first served.

Symbols: arrival rate λ, service rate μ of one busy server, servers c, offered load a = λ/μ in
erlangs, utilization ρ = a/c. M/M/1 is c = 1, the default.
"""

from __future__ import annotations

import math

from scipy.special import exprel

from simulator.stats.theory.limits import require_positive, require_quantile, stable_load
from simulator.stats.theory.loss import erlang_b
from simulator.stats.theory.roots import quantile_of


def mmc_wait_probability(arrival_rate: float, service_rate: float, servers: int = 1) -> float:
    """Probability that a request of an M/M/c system has to wait (Erlang C).

    Args:
        arrival_rate: requests a second offered to the whole system (λ), above 0.
        service_rate: requests a second one busy server completes (μ), above 0.
        servers: number of servers (c), 1 or more.

    Raises:
        ValueError: the offered load λ/μ is not below ``servers``, so no steady state exists.

    Source:
        Kleinrock, *Queueing Systems*, vol. 1 (Erlang C), through Erlang B.

    >>> round(mmc_wait_probability(arrival_rate=1, service_rate=1, servers=2), 6)
    0.333333
    """
    load = stable_load(arrival_rate, service_rate, servers)
    blocking = erlang_b(load, servers)
    return blocking / (1 - load / servers * (1 - blocking))


def mmc_mean_wait(arrival_rate: float, service_rate: float, servers: int = 1) -> float:
    """Mean time in queue of an M/M/c system (Wq) in seconds, over all requests.

    Those that found a free server, and so waited 0 s, are counted.

    Args: as for :func:`mmc_wait_probability`.

    Raises:
        ValueError: no steady state exists.

    Source:
        Kleinrock, *Queueing Systems*, vol. 1.

    >>> round(mmc_mean_wait(arrival_rate=90, service_rate=100), 6)  # ρ / (μ - λ)
    0.09
    """
    must_wait = mmc_wait_probability(arrival_rate, service_rate, servers)
    return must_wait / (servers * service_rate - arrival_rate)


def mmc_mean_latency(arrival_rate: float, service_rate: float, servers: int = 1) -> float:
    """Mean time in an M/M/c system (W) in seconds: :func:`mmc_mean_wait` plus one service.

    >>> round(mmc_mean_latency(arrival_rate=90, service_rate=100), 6)  # 1 / (μ - λ)
    0.1
    """
    return mmc_mean_wait(arrival_rate, service_rate, servers) + 1 / service_rate


def mgc_mean_wait(arrival_rate: float, mean_service_s: float, cv: float, servers: int) -> float:
    """Mean time in queue of an M/G/c system in seconds, approximately.

    The wait of M/M/c times (1 + cv²) / 2. Exact for one server, and for exponential service; else
    mostly within a few per cent where servers are busy and cv is not far from 1.

    Args:
        arrival_rate: requests a second offered to the whole system (λ), above 0.
        mean_service_s: mean service time E[S] in seconds, above 0.
        cv: coefficient of variation of the service time, 0 or more and finite.
        servers: number of servers (c), 1 or more.

    Raises:
        ValueError: no steady state exists, or an argument is out of range.

    Source:
        Lee and Longton, "Queueing processes associated with airline passenger check-in",
        *Operational Research Quarterly* 10, 1959.

    >>> round(mgc_mean_wait(0.8, 1.0, cv=0.0, servers=1), 6)  # M/D/1
    2.0
    """
    require_positive(mean_service_s=mean_service_s)
    if not 0 <= cv < math.inf:
        raise ValueError(f"cv must be 0 or more and finite, got {cv:g}")
    return (1 + cv**2) / 2 * mmc_mean_wait(arrival_rate, 1 / mean_service_s, servers)


def mmc_wait_quantile(
    q: float, arrival_rate: float, service_rate: float, servers: int = 1
) -> float:
    """The ``q`` quantile of the time in queue of an M/M/c system, in seconds.

    Whoever waits does so for an exponential time of rate cμ - λ.

    Args:
        q: share of the requests that wait no longer, at least 0 and below 1.
        arrival_rate: requests a second offered to the whole system (λ), above 0.
        service_rate: requests a second one busy server completes (μ), above 0.
        servers: number of servers (c), 1 or more.

    Returns:
        Seconds; 0 up to the share of requests that need not wait.

    Raises:
        ValueError: no steady state exists, or ``q`` is out of range.

    Source:
        Kleinrock, *Queueing Systems*, vol. 1.
    """
    require_quantile(q)
    must_wait = mmc_wait_probability(arrival_rate, service_rate, servers)
    return max(0.0, math.log(must_wait / (1 - q)) / (servers * service_rate - arrival_rate))


def mmc_latency_quantile(
    q: float, arrival_rate: float, service_rate: float, servers: int = 1
) -> float:
    """The ``q`` quantile of wait plus service in an M/M/c system, in seconds.

    First come first served: wait and service are independent, so that the latency is one
    exponential time, or the sum of two.

    Args: as for :func:`mmc_wait_quantile`.

    Raises:
        ValueError: no steady state exists, or ``q`` is out of range.

    Source:
        Kleinrock, *Queueing Systems*, vol. 1; convolution of the wait with the service.

    >>> round(mmc_latency_quantile(0.5, arrival_rate=9, service_rate=10), 6)  # ln 2 / (μ - λ)
    0.693147
    """
    require_quantile(q)
    must_wait = mmc_wait_probability(arrival_rate, service_rate, servers)
    wait_rate = servers * service_rate - arrival_rate
    slower, apart = min(service_rate, wait_rate), abs(service_rate - wait_rate)

    def tail(t: float) -> float:
        # exprel keeps its precision where the two rates nearly agree, 1 - exp(-x) does not.
        waited = service_rate * t * math.exp(-slower * t) * float(exprel(-apart * t))
        return math.exp(-service_rate * t) + must_wait * waited

    return quantile_of(tail, q, 1 / slower)
