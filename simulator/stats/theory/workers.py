"""Workers that take several requests at once, break down or are never short, and impatient users.

Symbols: arrival rate λ of a Poisson stream, service rate μ of one busy server, servers c.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import pdtr, pdtrc, pdtrik

from simulator.stats.theory.limits import require_positive, require_quantile, stable_load

NEGLIGIBLE = 1e-16  # probability of a state, relative to the likeliest


@dataclass(frozen=True, slots=True)
class ImpatientQueue:
    """Steady state of an M/M/c+M system; means are over all requests, also those that leave."""

    wait_probability: float  # that a request finds all servers busy
    abandon_probability: float  # that a request leaves before it is served
    mean_queued: float  # Lq
    mean_wait_s: float  # time in queue, until service or leaving
    utilization: float  # busy servers over servers, 0 to 1
    throughput_per_s: float  # requests served to the end


def erlang_a(
    arrival_rate: float, service_rate: float, servers: int, patience_s: float
) -> ImpatientQueue:
    """Steady state of an M/M/c+M system: who waits too long leaves (Erlang A).

    Exponential service and exponential patience. There is a steady state at any load.

    Args:
        arrival_rate: requests a second (λ), above 0.
        service_rate: requests a second that one busy server completes (μ), above 0.
        servers: number of servers (c), 1 or more.
        patience_s: mean time in queue after which a request leaves (1/θ), in seconds, above 0.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Palm, 1957; Garnett, Mandelbaum, Reiman, "Designing a call center with impatient
        customers", *Manufacturing & Service Operations Management* 4, 2002.

    >>> round(erlang_a(50.0, 1.0, servers=50, patience_s=2.0).abandon_probability, 8)
    0.04668459
    """
    require_positive(
        arrival_rate=arrival_rate,
        service_rate=service_rate,
        servers=servers,
        patience_s=patience_s,
    )
    log_weights, peak = [0.0], 0.0
    while log_weights[-1] > peak + math.log(NEGLIGIBLE) or len(log_weights) <= servers:
        state = len(log_weights)
        leaving = min(state, servers) * service_rate + max(0, state - servers) / patience_s
        log_weights.append(log_weights[-1] + math.log(arrival_rate / leaving))
        peak = max(peak, log_weights[-1])
    probabilities = np.exp(np.array(log_weights) - peak)
    probabilities /= probabilities.sum()
    states = np.arange(len(log_weights))
    queued = float(probabilities @ np.maximum(0, states - servers))
    waits = float(probabilities[servers:].sum())
    abandon = queued / patience_s / arrival_rate
    served = arrival_rate * (1 - abandon)
    return ImpatientQueue(
        wait_probability=waits,
        abandon_probability=abandon,
        mean_queued=queued,
        mean_wait_s=queued / arrival_rate,
        utilization=served / (servers * service_rate),
        throughput_per_s=served,
    )


@dataclass(frozen=True, slots=True)
class BatchQueue:
    """Steady state of an M/M^[1,b]/1 system."""

    ratio: float  # of successive probabilities of one more request waiting
    idle_probability: float
    mean_queued: float  # Lq
    mean_wait_s: float  # Wq
    mean_latency_s: float  # W
    mean_batch: float  # requests served together


def bulk_service(arrival_rate: float, service_rate: float, size: int) -> BatchQueue:
    """Steady state of a server that takes up to ``size`` waiting requests at once.

    It begins at once with what is there (group commit, micro-batches); a batch takes an exponential
    time, however many are in it.

    Args:
        arrival_rate: requests a second (λ), above 0.
        service_rate: batches a second that the busy server completes (μ), above 0.
        size: most requests of a batch (b), 1 or more.

    Raises:
        ValueError: λ is not below b μ, or an argument is out of range.

    Source:
        Gross et al., *Fundamentals of Queueing Theory* (bulk service); Neuts, "A general class of
        bulk queues with Poisson input", *Annals of Mathematical Statistics* 38, 1967.

    >>> round(bulk_service(0.8, 1.0, size=1).mean_latency_s, 6)  # M/M/1
    5.0
    """
    require_positive(size=size)
    stable_load(arrival_rate, service_rate * size)
    # The balance of states with requests waiting has one root in (0, 1); 1 itself is another one,
    # so it is divided out: μ (r + r² + ... + r^b) = λ.
    low, high = 0.0, 1.0
    while low < (middle := (low + high) / 2) < high:
        if service_rate * sum(middle**k for k in range(1, size + 1)) < arrival_rate:
            low = middle
        else:
            high = middle
    busy_none_waiting = 1 / (service_rate / arrival_rate + 1 / (1 - high))
    idle = busy_none_waiting * service_rate / arrival_rate
    queued = busy_none_waiting * high / (1 - high) ** 2
    return BatchQueue(
        ratio=high,
        idle_probability=idle,
        mean_queued=queued,
        mean_wait_s=queued / arrival_rate,
        mean_latency_s=queued / arrival_rate + 1 / service_rate,
        mean_batch=arrival_rate / (service_rate * (1 - idle)),
    )


def availability(mtbf_s: float, mttr_s: float) -> float:
    """Part of the time that something is up, in the long run.

    Args:
        mtbf_s: mean time from a repair to the next failure, in seconds, above 0.
        mttr_s: mean time from a failure to its repair, in seconds, above 0.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Trivedi, *Probability and Statistics with Reliability, Queuing, and Computer Science
        Applications* (alternating renewal process).

    >>> round(availability(mtbf_s=999, mttr_s=1), 6)
    0.999
    """
    require_positive(mtbf_s=mtbf_s, mttr_s=mttr_s)
    return mtbf_s / (mtbf_s + mttr_s)


def mm1_breakdowns_mean_in_system(
    arrival_rate: float, service_rate: float, mtbf_s: float, mttr_s: float
) -> float:
    """Mean number of requests in an M/M/1 system whose server breaks down (L).

    It fails at random, busy or not, and is repaired after an exponential time. Meanwhile requests
    wait, and work goes on where it was.

    Args:
        arrival_rate: requests a second (λ), above 0.
        service_rate: requests a second that the server completes while it is up (μ), above 0.
        mtbf_s: mean time from a repair to the next failure, in seconds, above 0.
        mttr_s: mean time from a failure to its repair, in seconds, above 0.

    Raises:
        ValueError: λ is not below μ times the availability, or an argument is out of range.

    Source:
        White, Christie, "Queuing with preemptive priorities or with breakdown", *Operations
        Research* 6, 1958; Avi-Itzhak, Naor, *Operations Research* 11, 1963.

    >>> round(mm1_breakdowns_mean_in_system(0.5, 1.0, mtbf_s=20.0, mttr_s=2.0), 7)
    1.4242424
    """
    stable_load(arrival_rate, service_rate * availability(mtbf_s, mttr_s))
    fails, repairs = 1 / mtbf_s, 1 / mttr_s
    up = (fails + repairs) ** 2 + service_rate * fails
    room = repairs * (service_rate - arrival_rate) - fails * arrival_rate
    return arrival_rate * up / ((fails + repairs) * room)


def poisson_exceeds(mean: float, number: float) -> float:
    """Probability that a Poisson variable is above a number: calls in an M/G/inf system.

    With workers without limit the number in service is Poisson with mean λ E[S], whatever the
    distribution of the service time.

    Args:
        mean: of the variable, above 0.
        number: any number, 0 or more.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Takács, *Introduction to the Theory of Queues*, 1962 (M/G/inf).

    >>> round(poisson_exceeds(40.0, 40 + 3 * 40**0.5), 10)
    0.0028976024
    """
    require_positive(mean=mean)
    if number < 0:
        raise ValueError(f"number must be 0 or more, got {number:g}")
    return float(pdtrc(math.floor(number), mean))


def poisson_quantile(q: float, mean: float) -> int:
    """The smallest number that a Poisson variable does not exceed with probability ``q``.

    Args:
        q: probability, at least 0 and below 1.
        mean: of the variable, above 0.

    Raises:
        ValueError: an argument is out of range.

    >>> poisson_quantile(0.99, 40.0)
    55
    """
    require_quantile(q)
    require_positive(mean=mean)
    guess = max(0, math.floor(float(pdtrik(q, mean))) - 1) if q > 0 else 0
    while float(pdtr(guess, mean)) < q:
        guess += 1
    return guess


def mginf_mean_after(arrival_rate: float, lived_s: float) -> float:
    """Mean number in an M/G/inf system some time after it was empty.

    Args:
        arrival_rate: requests a second (λ), above 0.
        lived_s: integral of P(S > u) over the time since it was empty, in seconds: the mean of the
            service time cut off there.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Eick, Massey, Whitt, "The physics of the M_t/G/inf queue", *Operations Research* 41, 1993.

    >>> round(mginf_mean_after(20.0, 2.0 * (1 - math.exp(-1))), 6)  # exponential, after its mean
    25.284822
    """
    require_positive(arrival_rate=arrival_rate, lived_s=lived_s)
    return arrival_rate * lived_s


def mg1_departure_scv(arrival_rate: float, mean_service_s: float, cv: float) -> float:
    """Squared coefficient of variation of the time between departures of an M/G/1 system.

    1 for exponential service: the departures of M/M/c are a Poisson stream again (Burke).

    Args:
        arrival_rate: requests a second (λ), above 0.
        mean_service_s: mean service time in seconds, above 0.
        cv: coefficient of variation of the service time, 0 or more.

    Raises:
        ValueError: the utilization is not below 1, or an argument is out of range.

    Source:
        Marshall, "Some inequalities in queuing", *Operations Research* 16, 1968; Burke, "The output
        of a queuing system", *Operations Research* 4, 1956.

    >>> round(mg1_departure_scv(0.7, mean_service_s=1.0, cv=0.0), 6)
    0.51
    """
    require_positive(mean_service_s=mean_service_s)
    load = stable_load(arrival_rate, 1 / mean_service_s)
    return 1 + load**2 * (cv**2 - 1)
