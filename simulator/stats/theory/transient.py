"""A system that starts empty, before it has come to its steady state."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln, xlogy

from simulator.stats.theory.limits import require_positive

NEGLIGIBLE = 1e-14  # probability left out
REACH = 9.0  # standard deviations of a Poisson count that are looked at, beside some more


def mm1_number_at(t_s: float, arrival_rate: float, service_rate: float) -> np.ndarray:
    """Probability of each number in an M/M/1 system that was empty at instant 0.

    The load may be of any size: an overloaded queue has a state at each instant, if no steady one.
    By uniformization: the states that a chain of Poisson(Λt) steps gets to, Λ = λ + μ.

    Args:
        t_s: seconds since the system was empty, 0 or more.
        arrival_rate: requests a second (λ), above 0.
        service_rate: requests a second that the busy server completes (μ), above 0.

    Returns:
        Shape ``(n,)``: the probability of 0, 1, ... n - 1 requests in the system, where more have
        no probability to speak of.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Gross and Harris, *Fundamentals of Queueing Theory* (transient behavior; randomization);
        Abate and Whitt, "Transient behavior of the M/M/1 queue: starting at the origin",
        *Queueing Systems* 2, 1987.

    >>> p = mm1_number_at(5.0, arrival_rate=0.8, service_rate=1.0)
    >>> round(float(p @ np.arange(p.size)), 4), round(float(p[0]), 4)
    (1.4695, 0.349)
    """
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate)
    if not 0 <= t_s < math.inf:
        raise ValueError(f"t_s must be 0 or more and finite, got {t_s:g}")
    up = arrival_rate / (arrival_rate + service_rate)
    states = _states(t_s, arrival_rate, service_rate)
    now = np.zeros(states)
    now[0] = 1.0
    found = np.zeros(states)
    for weight in _poisson((arrival_rate + service_rate) * t_s):
        found += weight * now
        now = _one_step(now, up)
    return found


def _poisson(expected: float) -> np.ndarray:
    """Probability of 0, 1, ... steps, as far as it matters."""
    steps = np.arange(_most(expected) + 1)
    log_factorial = gammaln(steps + 1.0)
    return np.exp(xlogy(steps, expected) - expected - log_factorial)


def _one_step(now: np.ndarray, up: float) -> np.ndarray:
    """The chain's next state; a departure from an empty system changes nothing."""
    after = np.empty_like(now)
    after[1:] = up * now[:-1]
    after[0] = (1 - up) * now[0]
    after[:-1] += (1 - up) * now[1:]
    after[-1] += up * now[-1]
    return after


def _states(t_s: float, arrival_rate: float, service_rate: float) -> int:
    """How many states matter: no more than arrivals, nor than in the steady state."""
    by_arrivals = _most(arrival_rate * t_s)
    load = arrival_rate / service_rate
    if load < 1:  # the number in the system is never above its steady state in distribution
        return min(by_arrivals, math.ceil(math.log(NEGLIGIBLE) / math.log(load))) + 2
    return by_arrivals + 2


def _most(expected: float) -> int:
    """A count that a Poisson one with this mean practically never exceeds."""
    return math.ceil(expected + REACH * math.sqrt(expected) + 25)
