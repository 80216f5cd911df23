"""How many replications an estimate takes to become as sharp as one wants.

The procedure is sequential: make a few replications, look at the interval, make more until it is
narrow enough. Looking again and again picks a lucky moment now and then, so that coverage is a
little below what the interval says, the less the more replications were made before the first look.
"""

from __future__ import annotations

from math import ceil, inf, sqrt

from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from simulator.stats.intervals import Interval, mean_interval

PILOT = 10  # replications before the first look, as Law recommends


def is_sharp(interval: Interval, relative: float, scale: float | None = None) -> bool:
    """Whether a half-width is small enough for a relative error.

    A half-width of ``relative / (1 + relative)`` of the estimate keeps the error below ``relative``
    of what is *true*, at the interval's confidence: that is the limit.

    Args:
        interval: of the estimate.
        relative: wanted, above 0, such as 0.01.
        scale: what the error is measured by, in the unit of the interval; its mean if not given.

    Source:
        Law, *Simulation Modeling and Analysis*, section "Obtaining a specified precision".

    >>> is_sharp(mean_interval([9.0, 10.0, 11.0]), relative=0.1)  # 10 ± 2.5
    False
    """
    limit = _limit(interval.mean, relative, scale)
    return interval.half_width is not None and interval.half_width <= limit


def replications_needed(
    values: ArrayLike, relative: float, scale: float | None = None, confidence: float = 0.95
) -> float:
    """How many replications it will take in all, judged by those there are.

    The spread seen so far is taken to be the true one: a forecast of what it costs, no promise.

    Args:
        values: one a replication, shape ``(n,)`` with two or more of them.
        relative, scale: as of ``is_sharp``.
        confidence: of the interval, strictly between 0 and 1.

    Returns:
        A whole number, at least ``n``; infinite if the scale is zero and the values vary.

    Raises:
        ValueError: fewer than two values, a value is missing, or the confidence is out of range.

    >>> replications_needed([9.0, 10.0, 11.0], relative=0.1)  # t(0.975; 7) / √8 = 0.84 < 0.91
    8
    """
    interval = mean_interval(values, confidence)
    if interval.half_width is None:
        raise ValueError("a forecast needs two or more replications")
    limit = _limit(interval.mean, relative, scale)
    if interval.half_width <= limit:
        return interval.n
    if limit == 0:
        return inf
    tail = (1 + confidence) / 2
    spread = interval.half_width * sqrt(interval.n) / float(stdtrit(interval.n - 1, tail))
    # Student's quantile is a little above the normal one: a few more do
    needed = max(interval.n, ceil((float(ndtri(tail)) * spread / limit) ** 2))
    while float(stdtrit(needed - 1, tail)) * spread / sqrt(needed) > limit:
        needed += 1
    return needed


def _limit(mean: float, relative: float, scale: float | None) -> float:
    if not relative > 0:
        raise ValueError(f"a relative half-width must be above 0, got {relative:g}")
    return abs(mean if scale is None else scale) * relative / (1 + relative)
