"""How sure a percentile is.

``Histogram`` in ``sketch`` is how the simulator itself keeps percentiles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, ndtri

from simulator.stats.sketch import quantile


def quantile_ranks(n: int, q: float, confidence: float = 0.95) -> tuple[int, int]:
    """Which of ``n`` sorted values enclose the ``q`` quantile of where they come from.

    How many of the values lie below the quantile is binomial, whatever the distribution; the
    ranks leave half of the error on either side. For independent values only: latencies of one run
    are correlated, and the interval would be far too narrow. Use replications for those.

    Args:
        n: number of values, 1 or more.
        q: strictly between 0 and 1.
        confidence: least coverage wanted, strictly between 0 and 1.

    Returns:
        Ranks from 1 to ``n`` of the lower and the upper bound in increasing order of the values.

    Raises:
        ValueError: an argument is out of range, or there are too few values for such an interval:
            a p99 with 95 % confidence takes 368.

    Source:
        David and Nagaraja, *Order Statistics*, section 7.1 (distribution-free intervals).

    >>> quantile_ranks(100, 0.5)
    (40, 61)
    """
    _check_shares(q=q, confidence=confidence)
    if n < 1:
        raise ValueError(f"a quantile needs 1 value or more, got {n}")
    tail = (1 - confidence) / 2
    lower = _most_below(n, q, tail) + 1
    upper = n - _most_below(n, 1 - q, tail)  # by symmetry, counted from the largest value down
    if lower < 1 or upper > n:
        raise ValueError(f"{n} values are too few for an interval of the {q:g} quantile")
    return lower, upper


def _most_below(n: int, q: float, tail: float) -> int:
    """The largest k for which k or fewer of ``n`` lie below with probability ``tail`` at most."""
    least, most = -1, n
    while most - least > 1:
        middle = (least + most) // 2
        if bdtr(middle, n, q) <= tail:
            least = middle
        else:
            most = middle
    return least


@dataclass(frozen=True, slots=True)
class QuantileInterval:
    """A quantile and the order statistics that enclose it, in the unit of the values.

    The estimate need not lie in the middle: the tail is longer on one side.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    n: int


def quantile_interval(values: ArrayLike, q: float, confidence: float = 0.95) -> QuantileInterval:
    """The ``q`` quantile of independent values, and its confidence interval.

    Args:
        values: independent, shape ``(n,)``, any unit, in any order.
        q: strictly between 0 and 1.
        confidence: least coverage wanted, strictly between 0 and 1.

    Raises:
        ValueError: as :func:`quantile_ranks`.
    """
    ordered = np.sort(np.asarray(values, float).ravel())
    lower, upper = quantile_ranks(ordered.size, q, confidence)
    return QuantileInterval(
        estimate=quantile(ordered, q),
        low=float(ordered[lower - 1]),
        high=float(ordered[upper - 1]),
        confidence=confidence,
        n=ordered.size,
    )


def quantile_half_width(n: int, q: float, density: float, confidence: float = 0.95) -> float:
    """Half-width of the interval of a quantile to expect of ``n`` independent values.

    Args:
        n: number of values, 1 or more; the more, the better the approximation.
        q: strictly between 0 and 1.
        density: of the distribution at its ``q`` quantile, in one over the unit of the values.
        confidence: coverage, strictly between 0 and 1.

    Returns:
        In the unit of the values.

    Raises:
        ValueError: an argument is out of range.

    Source:
        David and Nagaraja, *Order Statistics*, section 10.2 (asymptotic normality).

    >>> round(quantile_half_width(10_000, 0.99, density=0.01) / -math.log(0.01), 4)  # Exp(1)
    0.0423
    """
    _check_shares(q=q, confidence=confidence)
    if n < 1 or not density > 0:
        raise ValueError(f"n must be 1 or more and density above 0, got {n} and {density:g}")
    reach = float(ndtri((1 + confidence) / 2))
    return reach * math.sqrt(q * (1 - q) / n) / density


def _check_shares(**shares: float) -> None:
    for name, value in shares.items():
        if not 0 < value < 1:
            raise ValueError(f"{name} must lie strictly between 0 and 1, got {value:g}")
