"""Sobol' indices: which part of a variance is owed to which value, alone and with the others.

Values are drawn from their ranges, and what is measured varies. The *first-order* index of a value
is the part of that variance that goes away, on average, once the value is known; the *total* index
is the part that stays as long as it is not. They differ by what the value does together with
others. First-order indices add up to 1 at most, total ones to 1 at least.

What is measured by simulation varies by luck, too. Everything here is a mean of products of *two
different* replications, whose luck is independent, so that it drops out: the indices are those of
the expected value, however noisy single runs are. The noise stays where it belongs, in the
intervals.

Sources: Saltelli et al., "Variance based sensitivity analysis of model output", *Computer Physics
Communications* 181, 2010 (the design, and the first-order estimator (b) of its table 2); Jansen,
"Analysis of variance designs for model output", *Computer Physics Communications* 117, 1999 (the
total one, (f) there).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

RESAMPLES = 1000  # of the rows, for the intervals


@dataclass(frozen=True, slots=True)
class Index:
    """A part of a variance, and its confidence interval; by chance a little below 0 or above 1."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SobolIndices:
    """What the variance of a measure is owed to.

    Attributes:
        first, total: an index a value; both empty if the values move the measure by too little to
            tell it from luck, so that there is no variance to divide up.
        variance: of the expected measure over the ranges, in squared units.
        luck: the part of the variance of a single run that no value explains, 0 to 1; None if
            each point was run once.
        rows: of the design.
        confidence: of the intervals.
    """

    first: tuple[Index, ...]
    total: tuple[Index, ...]
    variance: float
    luck: float | None
    rows: int
    confidence: float


def saltelli_design(values: int, rows: int, seed: int) -> np.ndarray:
    """Points that fill the unit cube evenly, in rows in which one value at a time is exchanged.

    A row has the point A, the point B, and for each value the point A with that value taken from B.
    A and B are the two halves of one scrambled Sobol' sequence of twice as many dimensions.

    Args:
        values: how many are drawn, 1 or more.
        rows: 1 or more; a power of two is balanced best.
        seed: fixes the scrambling.

    Returns:
        Shares from 0 up to but not 1, shape ``(rows, values + 2, values)``: A, B, then the others.

    >>> a, b, first, second = saltelli_design(2, 4, seed=1)[0]
    >>> (first == [b[0], a[1]]).all(), (second == [a[0], b[1]]).all()
    (np.True_, np.True_)
    """
    from scipy.stats import qmc  # takes a second to import

    order = max(0, int(rows - 1).bit_length())
    drawn = qmc.Sobol(2 * values, rng=seed).random_base2(order)[:rows]
    a, b = drawn[:, np.newaxis, :values], drawn[:, np.newaxis, values:]
    exchanged = np.where(np.eye(values, dtype=bool), b, a)
    return np.concatenate([a, b, exchanged], axis=1)


def sobol_indices(results: ArrayLike, confidence: float = 0.95, seed: int = 1) -> SobolIndices:
    """First-order and total indices from results at the points of a Saltelli design.

    Replications of one row may share their luck, which makes the differences within it sharp. Rows
    must not: their independence is what the intervals, of the percentile bootstrap over rows, rest
    on.

    Args:
        results: one a run, shape ``(rows, values + 2, replications)``, points in the order of
            ``saltelli_design``. One replication will do for a function without luck.
        confidence: coverage wanted, strictly between 0 and 1.
        seed: fixes the resampling.

    Raises:
        ValueError: another shape, fewer than two rows, or a result is missing.
    """
    results = np.asarray(results, float)
    if results.ndim != 3 or results.shape[0] < 2 or results.shape[1] < 3 or not results.size:
        raise ValueError(f"needs (rows >= 2, values + 2, replications), got {results.shape}")
    if not np.isfinite(results).all():
        missing = np.flatnonzero(~np.isfinite(results).all(axis=(1, 2))).tolist()
        raise ValueError(f"a result must be finite, not so in rows {missing[:10]}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie strictly between 0 and 1, got {confidence:g}")
    parts = _parts(results)
    rows = len(parts)
    drawn = np.random.default_rng(seed).multinomial(rows, np.full(rows, 1 / rows), RESAMPLES)
    once, often = _ratios(parts.mean(axis=0)), _ratios(drawn @ parts / rows)
    tail = (1 - confidence) / 2
    lowest = np.quantile(often, tail, axis=0)
    highest = np.quantile(often, 1 - tail, axis=0)
    variance = float(once[-1]) * 2 * rows / (2 * rows - 1)
    found = [Index(*map(float, each)) for each in zip(once, lowest, highest, strict=True)]
    if not lowest[-1] > _rounding(results):
        found = []
    values = results.shape[1] - 2
    return SobolIndices(
        first=tuple(found[:values]),
        total=tuple(found[values:-1]),
        variance=variance,
        luck=_luck(results, variance),
        rows=rows,
        confidence=confidence,
    )


def _parts(results: np.ndarray) -> np.ndarray:
    """What each row adds to the sums: shape ``(rows, 2 * values + 2)``.

    The first-order parts, the total ones, the square and the level of its two independent points.
    """
    # around the mean, without which small differences would be lost in large products
    results = results - results[:, :2].mean()
    a, b, exchanged = results[:, :1], results[:, 1:2], results[:, 2:]
    first = _across(np.broadcast_to(b, exchanged.shape), exchanged - a)
    total = _across(exchanged - a, exchanged - a) / 2
    square = _across(results[:, :2], results[:, :2]).mean(axis=1, keepdims=True)
    level = results[:, :2].mean(axis=(1, 2))[:, np.newaxis]
    return np.concatenate([first, total, square, level], axis=1)


def _across(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The mean product of values of different replications, along the last axis."""
    replications = u.shape[-1]
    same = (u * v).sum(axis=-1)
    if replications == 1:
        return same
    return (u.sum(axis=-1) * v.sum(axis=-1) - same) / (replications * (replications - 1))


def _ratios(means: np.ndarray) -> np.ndarray:
    """Indices and, last, the variance that they are parts of, from means of the parts of rows."""
    variance = means[..., -2:-1] - means[..., -1:] ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        indices = means[..., :-2] / variance
    return np.concatenate([np.nan_to_num(indices), variance], axis=-1)


def _rounding(results: np.ndarray) -> float:
    """A variance that equal results might seem to have."""
    return float((1e-12 * np.abs(results).max()) ** 2)


def _luck(results: np.ndarray, variance: float) -> float | None:
    if results.shape[-1] == 1:
        return None
    noise = float(results.var(axis=-1, ddof=1).mean())
    whole = noise + max(variance, 0.0)
    return noise / whole if whole > 0 else 0.0
