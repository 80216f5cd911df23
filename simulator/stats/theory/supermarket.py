"""Very many servers, and each request looks at a few of them: the power of two choices."""

from __future__ import annotations

from math import inf

from simulator.stats.theory.limits import require_positive


def supermarket_mean_latency(utilization: float, choices: int) -> float:
    """Mean latency over mean service time, if each request joins the shortest of d random queues.

    The limit for infinitely many servers: Poisson arrivals, exponential service, first come first
    served. With one choice it is M/M/1, with two or more the tail of the queues falls off doubly
    exponentially.

    Args:
        utilization: arrivals over what all servers can do (λ), above 0 and below 1.
        choices: queues that each request looks at (d), 1 or more.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Vvedenskaya, Dobrushin and Karpelevich, *Problems of Information Transmission* 32(1), 1996;
        Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", *IEEE TPDS* 12(10),
        2001.

    >>> round(supermarket_mean_latency(0.9, choices=2), 4)
    2.6141
    """
    require_positive(utilization=utilization, choices=choices)
    if utilization >= 1:
        raise ValueError(f"no steady state: utilization must be below 1, got {utilization:g}")
    if choices == 1:
        return 1 / (1 - utilization)
    total, queue = 0.0, 1
    while (term := utilization ** _exponent(queue, choices)) > 0:
        total += term
        queue += 1
    return total


def _exponent(queue: int, choices: int) -> float:
    """(d^i - d) / (d - 1), infinite where it is too large to matter."""
    return (choices**queue - choices) / (choices - 1) if queue < 60 else inf
