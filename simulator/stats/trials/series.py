"""Series that remember: what a test makes of values of which each resembles the one before.

Metrics of a service are such series. A queue that is long in one minute is long in the next, and a
cache that is cold stays cold for a while. A test that takes the values for independent believes to
know far more than it does, and finds differences where there are none.
"""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from simulator.stats.trials.checks import check_probability


def variance_of_rank_sum(correlations: ArrayLike, values: int) -> float:
    """How many times the variance of a rank sum grows if the values of both arms are correlated.

    For many values the rank sum is a sum of ranks of its own arm, so that what counts is how ranks
    are correlated. In a Gaussian series those at a lag with correlation r are correlated by
    6/pi asin(r/2).

    Args:
        correlations: of values 1, 2, ... intervals apart, each from -1 to 1, shape ``(lags,)``;
            none beyond the last.
        values: of each arm, 2 or more.

    Returns:
        1 for independent values.

    Raises:
        ValueError: a parameter is out of range.

    Source:
        Pearson, "On further methods of determining correlation", *Drapers' Company Research
        Memoirs, Biometric Series* IV, 1907 (ranks of a normal pair); Law, *Simulation Modeling and
        Analysis*, section 4.4 (the variance of a mean).

    >>> round(variance_of_rank_sum([0.5, 0.25, 0.125, 0.0625], values=1000), 2)
    2.8
    """
    lags = np.asarray(correlations, float)
    if values < 2:
        raise ValueError(f"a series has two values or more, got {values}")
    if lags.ndim != 1 or not (np.abs(lags) <= 1).all():
        raise ValueError("correlations must be a row of numbers from -1 to 1")
    lags = lags[: values - 1]
    of_ranks = 6 / pi * np.arcsin(lags / 2)
    return float(1 + 2 * ((1 - np.arange(1, lags.size + 1) / values) * of_ranks).sum())


def false_alarms_of_series(alpha: float, correlation: float, values: int) -> float:
    """The probability of a false alarm of a rank sum of two series that remember.

    Both are Gaussian and autoregressive: after k intervals the correlation is the k-th power.

    Args:
        alpha: probability of a false alarm that is aimed at, strictly between 0 and 1.
        correlation: of a value and the one after it, from 0 to below 1.
        values: of each arm, 2 or more.

    Raises:
        ValueError: a parameter is out of range.

    >>> [round(false_alarms_of_series(0.02, r, values=60), 2) for r in (0, 0.3, 0.6, 0.9)]
    [0.02, 0.08, 0.23, 0.56]
    """
    check_probability(alpha=alpha)
    if not 0 <= correlation < 1:
        raise ValueError(f"correlation must be from 0 to below 1, got {correlation:g}")
    growth = variance_of_rank_sum(correlation ** np.arange(1, values), values)
    return 2 * float(ndtr(ndtri(alpha / 2) / sqrt(growth)))


def effective_values(correlation: float, values: int) -> float:
    """How many independent values tell as much as so many of a series that remembers.

    Args:
        correlation, values: as of ``false_alarms_of_series``.

    >>> round(effective_values(0.9, values=60), 1)
    3.9
    """
    return values / variance_of_rank_sum(correlation ** np.arange(1, values), values)
