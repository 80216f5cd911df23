"""Systems that refuse what they have no room for: Poisson arrivals, several equal servers.

Symbols: arrival rate λ, service rate μ of one busy server, servers c, offered load a = λ/μ in
erlangs, room for K requests, those in service included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.stats.theory.limits import require_positive


def erlang_b(offered_load: float, servers: int) -> float:
    """Probability that a request finds all servers of a system without a queue busy.

    M/G/c/c: Poisson arrivals; the distribution of the service time does not matter, only its
    mean. Computed by recursion over the servers, which neither overflows nor cancels for
    thousands of them.

    Args:
        offered_load: arrival rate over service rate (a), in erlangs, above 0; any size.
        servers: number of servers (c), 1 or more.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Kleinrock, *Queueing Systems*, vol. 1 (Erlang's loss formula).

    >>> round(erlang_b(offered_load=2, servers=2), 6)  # (2² / 2!) / (1 + 2 + 2² / 2!)
    0.4
    """
    require_positive(offered_load=offered_load, servers=servers)
    blocking = 1.0
    for k in range(1, servers + 1):
        blocking = offered_load * blocking / (k + offered_load * blocking)
    return blocking


@dataclass(frozen=True, slots=True)
class BoundedQueue:
    """Steady state of an M/M/c/K system; means are over time or over accepted requests."""

    blocking_probability: float  # of an arriving request
    idle_probability: float  # that the system is empty
    mean_in_system: float  # L
    mean_queued: float  # Lq
    mean_latency_s: float  # W, over accepted requests
    mean_wait_s: float  # Wq, over accepted requests
    throughput_per_s: float
    utilization: float  # busy servers over servers, 0 to 1


def bounded_queue(
    arrival_rate: float, service_rate: float, servers: int, queue_limit: int
) -> BoundedQueue:
    """Steady state of an M/M/c/K system, which refuses a request that finds no waiting place.

    Args:
        arrival_rate: requests a second offered (λ), above 0; may exceed the capacity.
        service_rate: requests a second one busy server completes (μ), above 0.
        servers: number of servers (c), 1 or more.
        queue_limit: waiting places (K - c), 0 or more.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Kleinrock, *Queueing Systems*, vol. 1 (birth-death systems with finite storage).

    >>> round(bounded_queue(2, 1, servers=2, queue_limit=0).blocking_probability, 6)  # Erlang B
    0.4
    """
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate, servers=servers)
    if queue_limit < 0:
        raise ValueError(f"queue_limit must be 0 or more, got {queue_limit}")
    state = np.arange(servers + queue_limit + 1)
    busy = np.minimum(state, servers)
    log_weight = np.concatenate(([0.0], np.cumsum(np.log(arrival_rate / service_rate / busy[1:]))))
    share = np.exp(log_weight - log_weight.max())  # the largest is 1: no overflow for any K
    share /= share.sum()
    in_system, in_service = float(share @ state), float(share @ busy)
    throughput = in_service * service_rate
    return BoundedQueue(
        blocking_probability=float(share[-1]),
        idle_probability=float(share[0]),
        mean_in_system=in_system,
        mean_queued=float(share @ (state - busy)),
        mean_latency_s=in_system / throughput,
        mean_wait_s=float(share @ (state - busy)) / throughput,
        throughput_per_s=throughput,
        utilization=in_service / servers,
    )
