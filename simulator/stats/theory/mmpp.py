"""Arrivals whose rate is chosen by a Markov chain (MMPP): counts, and one exponential server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.stats.theory.limits import require_positive, stable_load

CONVERGED = 1e-15  # what a step may still change in a probability
STILL = 1e-9  # an eigenvalue this much smaller than the largest is that of the steady state

Switching = Sequence[Sequence[float]] | np.ndarray


def mmpp_stationary(switching: Switching) -> np.ndarray:
    """The part of the time that a Markov chain spends in each state, shape ``(states,)``.

    Args:
        switching: changes a second from each state (row) to each other one (column).

    >>> mmpp_stationary([[0, 0.05], [0.1, 0]]).round(6).tolist()
    [0.666667, 0.333333]
    """
    generator = _generator(switching)
    equations = np.vstack([generator.T, np.ones(len(generator))])
    found, *_ = np.linalg.lstsq(equations, np.eye(len(equations))[-1], rcond=None)
    return found


def mmpp_dispersion(window_s: float, rates: Sequence[float], switching: Switching) -> float:
    """Variance over mean of the number of MMPP arrivals in a window (index of dispersion).

    1 for a Poisson process; it grows with the window, up to a limit, as the states that follow one
    another in it become more.

    Args:
        window_s: length of the window in seconds, above 0.
        rates: arrivals a second in each state.
        switching: changes a second from each state (row) to each other one (column).

    Source:
        Fischer and Meier-Hellstern, "The Markov-modulated Poisson process (MMPP) cookbook",
        *Performance Evaluation* 18, 1993: variance of the counts of a stationary process.

    >>> round(mmpp_dispersion(1e6, [0.4, 1.2], [[0, 0.05], [0.1, 0]]), 3)
    3.844
    """
    require_positive(window_s=window_s)
    generator, at = _generator(switching), np.asarray(rates, float)
    part = mmpp_stationary(switching)
    mean = float(part @ at)
    # The rate at 0 times what it lets one expect beyond the mean until t, integrated over t twice:
    # exp(Q u) less its limit, by its eigenvectors.
    values, vectors = np.linalg.eig(generator)
    weights = ((part * at) @ vectors) * np.linalg.solve(vectors, at.astype(complex))
    moving = np.abs(values) > STILL * np.abs(values).max()
    decay = values[moving]
    twice = (np.expm1(decay * window_s) - decay * window_s) / decay**2
    excess = float(np.real(weights[moving] @ twice))
    return 1 + 2 * excess / (mean * window_s)


@dataclass(frozen=True, slots=True)
class BurstyQueue:
    """An MMPP/M/1 system in the long run.

    Attributes:
        arrival_rate: requests a second (λ).
        utilization: busy part of the server (ρ).
        mean_in_system: requests waiting and in service (L).
        mean_latency_s: wait plus service (W) in seconds.
    """

    arrival_rate: float
    utilization: float
    mean_in_system: float
    mean_latency_s: float


def mmpp_m1(rates: Sequence[float], switching: Switching, service_rate: float) -> BurstyQueue:
    """One exponential server whose arrival rate is chosen by a Markov chain.

    A quasi-birth-death process: the number in the system is the level, the state of the chain the
    phase. Level n + 1 is level n times a matrix R, the smallest solution of A0 + R A1 + R² A2 = 0
    with the rates A0 up, A1 within and A2 down a level.

    Args:
        rates: arrivals a second in each state.
        switching: changes a second from each state (row) to each other one (column).
        service_rate: requests a second that the busy server completes (μ), above 0.

    Raises:
        ValueError: the server is offered more than it can do, or an argument is out of range.

    Source:
        Neuts, *Matrix-Geometric Solutions in Stochastic Models*, 1981; R by logarithmic reduction,
        Latouche and Ramaswami, *Journal of Applied Probability* 30, 1993.

    >>> round(mmpp_m1([0.4, 1.2], [[0, 0.05], [0.1, 0]], service_rate=1.0).mean_latency_s, 5)
    5.62051
    """
    generator, up = _generator(switching), np.diag(np.asarray(rates, float))
    arrival_rate = float(mmpp_stationary(switching) @ np.diag(up))
    load = stable_load(arrival_rate, service_rate)
    one = np.eye(len(up))
    growth = _growth(up, generator - up - service_rate * one, service_rate * one)
    beyond = np.linalg.inv(one - growth)  # sum of all powers of R
    # Of level 0: its balance, with all that comes down to it, and all levels together.
    balance = (generator - up + service_rate * growth).T
    equations = np.vstack([balance, beyond.sum(axis=1)])
    empty, *_ = np.linalg.lstsq(equations, np.eye(len(equations))[-1], rcond=None)
    in_system = float((empty @ growth @ beyond @ beyond).sum())
    return BurstyQueue(arrival_rate, load, in_system, in_system / arrival_rate)


def _generator(switching: Switching) -> np.ndarray:
    """The chain's matrix of rates, with rows that add up to zero."""
    rates = np.array(switching, float)
    np.fill_diagonal(rates, 0.0)
    return rates - np.diag(rates.sum(axis=1))


def _growth(up: np.ndarray, within: np.ndarray, down: np.ndarray) -> np.ndarray:
    """The matrix R of a quasi-birth-death process, by logarithmic reduction."""
    inverse = np.linalg.inv(-within)
    high, low = inverse @ up, inverse @ down
    first_down, path = low.copy(), high.copy()  # G: where a level below is reached first
    while True:
        either = high @ low + low @ high
        inner = np.linalg.inv(np.eye(len(up)) - either)
        high, low = inner @ high @ high, inner @ low @ low
        step = path @ low
        first_down, path = first_down + step, path @ high
        if np.abs(step).max() < CONVERGED:
            return up @ np.linalg.inv(-within - up @ first_down)
