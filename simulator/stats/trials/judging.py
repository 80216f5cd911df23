"""Two samples side by side, and the false alarms of looking at many pairs of them."""

from __future__ import annotations

from math import ceil, inf, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtrc, ndtr, ndtri

from simulator.stats.trials.checks import check_probability


def two_proportions(failed: tuple[int, int], users: tuple[int, int]) -> tuple[float, float]:
    """The test of two proportions with a pooled variance.

    Args:
        failed: of each arm, from 0 to its users.
        users: of each arm, 1 or more.

    Returns:
        z, which is above 0 if the second arm fails more often, and its two-sided p-value; 0 and 1
        where all or none failed.

    Raises:
        ValueError: an arm has nobody, or more failures than users.

    Source:
        Fleiss, Levin and Paik, *Statistical Methods for Rates and Proportions*, 3rd ed., 2003,
        chapter 3, without the continuity correction.

    >>> z, p = two_proportions((10, 30), (1000, 1000))
    >>> round(z, 2), round(p, 4)
    (3.19, 0.0014)
    """
    for some, all_of_them in zip(failed, users, strict=True):
        if not 0 <= some <= all_of_them or all_of_them < 1:
            raise ValueError(f"found {some} of {all_of_them}; must be from none to all of one")
    pooled = sum(failed) / sum(users)
    variance = pooled * (1 - pooled) * (1 / users[0] + 1 / users[1])
    if variance == 0:
        return 0.0, 1.0
    z = (failed[1] / users[1] - failed[0] / users[0]) / sqrt(variance)
    return z, 2 * float(ndtr(-abs(z)))


def rank_sum(control: ArrayLike, treatment: ArrayLike) -> tuple[float, float]:
    """The test of Mann and Whitney: whether values of one arm tend to be the greater ones.

    By the normal approximation, with corrections for ties and for continuity; eight values of each
    arm are enough for it.

    Args:
        control, treatment: independent values, any unit, shape ``(n,)`` and ``(m,)``, not empty.

    Returns:
        The probability that a value of the treatment is above one of the control, ties counted by
        half, and the two-sided p-value.

    Raises:
        ValueError: an arm is empty or has a value that is missing.

    Source:
        Mann and Whitney, "On a test of whether one of two random variables is stochastically larger
        than the other", *Annals of Mathematical Statistics* 18(1), 1947.

    >>> above, p = rank_sum(range(10), range(6, 16))
    >>> above, round(p, 3)
    (0.92, 0.002)
    """
    before, after = np.asarray(control, float), np.asarray(treatment, float)
    values = np.concatenate([before, after])
    if not before.size or not after.size or not np.isfinite(values).all():
        raise ValueError("both arms need values, and none may be missing")
    _, groups, ties = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(ties) - (ties - 1) / 2)[groups]
    wins = ranks[before.size :].sum() - after.size * (after.size + 1) / 2
    pairs, n = before.size * after.size, values.size
    tied = float((ties**3 - ties).sum())
    variance = pairs / 12 * (n + 1 - tied / (n * (n - 1)))
    above = float(wins / pairs)
    if variance <= 0:
        return above, 1.0
    z = max(0.0, abs(wins - pairs / 2) - 0.5) / sqrt(variance)
    return above, min(1.0, 2 * float(ndtr(-z)))


def shift(
    control: ArrayLike, treatment: ArrayLike, confidence: float = 0.98
) -> tuple[float, float, float]:
    """By how much the values of one arm are above those of the other.

    The estimate of Hodges and Lehmann, the median of all differences of two values, one of each
    arm, and the interval of the shifts that ``rank_sum`` does not reject: it lies on one side of 0
    just if the two-sided p-value is below ``1 - confidence``.

    Args:
        control, treatment: independent values, any unit, shape ``(n,)`` and ``(m,)``, not empty.
        confidence: strictly between 0 and 1.

    Returns:
        The estimate, and the lower and the upper end of its interval; minus or plus infinity where
        there are too few values for any end.

    Raises:
        ValueError: an arm is empty or has a value that is missing, or the confidence is out of
            range.

    Source:
        Hodges and Lehmann, "Estimates of location based on rank tests", *Annals of Mathematical
        Statistics* 34(2), 1963.

    >>> shift(range(10), range(6, 16))
    (6.0, 2.0, 10.0)
    """
    check_probability(confidence=confidence)
    before, after = np.asarray(control, float), np.asarray(treatment, float)
    if not before.size or not after.size or not np.isfinite([before.sum(), after.sum()]).all():
        raise ValueError("both arms need values, and none may be missing")
    differences = np.sort((after[:, np.newaxis] - before).ravel())
    pairs, n = differences.size, before.size + after.size
    # A shift that is none of the differences leaves no value of one arm tied to one of the other.
    tied = sum(float((ties**3 - ties).sum()) for ties in map(_ties, (before, after)))
    spread = sqrt(max(0.0, pairs / 12 * (n + 1 - tied / (n * (n - 1)))))
    beyond = ceil(pairs / 2 - 0.5 - float(ndtri((1 + confidence) / 2)) * spread)
    if beyond < 1:
        return float(np.median(differences)), -inf, inf
    return (
        float(np.median(differences)),
        float(differences[beyond - 1]),
        float(differences[-beyond]),
    )


def _ties(values: np.ndarray) -> np.ndarray:
    return np.unique(values, return_counts=True)[1]


def false_alarms_with_tolerance(alpha: float, tolerance: float) -> float:
    """The probability of a false alarm if a shift must also be clear of a part of its estimate.

    An alarm is raised if the whole interval of a shift lies beyond ``tolerance`` times the estimate
    itself. For an estimate that is normal, and many values, the interval is the estimate give or
    take z standard errors, so that the estimate has to be z / (1 - tolerance) of them.

    Args:
        alpha: probability of a false alarm without tolerance, strictly between 0 and 1.
        tolerance: part of the estimate, from 0 to below 1.

    Raises:
        ValueError: a parameter is out of range.

    >>> round(false_alarms_with_tolerance(0.02, 0.25), 4)  # of Kayenta: a tenth of what it seems
    0.0019
    """
    check_probability(alpha=alpha)
    if not 0 <= tolerance < 1:
        raise ValueError(f"tolerance must be from 0 to below 1, got {tolerance:g}")
    return 2 * float(ndtr(ndtri(alpha / 2) / (1 - tolerance)))


def false_alarms_of_many(metrics: int, alpha: float, tolerated: int = 0) -> float:
    """The probability that more than so many of independent metrics raise a false alarm.

    Args:
        metrics: looked at, 1 or more.
        alpha: probability of a false alarm of each, strictly between 0 and 1.
        tolerated: failing metrics that do no harm, from 0 to ``metrics``.

    Raises:
        ValueError: a parameter is out of range.

    >>> round(false_alarms_of_many(20, 0.02), 3), round(false_alarms_of_many(20, 0.02, 1), 3)
    (0.332, 0.06)
    """
    check_probability(alpha=alpha)
    if metrics < 1 or not 0 <= tolerated <= metrics:
        raise ValueError(f"tolerated must be from 0 to the metrics, got {tolerated} of {metrics}")
    return float(bdtrc(tolerated, metrics, alpha)) if tolerated < metrics else 0.0
