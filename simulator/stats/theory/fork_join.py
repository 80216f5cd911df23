"""Requests that fork into one part for each of K servers, and are answered when all parts are.

Poisson arrivals, exponential service, one queue a server, first come first served. All queues get
their parts at the same instants, so they are not independent, and no closed form is known for more
than two. Symbols: arrival rate λ, service rate μ of one server, ρ = λ/μ, H_K = 1 + 1/2 ... + 1/K.
"""

from __future__ import annotations

from simulator.stats.theory.limits import stable_load

MOST_PARTS = 32  # for which the approximation was published


def fork_join_two_mean_latency(arrival_rate: float, service_rate: float) -> float:
    """Mean time until both of two parts are answered, exactly, in seconds.

    Args:
        arrival_rate: requests a second (λ), above 0.
        service_rate: parts a second that one busy server completes (μ), above λ.

    Raises:
        ValueError: there is no steady state, or a rate is not above 0.

    Source:
        Flatto and Hahn, "Two parallel queues created by arrivals with two demands", *SIAM Journal
        on Applied Mathematics* 44(5), 1984; in this form in Nelson and Tantawi (below).

    >>> round(fork_join_two_mean_latency(0.8, 1.0), 6)
    7.0
    """
    load = stable_load(arrival_rate, service_rate)
    return (12 - load) / 8 / (service_rate - arrival_rate)


def fork_join_mean_latency(parts: int, arrival_rate: float, service_rate: float) -> float:
    """Mean time until all parts are answered, within a few per cent, in seconds.

    Exact for one and for two parts.

    Args:
        parts: of a request, one for each server (K), 1 to 32.
        arrival_rate: requests a second (λ), above 0.
        service_rate: parts a second that one busy server completes (μ), above λ.

    Raises:
        ValueError: there is no steady state, or an argument is out of range.

    Source:
        Nelson and Tantawi, "Approximate analysis of fork/join synchronization in parallel queues",
        *IEEE Transactions on Computers* 37(6), 1988; less than 5 % off up to 32 parts.

    >>> round(fork_join_mean_latency(4, 0.8, 1.0), 4)
    8.9303
    """
    if not 1 <= parts <= MOST_PARTS:
        raise ValueError(f"parts must be from 1 to {MOST_PARTS}, got {parts}")
    load = stable_load(arrival_rate, service_rate)
    if parts == 1:
        return 1 / (service_rate - arrival_rate)
    growth = _harmonic(parts) / _harmonic(2)
    factor = growth + 4 * load / 11 * (1 - growth)
    return factor * fork_join_two_mean_latency(arrival_rate, service_rate)


def fork_join_upper_bound(parts: int, arrival_rate: float, service_rate: float) -> float:
    """What the mean would be if the queues were independent: an upper bound, in seconds.

    Args and errors as of ``fork_join_mean_latency``, for any number of parts.

    Source:
        Nelson and Tantawi; the slowest of K exponential times of mean 1 / (μ - λ).

    >>> round(fork_join_upper_bound(8, 0.8, 1.0), 4)
    13.5893
    """
    stable_load(arrival_rate, service_rate)
    if parts < 1:
        raise ValueError(f"parts must be 1 or more, got {parts}")
    return _harmonic(parts) / (service_rate - arrival_rate)


def _harmonic(n: int) -> float:
    return sum(1 / i for i in range(1, n + 1))
