"""How long control charts run: until a false alarm, and until a change is seen.

The *average run length* is the mean number of points up to and including the first alarm, of a
chart that has just begun. Points are normal, independent of one another, and in standard
deviations; their mean is the *shift*, 0 while nothing has changed.

Sources: Brook and Evans, "An approach to the probability distribution of cusum run length",
*Biometrika* 59(3), 1972; Lucas and Saccucci, "Exponentially weighted moving average control
schemes: properties and enhancements", *Technometrics* 32(1), 1990; Siegmund, *Sequential Analysis*,
1985, chapter 2; Montgomery, *Introduction to Statistical Quality Control*, chapters 6 and 9.
"""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
from scipy.special import ndtr

from simulator.stats.theory.limits import require_positive

STATES = 400  # into which a statistic is divided; an error below 0.1 % then
CORRECTION = 1.166  # of Siegmund, for how far a sum is over its limit at an alarm


def shewhart_run_length(shift: float = 0.0, sigmas: float = 3.0) -> float:
    """Average run length of a Shewhart chart with limits on both sides.

    Args:
        shift: of the mean, in standard deviations.
        sigmas: of the limits, above 0.

    Raises:
        ValueError: ``sigmas`` is not above 0.

    >>> round(shewhart_run_length(), 1), round(shewhart_run_length(1.0), 1)
    (370.4, 43.9)
    """
    require_positive(sigmas=sigmas)
    return 1 / float(ndtr(-sigmas - shift) + ndtr(shift - sigmas))


def cusum_run_length(
    shift: float = 0.0, allowance: float = 0.5, threshold: float = 5.0, sides: int = 2
) -> float:
    """Average run length of a CUSUM.

    By a Markov chain of the sum, divided into states, the first of which is 0.

    Args:
        shift: of the mean, in standard deviations; upwards for one side.
        allowance: k, 0 or greater.
        threshold: h, above 0.
        sides: 1 or 2.

    Raises:
        ValueError: a parameter is out of range.

    >>> round(cusum_run_length(0.0, threshold=4.0), 1), round(cusum_run_length(1.0), 2)
    (167.7, 10.38)
    """
    require_positive(threshold=threshold)
    if allowance < 0 or sides not in (1, 2):
        raise ValueError("an allowance is not below 0, and there are one or two sides")
    up = _one_sided(shift - allowance, threshold)
    return up if sides == 1 else _of_both(up, _one_sided(-shift - allowance, threshold))


def _one_sided(drift: float, threshold: float) -> float:
    width = 2 * threshold / (2 * STATES - 1)
    places = np.arange(STATES)
    # From state i to j: the step is j - i widths, give or take half a one; to 0: all that is less.
    edges = (places[None, :] - places[:, None] + 0.5) * width - drift
    below = ndtr(edges)
    chances = np.diff(below, axis=1, prepend=0.0)
    return float(_first_passage(chances)[0])


def _first_passage(chances: np.ndarray) -> np.ndarray:
    """The mean number of steps until a chain is left, by the state in which it begins."""
    ones = np.ones(len(chances))
    return np.linalg.solve(np.eye(len(chances)) - chances, ones)


def _of_both(up: float, down: float) -> float:
    return 1 / (1 / up + 1 / down)


def cusum_run_length_by_siegmund(
    shift: float = 0.0, allowance: float = 0.5, threshold: float = 5.0, sides: int = 2
) -> float:
    """The same by Siegmund's approximation, good to some per cent.

    >>> round(cusum_run_length_by_siegmund()), round(cusum_run_length_by_siegmund(1.0), 2)
    (469, 10.34)
    """
    require_positive(threshold=threshold)
    if allowance < 0 or sides not in (1, 2):
        raise ValueError("an allowance is not below 0, and there are one or two sides")
    up = _siegmund(shift - allowance, threshold + CORRECTION)
    return up if sides == 1 else _of_both(up, _siegmund(-shift - allowance, threshold + CORRECTION))


def _siegmund(drift: float, height: float) -> float:
    if abs(drift) < 1e-9:
        return height**2
    return (exp(-2 * drift * height) + 2 * drift * height - 1) / (2 * drift**2)


def ewma_run_length(shift: float = 0.0, weight: float = 0.1, sigmas: float = 2.814) -> float:
    """Average run length of a chart of a moving average with limits on both sides.

    By a Markov chain of the average, which begins at 0. Limits are those of the long run.

    Args:
        shift: of the mean, in standard deviations.
        weight: of the latest point, above 0, at most 1.
        sigmas: of the limits, in standard deviations of the average in the long run, above 0.

    Raises:
        ValueError: a parameter is out of range.

    >>> round(ewma_run_length(), -1), round(ewma_run_length(1.0), 1)
    (500.0, 10.3)
    """
    require_positive(weight=weight, sigmas=sigmas)
    if weight > 1:
        raise ValueError(f"a weight is at most 1, got {weight:g}")
    limit = sigmas * sqrt(weight / (2 - weight))
    states = STATES + 1  # so that 0 is in the middle of one
    width = 2 * limit / states
    middles = -limit + (np.arange(states) + 0.5) * width
    edges = -limit + np.arange(states + 1) * width
    points = (edges[None, :] - (1 - weight) * middles[:, None]) / weight
    return float(_first_passage(np.diff(ndtr(points - shift), axis=1))[states // 2])
