"""The difference between two arms, and how far off it may be."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Difference(NamedTuple):
    """What is known of a difference.

    Attributes:
        mean: of the treatment, less that of the control.
        error: its standard error; 0 while nothing is known of it.
    """

    mean: float
    error: float


def difference_of_means(
    control: ArrayLike,
    treatment: ArrayLike,
    clusters: tuple[ArrayLike, ArrayLike] | None = None,
) -> Difference:
    """The difference of the means of two arms.

    Values of one cluster, such as the requests of one user, may resemble one another; clusters do
    not. The mean is that of all values either way, and only its error is another one.

    Args:
        control, treatment: values, shape ``(n,)`` and ``(m,)``.
        clusters: for each value of either arm whose it is, any whole number, same shapes; if not
            given, all values are independent.

    Returns:
        An error of 0 if an arm has fewer than two values, or clusters.

    Source:
        Deng, Knoblich and Lu, "Applying the delta method in metric analytics", *KDD*, 2018.

    >>> found = difference_of_means([0, 1, 0, 1], [1, 1, 0, 1])
    >>> found.mean, round(found.error, 3)
    (0.25, 0.382)
    >>> twice = difference_of_means([0, 1] * 2, [1, 0] * 2, ([1, 2] * 2, [3, 4] * 2))
    >>> round(twice.error, 3)  # of two users in each arm, of whom all is known
    0.707
    """
    whose = clusters or (None, None)
    mean, variance = _mean(np.asarray(control, float), whose[0])
    other, other_variance = _mean(np.asarray(treatment, float), whose[1])
    error = sqrt(variance + other_variance) if variance >= 0 <= other_variance else 0.0
    return Difference(other - mean, error)


def _mean(values: np.ndarray, clusters: ArrayLike | None) -> tuple[float, float]:
    """The mean, and its variance, which is below 0 where it is not known."""
    n = values.size
    if n == 0:
        return 0.0, -1.0
    mean = float(values.mean())
    residuals = values - mean
    if clusters is not None:
        _, places = np.unique(np.asarray(clusters), return_inverse=True)
        residuals = np.bincount(places, residuals)
    if residuals.size < 2:
        return mean, -1.0
    correction = residuals.size / (residuals.size - 1)
    return mean, float(residuals @ residuals) * correction / n**2
