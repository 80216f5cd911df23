"""Gaps that are not exponential, and batches: what they do to one exponential server.

Symbols: arrival rate λ, service rate μ, utilization ρ = λ / μ. *Latency* is wait plus service.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from simulator.stats.theory.limits import require_positive, require_quantile, stable_load
from simulator.stats.theory.roots import root_of


@dataclass(frozen=True, slots=True)
class Gaps:
    """What a G/M/1 system has to be told of the time between two arrivals.

    Attributes:
        transform: Laplace-Stieltjes transform, E[exp(-s A)] for s of 0 or more.
        mean_s: E[A] in seconds.
    """

    transform: Callable[[float], float]
    mean_s: float


def balanced_phases(arrival_rate: float, scv: float) -> tuple[float, float, float]:
    """Two exponential phases of a gap, of which either contributes the same to the mean.

    Args:
        arrival_rate: requests a second (λ), above 0.
        scv: squared coefficient of variation of the gap, 1 or more.

    Returns:
        Probability of the first phase (p), and the rates a second at which each ends (λ1, λ2), so
        that p / λ1 = (1 - p) / λ2.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Whitt, "Approximating a point process by a renewal process", *Operations Research* 30, 1982
        (balanced means).

    >>> [round(each, 4) for each in balanced_phases(0.7, scv=4.0)]
    [0.8873, 1.2422, 0.1578]
    """
    require_positive(arrival_rate=arrival_rate)
    if not 1 <= scv < math.inf:
        raise ValueError(f"scv must be 1 or more and finite, got {scv:g}")
    p = (1 + math.sqrt((scv - 1) / (scv + 1))) / 2
    return p, 2 * p * arrival_rate, 2 * (1 - p) * arrival_rate


def hyperexponential_gaps(arrival_rate: float, scv: float) -> Gaps:
    """Gaps of two exponential phases with balanced means.

    Arguments, errors and source as of ``balanced_phases``.

    >>> round(hyperexponential_gaps(0.7, scv=4.0).transform(0.7), 6)
    0.588235
    """
    p, fast, slow = balanced_phases(arrival_rate, scv)

    def transform(s: float) -> float:
        return p * fast / (fast + s) + (1 - p) * slow / (slow + s)

    return Gaps(transform, 1 / arrival_rate)


def gm1_wait_probability(gaps: Gaps, service_rate: float) -> float:
    """Probability that a request has to wait in a G/M/1 system (σ).

    Independent gaps of any distribution, exponential service, first come first served. It is the
    root of σ = A(μ (1 - σ)) below 1, with the transform A of the gap.

    Args:
        gaps: between two arrivals.
        service_rate: requests a second that the busy server completes (μ).

    Raises:
        ValueError: the server is offered more than it can do, or an argument is out of range.

    Source:
        Kleinrock, *Queueing Systems*, vol. 1, chapter on G/M/1.

    >>> exponential = Gaps(lambda s: 0.8 / (0.8 + s), mean_s=1 / 0.8)
    >>> round(gm1_wait_probability(exponential, service_rate=1.0), 9)  # as M/M/1
    0.8
    """
    load = stable_load(1 / gaps.mean_s, service_rate)

    def excess(busy: float) -> float:
        return gaps.transform(service_rate * (1 - busy)) - busy

    high = 1 - (1 - load) * 1e-3
    while excess(high) >= 0:  # 1 is a root as well, and may be near
        high = (1 + high) / 2
    return root_of(excess, 0.0, high)


def gm1_mean_wait(gaps: Gaps, service_rate: float) -> float:
    """Mean time in queue of a G/M/1 system (Wq) in seconds, σ / (μ (1 - σ)).

    Arguments, errors and source as of ``gm1_wait_probability``.
    """
    busy = gm1_wait_probability(gaps, service_rate)
    return busy / (service_rate * (1 - busy))


def gm1_latency_quantile(q: float, gaps: Gaps, service_rate: float) -> float:
    """The ``q`` quantile of the latency of a G/M/1 system, in seconds.

    The latency is exponential with rate μ (1 - σ), whatever the gaps.

    Args:
        q: share of the requests that are answered within that time, at least 0 and below 1.
        gaps, service_rate: as for ``gm1_wait_probability``.
    """
    require_quantile(q)
    busy = gm1_wait_probability(gaps, service_rate)
    return -math.log1p(-q) / (service_rate * (1 - busy))


def batch_mean_latency(
    batch_rate: float, mean_size: float, mean_square_size: float, service_rate: float
) -> float:
    """Mean latency of an M^X/M/1 system in seconds: Poisson batches, exponential service.

    First come first served; the requests of a batch are served one after another.

    Args:
        batch_rate: batches a second, above 0.
        mean_size: E[X], requests in a batch, 1 or more.
        mean_square_size: E[X^2], at least the square of the mean.
        service_rate: requests a second that the busy server completes (μ).

    Raises:
        ValueError: the server is offered more than it can do, or an argument is out of range.

    Source:
        Gross and Harris, *Fundamentals of Queueing Theory*, chapter 3 (bulk input).

    >>> round(batch_mean_latency(0.2, mean_size=4, mean_square_size=16, service_rate=1.0), 9)
    12.5
    """
    require_positive(batch_rate=batch_rate)
    if not 1 <= mean_size**2 <= mean_square_size * (1 + 1e-12):
        raise ValueError(f"no sizes have mean {mean_size:g} and mean square {mean_square_size:g}")
    arrival_rate = batch_rate * mean_size
    load = stable_load(arrival_rate, service_rate)
    in_system = (load + batch_rate * mean_square_size / service_rate) / (2 * (1 - load))
    return in_system / arrival_rate
