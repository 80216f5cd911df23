"""How sure an estimate is: confidence intervals of a mean and of a share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, stdtrit


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over replications and its confidence interval, in the unit of what was measured.

    ``half_width`` is None for a single value: one replication says nothing about the spread.
    """

    mean: float
    half_width: float | None
    confidence: float
    n: int

    @property
    def low(self) -> float | None:
        return None if self.half_width is None else self.mean - self.half_width

    @property
    def high(self) -> float | None:
        return None if self.half_width is None else self.mean + self.half_width

    @property
    def excludes_zero(self) -> bool:
        """Whether the sign of the mean is settled; never so for a single value."""
        return self.half_width is not None and abs(self.mean) > self.half_width

    def __str__(self) -> str:
        if self.half_width is None:
            return f"{self.mean:.4g} (n={self.n})"
        return f"{self.mean:.4g} ± {self.half_width:.2g} ({100 * self.confidence:g}%, n={self.n})"


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share of ``n`` trials, 0 to 1, and the confidence interval around it."""

    share: float
    low: float
    high: float
    confidence: float
    n: int


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Student t interval of the mean of independent values, one a replication.

    The values should be roughly normal, which means over replications usually are. Values from
    *within* one run are correlated and must not be passed: the interval would be far too narrow.

    Args:
        values: one value a replication, shape ``(n,)``, any unit.
        confidence: coverage wanted, strictly between 0 and 1.

    Returns:
        Mean and half-width in the unit of ``values``; the half-width is None for one value.

    Raises:
        ValueError: no values, not one-dimensional, a value is missing or infinite, or the
            confidence is out of range.

    Source:
        Law, *Simulation Modeling and Analysis* (replication means, t interval).

    >>> print(mean_interval([9.0, 10.0, 11.0]))  # t(0.975; 2) = 4.303, s / √n = 0.577
    10 ± 2.5 (95%, n=3)
    """
    values = np.asarray(values, float)
    _check_confidence(confidence)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"a mean needs a non-empty 1-d array of values, got {values.shape}")
    if not np.isfinite(values).all():
        missing = np.flatnonzero(~np.isfinite(values)).tolist()
        raise ValueError(f"a mean needs finite values, not so in replications {missing}")
    mean, n = float(values.mean()), values.size
    if n == 1:
        return Interval(mean, None, confidence, n)
    error = values.std(ddof=1) / np.sqrt(n)
    return Interval(mean, float(stdtrit(n - 1, (1 + confidence) / 2) * error), confidence, n)


def proportion_interval(successes: int, n: int, confidence: float = 0.95) -> Proportion:
    """Exact (Clopper-Pearson) interval of a probability, from how often it happened.

    Never covers less than promised, whatever the probability, and stays informative where all
    or none of the trials succeeded; the price is that it is somewhat wide.

    Args:
        successes: trials in which it happened, 0 to ``n``.
        n: independent trials, 1 or more.
        confidence: least coverage wanted, strictly between 0 and 1.

    Returns:
        Share and bounds, all between 0 and 1.

    Raises:
        ValueError: no trials, successes outside 0 to ``n``, or the confidence is out of range.

    Source:
        Clopper and Pearson, *Biometrika* 26(4), 1934; bounds as beta quantiles.

    >>> round(proportion_interval(0, 30).high, 3)  # 1 - 0.025 ** (1 / 30), about 3.7 / n
    0.116
    """
    _check_confidence(confidence)
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"a share needs 0 to n successes of n >= 1 trials, got {successes} of {n}")
    tail, failures = (1 - confidence) / 2, n - successes
    low = float(betaincinv(successes, failures + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, failures, 1 - tail)) if failures else 1.0
    return Proportion(successes / n, low, high, confidence, n)


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie strictly between 0 and 1, got {confidence:g}")
