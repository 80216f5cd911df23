"""One long run: where its beginning stops to matter, and how sure its mean is.

The values are those of successive requests or intervals, in order of time, and correlated: a
busy system stays busy. Replications, each with its own mean, need none of this.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simulator.stats.intervals import Interval, mean_interval

FEWEST_BATCHES = 2


@dataclass(frozen=True, slots=True)
class Truncation:
    """What to leave out at the beginning of a run.

    Attributes:
        batches: how many batches of values to leave out.
        observations: the same in values.
        statistic: what was made smallest: the squared standard error, as if batches were
            independent, in squared units.
        mean: over the batches that stay.
        settled: False if the best place is the last one looked at, halfway: the run is then too
            short, or it has no steady state.
    """

    batches: int
    observations: int
    statistic: float
    mean: float
    settled: bool


def mser(values: ArrayLike, batch: int = 5) -> Truncation:
    """Where to cut the warm-up off a run: the marginal standard error rule on batches (MSER-5).

    Of all places in the first half, the one that leaves the mean of the rest with the smallest
    standard error: cutting more leaves too few values, cutting less leaves some that are off.
    Values at the end that fill no batch are left out.

    Args:
        values: of one run, in order of time, shape ``(n,)``, any unit.
        batch: values averaged beforehand, 1 or more.

    Raises:
        ValueError: fewer than two batches, or a value is missing.

    Source:
        White, "An effective truncation heuristic for bias reduction in simulation output",
        *Simulation* 69(6), 1997; White and Robinson, "The problem of the initial transient
        (again), or why MSER works", *Journal of Simulation* 4(4), 2010.

    >>> mser([9.0] * 10 + [1.0, 2.0] * 45).observations
    10
    """
    means = _batch_means(_series(values), batch)
    left = np.arange(means.size, 0, -1)
    # sums over the end from each place on, of values near zero so that nothing cancels
    shifted = means - means[means.size // 2 :].mean()
    total = shifted[::-1].cumsum()[::-1]
    squares = (shifted**2)[::-1].cumsum()[::-1]
    statistic = np.maximum(squares - total**2 / left, 0.0) / left.astype(float) ** 2
    last = means.size // 2
    cut = int(np.argmin(statistic[: last + 1]))
    return Truncation(
        batches=cut,
        observations=cut * batch,
        statistic=float(statistic[cut]),
        mean=float(means[cut:].mean()),
        settled=cut < last,
    )


def mser_over_replications(runs: ArrayLike, batch: int = 5) -> Truncation:
    """Where to cut the warm-up off all runs of a system: MSER-5 on their average.

    The average over replications at each place has the same beginning as every run and far less
    noise, so that the cut is not the accident of one of them.

    Args:
        runs: a row a replication, in order of time, shape ``(replications, n)``, any unit; all from
            the same state, such as empty.
        batch: values averaged beforehand, 1 or more.

    Returns:
        Cut nothing if it is not ``settled``: the rule would then leave out more than half.

    Raises:
        ValueError: not two-dimensional, no run, fewer than two batches, or a value is missing.

    >>> mser_over_replications([[9.0] * 10 + [1.0] * 90, [5.0] * 10 + [3.0] * 90]).observations
    10
    """
    values = np.asarray(runs, float)
    if values.ndim != 2 or not len(values):
        raise ValueError(f"needs a row a replication, got shape {values.shape}")
    return mser(values.mean(axis=0), batch)


def batch_means_interval(
    values: ArrayLike, batches: int = 20, confidence: float = 0.95
) -> Interval:
    """Confidence interval of the steady-state mean from one long run.

    The run is cut into a few long batches, whose means are nearly independent. Far too narrow if
    the batches are not much longer than the correlation lasts: of a single queue at 80 % load, a
    nominal 90 % interval from 320 waits covers the truth about every second time. Cut the warm-up
    off first. Values at the end that fill no batch are left out.

    Args:
        values: of one run, in order of time, shape ``(n,)``, any unit.
        batches: how many, 2 or more; 10 to 30 serve well.
        confidence: coverage wanted, strictly between 0 and 1.

    Raises:
        ValueError: fewer than two batches, fewer values than batches, a value is missing, or the
            confidence is out of range.

    Source:
        Law, *Simulation Modeling and Analysis* (batch means); Schmeiser, "Batch size effects in
        the analysis of simulation output", *Operations Research* 30(3), 1982 (how many batches).

    >>> print(batch_means_interval([1, 3, 2, 4, 3, 5], batches=3))  # of the means 2, 3, 4
    3 ± 2.5 (95%, n=3)
    """
    series = _series(values)
    if batches < FEWEST_BATCHES:
        raise ValueError(f"batch means need {FEWEST_BATCHES} batches or more, got {batches}")
    if series.size < batches:
        raise ValueError(f"{batches} batches need as many values or more, got {series.size}")
    return mean_interval(_batch_means(series, series.size // batches)[:batches], confidence)


def _batch_means(series: np.ndarray, batch: int) -> np.ndarray:
    """Means of successive batches, shape ``(n // batch,)``."""
    if batch < 1:
        raise ValueError(f"a batch holds 1 value or more, got {batch}")
    count = series.size // batch
    if count < FEWEST_BATCHES:
        raise ValueError(f"{series.size} values do not fill two batches of {batch}")
    return series[: count * batch].reshape(count, batch).mean(axis=1)


def _series(values: ArrayLike) -> np.ndarray:
    series = np.asarray(values, float)
    if series.ndim != 1:
        raise ValueError(f"a series is a 1-d array of values, got {series.shape}")
    if not np.isfinite(series).all():
        missing = np.flatnonzero(~np.isfinite(series)).tolist()
        raise ValueError(f"a series needs finite values, not so at positions {missing[:10]}")
    return series
