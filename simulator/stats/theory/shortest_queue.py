"""Two replicas, and each request joins the shorter queue.

No closed form exists. The Markov chain is solved to rounding instead: its level is the shorter
queue, its phase by how much the other is longer. Levels go on for ever and repeat, so that level
m + 1 holds the share R of level m, a matrix; the phase falls off by about 3 a step and is cut.

Source: Latouche and Ramaswami, *Introduction to Matrix Analytic Methods in Stochastic Modeling*,
1999 (quasi-birth-death processes, logarithmic reduction).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.stats.theory.limits import stable_load

LARGEST_DIFFERENCE = 40  # between the two queues; beyond it lies less than 1e-15
NEGLIGIBLE = 1e-15  # probability of climbing this many levels without coming back


@dataclass(frozen=True, slots=True)
class ShortestOfTwo:
    """Steady state of two replicas of which the one with fewer requests gets the next."""

    mean_in_system: float  # both replicas together (L)
    mean_latency_s: float  # wait plus service (W)
    some_idle_probability: float  # that at least one of the two is idle


def shortest_of_two(arrival_rate: float, service_rate: float) -> ShortestOfTwo:
    """Two equal replicas that take turns only in a tie: the shorter queue is joined.

    Poisson arrivals, exponential service, first come first served at each replica. Queues count
    the request in service, and a tie is broken at random.

    Args:
        arrival_rate: requests a second offered to both together (λ), above 0.
        service_rate: requests a second one busy replica completes (μ), above 0.

    Raises:
        ValueError: the offered load λ/μ is not below 2, or an argument is out of range.
    """
    load = stable_load(arrival_rate, service_rate, servers=2)
    up, local, down = _rates(load)
    ratio = _level_ratio(up, local, down)
    lowest = local + np.diag(down.sum(axis=1)) + ratio @ down  # level 0: the shorter cannot shrink
    climbed = np.linalg.inv(np.eye(len(ratio)) - ratio)
    balance = np.column_stack((lowest[:, 1:], climbed.sum(axis=1)))
    level_0 = np.linalg.solve(balance.T, np.eye(len(ratio))[-1])
    phases = level_0 @ climbed
    in_system = 2 * (phases @ ratio @ climbed).sum() + phases @ np.arange(len(ratio))
    return ShortestOfTwo(float(in_system), float(in_system / arrival_rate), float(level_0.sum()))


def _rates(load: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rates from phase to phase, one level up, within a level and one down; unit of time 1/μ."""
    size = LARGEST_DIFFERENCE + 1
    up, down = load * np.eye(size, k=-1), np.eye(size, k=1)
    down[0, 1] = 2  # of two equal queues either may shrink
    local = np.eye(size, k=-1)
    local[0, 1] = load  # of two equal queues one grows
    local -= np.diag((up + local + down).sum(axis=1))
    return up, local, down


def _level_ratio(up: np.ndarray, local: np.ndarray, down: np.ndarray) -> np.ndarray:
    """R, from G, the phases in which a level is left downwards, by logarithmic reduction."""
    identity = np.eye(len(up))
    rise, fall = np.linalg.solve(-local, up), np.linalg.solve(-local, down)
    first_down, risen = fall, rise
    while risen.max() > NEGLIGIBLE:
        returns = identity - (rise @ fall + fall @ rise)
        rise, fall = np.linalg.solve(returns, rise @ rise), np.linalg.solve(returns, fall @ fall)
        first_down, risen = first_down + risen @ fall, risen @ rise
    return np.linalg.solve((-local - up @ first_down).T, up.T).T
