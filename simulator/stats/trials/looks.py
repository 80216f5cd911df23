"""Looking again and again: what it does to false alarms, and bounds that make up for it.

A trial is looked at after equal parts of its users. Without a difference the test statistic wanders
about 0, and the more often one looks, the more often it is found beyond 1.96.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from simulator.stats.theory.roots import root_of
from simulator.stats.trials.checks import check_probability

NODES_PER_STEP = 6  # of the integration, for each standard deviation between two looks
MOST_LOOKS = 1000


def crossing_probabilities(bounds: ArrayLike, drift: float = 0.0) -> np.ndarray:
    """The probability that a trial has been stopped by each of its looks.

    It is stopped at the first look at which the standardized difference is beyond the bound of that
    look on either side. Looks lie after equal numbers of users. The distribution of what has not
    been stopped is integrated from look to look, by Gauss-Legendre quadrature.

    Args:
        bounds: of |z| at each look, above 0, shape ``(looks,)``.
        drift: mean of z at the first look; 0 if there is no difference.

    Returns:
        Cumulative probabilities, shape ``(looks,)``: the last is that of a false alarm, or the
        power.

    Raises:
        ValueError: no looks, too many, or a bound that is not above 0.

    Source:
        Armitage, McPherson and Rowe, "Repeated significance tests on accumulating data", *Journal
        of the Royal Statistical Society A* 132(2), 1969.

    >>> crossing_probabilities([1.96] * 5).round(3).tolist()
    [0.05, 0.083, 0.107, 0.126, 0.142]
    """
    limits = np.asarray(bounds, float)
    if limits.ndim != 1 or not 1 <= limits.size <= MOST_LOOKS:
        raise ValueError(f"give from 1 to {MOST_LOOKS} bounds, got {limits.shape}")
    if not (limits > 0).all() or not np.isfinite(limits).all():
        raise ValueError("bounds must be finite and above 0")
    reach = limits * np.sqrt(np.arange(1, limits.size + 1))  # of the sum of steps of variance 1
    sums, weights = _nodes(reach[0])
    density = _normal(sums - drift)
    left = [float(weights @ density)]
    for limit in reach[1:]:
        nodes, new_weights = _nodes(limit)
        density = _normal(nodes[:, np.newaxis] - sums - drift) @ (weights * density)
        sums, weights = nodes, new_weights
        left.append(float(weights @ density))
    return 1 - np.array(left)


def false_alarms_of_looks(looks: int, alpha: float = 0.05) -> float:
    """The probability of a false alarm if each look takes the bound of a single one.

    Args:
        looks: after equal numbers of users, from 1 to 1,000.
        alpha: of a single look, strictly between 0 and 1.

    Raises:
        ValueError: a parameter is out of range.

    >>> round(false_alarms_of_looks(10), 3)
    0.193
    """
    check_probability(alpha=alpha)
    return float(crossing_probabilities([float(ndtri(1 - alpha / 2))] * looks)[-1])


def pocock_bounds(looks: int, alpha: float = 0.05) -> np.ndarray:
    """Bounds of |z|, the same at every look, that make ``alpha`` true for all looks together.

    Args:
        looks: planned, from 1 to 1,000.
        alpha: probability of a false alarm, strictly between 0 and 1.

    Returns:
        Shape ``(looks,)``.

    Raises:
        ValueError: a parameter is out of range.

    Source:
        Pocock, "Group sequential methods in the design and analysis of clinical trials",
        *Biometrika* 64(2), 1977.

    >>> pocock_bounds(5).round(3).tolist()
    [2.413, 2.413, 2.413, 2.413, 2.413]
    """
    return _bounds(looks, alpha, lambda c: np.full(looks, c))


def obrien_fleming_bounds(looks: int, alpha: float = 0.05) -> np.ndarray:
    """Bounds of |z| that are strict at first and hardly above a single test's at the end.

    Args:
        looks: planned, from 1 to 1,000.
        alpha: probability of a false alarm, strictly between 0 and 1.

    Returns:
        Shape ``(looks,)``.

    Raises:
        ValueError: a parameter is out of range.

    Source:
        O'Brien and Fleming, "A multiple testing procedure for clinical trials", *Biometrics* 35(3),
        1979.

    >>> obrien_fleming_bounds(5).round(2).tolist()
    [4.56, 3.23, 2.63, 2.28, 2.04]
    """
    return _bounds(looks, alpha, lambda c: c * np.sqrt(looks / np.arange(1, looks + 1)))


def inflation_of_looks(bounds: ArrayLike, alpha: float = 0.05, power: float = 0.8) -> float:
    """How many times the users of a trial of one look it takes at most for as much power.

    At most, since a trial that is stopped early has taken fewer.

    Args:
        bounds: of |z| at each look, shape ``(looks,)``.
        alpha, power: of the trial of one look; strictly between 0 and 1, power above alpha.

    Raises:
        ValueError: a parameter is out of range.

    Source:
        Jennison and Turnbull, *Group Sequential Methods with Applications to Clinical Trials*,
        2000, sections 2.3 and 2.4, where it is tabulated.

    >>> round(inflation_of_looks(pocock_bounds(5)), 3)
    1.228
    """
    check_probability(alpha=alpha, power=power)
    if power <= alpha:
        raise ValueError(f"power must be above alpha ({alpha:g}), got {power:g}")
    limits = np.asarray(bounds, float)
    single = float(ndtri(1 - alpha / 2) + ndtri(power))  # mean of z of a trial of one look

    def excess(inflation: float) -> float:
        drift = single * np.sqrt(inflation / limits.size)
        return float(crossing_probabilities(limits, drift)[-1]) - power

    return root_of(excess, 0.01, 100.0)


def _bounds(looks: int, alpha: float, shape: Callable[[float], np.ndarray]) -> np.ndarray:
    check_probability(alpha=alpha)
    if not 1 <= looks <= MOST_LOOKS:
        raise ValueError(f"looks must be from 1 to {MOST_LOOKS}, got {looks}")
    single = float(ndtri(1 - alpha / 2))

    def excess(constant: float) -> float:
        return float(crossing_probabilities(shape(constant))[-1]) - alpha

    # The first is exact with one look only; beyond the second even a bound for each look alone
    # (Bonferroni) is kept.
    most = float(ndtri(1 - alpha / 2 / looks)) + 1e-6
    return shape(single if looks == 1 else root_of(excess, single, most))


def _nodes(limit: float) -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = _legendre(32 + int(NODES_PER_STEP * limit))
    return nodes * limit, weights * limit


@cache
def _legendre(count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(count)


def _normal(deviations: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-(deviations**2) / 2) / np.sqrt(2 * np.pi))
