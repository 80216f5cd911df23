"""Calls that are made several times, of which the first answer counts.

Symbols: mean service time 1/mu, k replicas with a queue each, d copies of every call, lambda calls
a second for each replica.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, exp, log

from simulator.stats.theory.limits import require_positive, require_quantile


@dataclass(frozen=True, slots=True)
class HedgedCall:
    """The latency of a call of which a copy is made after a delay, without queues.

    Attributes:
        mean_s: time of one copy, exponential.
        delay_s: after which the second copy is made.
    """

    mean_s: float
    delay_s: float

    @property
    def hedged_ratio(self) -> float:
        """Part of the calls of which a copy is made."""
        return exp(-self.delay_s / self.mean_s)

    @property
    def mean_latency_s(self) -> float:
        """Mean time to the first answer, in seconds."""
        return self.mean_s * (1 - self.hedged_ratio / 2)

    def latency_quantile_s(self, q: float) -> float:
        """The ``q`` quantile of the time to the first answer, in seconds; q from 0 to below 1."""
        require_quantile(q)
        alone_s = -self.mean_s * log(1 - q)
        return alone_s if alone_s <= self.delay_s else (alone_s + self.delay_s) / 2


def hedged_exponential(mean_s: float, delay_s: float) -> HedgedCall:
    """A call to a replica that takes an exponential time, and after a delay one to another replica.

    Neither waits for a worker. By lack of memory, what is left once the copy is made is the shorter
    of two exponential times.

    Args:
        mean_s: time of one copy, in seconds, above 0.
        delay_s: in seconds, not negative; infinite for no copy.

    Raises:
        ValueError: an argument is out of range.

    Source:
        P(T > t) = P(X > t) P(X > t - d); the method is that of Dean and Barroso, "The Tail at
        Scale", *Communications of the ACM* 56(2), 2013.

    >>> hedged = hedged_exponential(10.0, delay_s=29.957323)  # the 95th percentile
    >>> round(hedged.hedged_ratio, 6), round(hedged.latency_quantile_s(0.99), 3)
    (0.05, 38.005)
    """
    require_positive(mean_s=mean_s)
    if not delay_s >= 0:
        raise ValueError(f"delay_s must not be negative, got {delay_s:g}")
    return HedgedCall(mean_s, delay_s)


def redundancy_d_mean_latency(arrival_rate: float, service_rate: float, k: int, d: int) -> float:
    """Mean latency where every call queues at d of k replicas and the first answer takes all back.

    Copies have independent exponential service times, are sent to d different replicas at random,
    and are taken back from queues and workers without delay.

    Args:
        arrival_rate: calls a second for each replica (lambda), above 0 and below ``service_rate``.
        service_rate: of one replica (mu), above 0.
        k: replicas.
        d: copies, 1 to k. With 1 each replica is M/M/1, with k all are one of k times the rate.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Gardner, Harchol-Balter, Scheller-Wolf, Velednitsky, Zbarsky, "Redundancy-d: The power of d
        choices for redundancy", *Operations Research* 65(4), 2017, theorem 1.

    >>> round(redundancy_d_mean_latency(0.7, 1.0, k=4, d=2), 6)
    1.254529
    """
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate, k=k, d=d)
    if d > k:
        raise ValueError(f"d must be at most k ({k}), got {d}")
    if arrival_rate >= service_rate:
        raise ValueError(
            f"arrival_rate ({arrival_rate:g}) must be below service_rate ({service_rate:g})"
        )
    ways = comb(k - 1, d - 1)
    return sum(
        1 / (k * service_rate * ways / comb(i - 1, d - 1) - k * arrival_rate)
        for i in range(d, k + 1)
    )
