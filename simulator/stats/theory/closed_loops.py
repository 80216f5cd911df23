"""A fixed number of users of one exponential server, each of whom waits for the answer.

Symbols: users N, mean think time Z, service rate μ. *Latency* is wait plus service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from scipy.special import gammaincinv

from simulator.stats.theory.limits import require_positive, require_quantile


@dataclass(frozen=True, slots=True)
class ClosedQueue:
    """N users of one server in the long run.

    Attributes:
        throughput_per_s: answers a second (X).
        utilization: busy part of the server.
        idle_probability: probability that nobody is there (P0).
        mean_in_system: requests waiting and in service (L).
        mean_latency_s: N / X - Z, in seconds.
    """

    throughput_per_s: float
    utilization: float
    idle_probability: float
    mean_in_system: float
    mean_latency_s: float


def machine_repair(users: int, mean_think_s: float, service_rate: float) -> ClosedQueue:
    """M/M/1//N: users who think for an exponential time and then wait for one server.

    Named after machines that break and wait for one repairman.

    Args:
        users: how many (N), 1 or more.
        mean_think_s: mean think time (Z) in seconds, above 0; its distribution does not matter.
        service_rate: requests a second that the busy server completes (μ), above 0.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Kleinrock, *Queueing Systems*, vol. 1, chapter 3 (finite customer population); computed by
        mean value analysis, Reiser and Lavenberg, *Journal of the ACM* 27, 1980.

    >>> round(machine_repair(20, mean_think_s=10.0, service_rate=1.0).mean_latency_s, 4)
    10.0375
    """
    require_positive(users=users, mean_think_s=mean_think_s, service_rate=service_rate)
    throughput = latency_s = in_system = 0.0
    for n in range(1, users + 1):
        latency_s = (1 + in_system) / service_rate  # finds what one user fewer would leave there
        throughput = n / (mean_think_s + latency_s)
        in_system = throughput * latency_s
    utilization = throughput / service_rate
    return ClosedQueue(throughput, utilization, 1 - utilization, in_system, latency_s)


def no_think_latency_quantile(q: float, users: int, service_rate: float) -> float:
    """The ``q`` quantile of the latency of users who ask again at once, in seconds.

    One exponential server, first come first served: whoever asks finds all the others there, and
    waits for as many services as there are users. That is an Erlang time.

    Args:
        q: share of the requests that are answered within that time, at least 0 and below 1.
        users: how many (N), 1 or more.
        service_rate: requests a second that the busy server completes (μ), above 0.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Schroeder, Wierman and Harchol-Balter, "Open versus closed: a cautionary tale", NSDI 2006,
        for what it means; the rest is a sum of exponential times.

    >>> round(no_think_latency_quantile(0.99, users=10, service_rate=100.0), 4)
    0.1878
    """
    require_quantile(q)
    require_positive(users=users, service_rate=service_rate)
    return float(cast(float, gammaincinv(users, q))) / service_rate
