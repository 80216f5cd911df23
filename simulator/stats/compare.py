"""Comparing two systems from a handful of replications run in pairs.

Pair ``i`` of a baseline ``a`` and a variant ``b`` shares its seed (common random numbers), so that
most of the noise is in both values and cancels in their difference.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from simulator.stats.intervals import Interval, mean_interval

Direction = Literal["lower", "higher"]

ROUNDING = 1e-12  # differences that spread less than this share of the values are equal


def paired_difference(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> Interval:
    """Confidence interval of the mean of ``b - a`` over replications run in pairs.

    Nothing is assumed about the variances of the two or about their correlation; only the
    differences should be roughly normal.

    Args:
        a: one value a replication for the baseline, shape ``(n,)``, any unit.
        b: the same for the variant: same shape, same unit, same order of seeds.
        confidence: coverage wanted, strictly between 0 and 1.

    Returns:
        Mean difference and half-width in the unit of ``a``; below zero means ``b`` is smaller.
        The half-width is None for a single pair.

    Raises:
        ValueError: shapes differ, there is no pair, or a value is missing.

    Source:
        Law, *Simulation Modeling and Analysis* (paired-t confidence interval).

    >>> print(paired_difference([1.0, 5.0, 9.0], [3.0, 7.0, 11.0]))  # noise shared in full
    2 ± 0 (95%, n=3)
    """
    a, b = _paired(a, b)
    return mean_interval(b - a, confidence)


def variance_ratio(a: ArrayLike, b: ArrayLike) -> float:
    """How many times the replications independent seeds would need for the same precision.

    The variance of a difference is ``var a + var b`` with independent seeds and ``var(b - a)``
    with shared ones; their ratio is what pairing bought. Below 1, pairing did harm.

    Args:
        a: one value a replication for the baseline, shape ``(n,)``, any unit.
        b: the same for the variant, paired with ``a``.

    Returns:
        The ratio, 0 or more. Infinite where the values vary but their difference does not; nan
        where nothing varies at all, so that there was no noise to remove.

    Raises:
        ValueError: shapes differ, there are fewer than two pairs, or a value is missing.

    Source:
        Law, *Simulation Modeling and Analysis* (common random numbers).

    >>> variance_ratio([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])  # (1 + 4) / 1
    5.0
    """
    a, b = _paired(a, b)
    if a.size < 2:
        raise ValueError(f"a variance needs two or more pairs, got {a.size}")
    rounding = ROUNDING * max(np.abs(a).max(), np.abs(b).max())
    if max(np.ptp(a), np.ptp(b)) <= rounding:
        return float("nan")
    if np.ptp(b - a) <= rounding:
        return float("inf")
    return float((a.var(ddof=1) + b.var(ddof=1)) / (b - a).var(ddof=1))


def better_in(a: ArrayLike, b: ArrayLike, direction: Direction) -> int:
    """In how many pairs ``b`` is strictly better than ``a``; a tie is not better.

    Args:
        a: one value a replication for the baseline, shape ``(n,)``, any unit.
        b: the same for the variant, paired with ``a``.
        direction: which values of this measure are better, ``lower`` or ``higher``.

    Raises:
        ValueError: shapes differ, there is no pair, a value is missing, or the direction is
            neither of the two.

    >>> better_in([5.0, 5.0, 5.0], [4.0, 5.0, 6.0], "lower")
    1
    """
    a, b = _paired(a, b)
    if direction not in ("lower", "higher"):
        raise ValueError(f"direction is 'lower' or 'higher', got {direction!r}")
    return int(np.count_nonzero(b < a if direction == "lower" else b > a))


def misled(a: ArrayLike, b: ArrayLike) -> float:
    """How often one run of each, under different seeds, puts the two in the wrong order.

    That is how a single look at each is usually taken; what is right is the order of the means. Of
    all pairs of a run of ``a`` and one of ``b`` with another seed, a tie counts as half wrong.

    Args:
        a: one value a replication for the baseline, shape ``(n,)``, any unit.
        b: the same for the variant.

    Returns:
        A share, 0 to 1; one half where the means are equal.

    Raises:
        ValueError: shapes differ, there are fewer than two replications, or a value is missing.

    >>> misled([1.0, 4.0, 2.0], [3.0, 5.0, 4.0])  # of six pairs, 4 against 3 and 4 against 4
    0.25
    """
    a, b = _paired(a, b)
    if a.size < 2:
        raise ValueError(f"different seeds need two or more replications, got {a.size}")
    order = np.sign(b.mean() - a.mean())
    seen = np.sign(b[np.newaxis, :] - a[:, np.newaxis])[~np.eye(a.size, dtype=bool)]
    return float(np.mean((1 - seen * order) / 2))


def _paired(a: ArrayLike, b: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.ndim != 1 or a.shape != b.shape or a.size == 0:
        raise ValueError(
            f"paired replications need equal non-empty 1-d shapes, got {a.shape} and {b.shape}"
        )
    incomplete = ~(np.isfinite(a) & np.isfinite(b))
    if incomplete.any():
        missing = np.flatnonzero(incomplete).tolist()
        raise ValueError(f"a pair needs two finite values, not so in replications {missing}")
    return a, b
