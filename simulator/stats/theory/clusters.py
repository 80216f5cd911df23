"""Requests of one user that resemble one another.

Source: Falconer, "The inheritance of liability to certain diseases, estimated from the incidence
among relatives", *Annals of Human Genetics* 29(1), 1965, for the threshold model; Donner and Klar,
*Design and Analysis of Cluster Randomization Trials in Health Research*, 2000, for what follows.
"""

from __future__ import annotations

from math import expm1, inf, pi, sqrt

import numpy as np
from scipy.special import ndtr, ndtri

NODES = 200  # of the integral over what a user's requests have in common


def correlation_beyond_threshold(part: float, correlation: float) -> float:
    """How two yes-or-no answers resemble one another that follow from what lies beyond a threshold.

    Args:
        part: of all that are a yes, strictly between 0 and 1.
        correlation: of the two normal numbers behind them, from 0 to below 1.

    Returns:
        The correlation of the answers; less than that of the numbers.

    Raises:
        ValueError: a parameter is out of range.

    >>> round(correlation_beyond_threshold(0.5, 0.5), 4)  # 2 / pi * asin(0.5)
    0.3333
    """
    if not 0 < part < 1 or not 0 <= correlation < 1:
        raise ValueError("a part lies strictly between 0 and 1, and a correlation is below 1")
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    yes = ndtr((ndtri(part) - sqrt(correlation) * nodes) / sqrt(1 - correlation))
    both = float(weights @ yes**2) / sqrt(2 * pi)
    return (both - part**2) / (part * (1 - part))


def correlation_of_lognormal(cv: float, correlation: float) -> float:
    """How two lognormal amounts resemble one another whose logarithms do.

    Args:
        cv: of the amounts, standard deviation over mean, above 0.
        correlation: of their logarithms, from 0 to 1.

    Raises:
        ValueError: a parameter is out of range.

    >>> round(correlation_of_lognormal(1.0, 0.5), 4)
    0.4142
    """
    if not 0 < cv < inf or not 0 <= correlation <= 1:
        raise ValueError("a spread is above 0, and a correlation lies between 0 and 1")
    return expm1(correlation * float(np.log1p(cv**2))) / cv**2
