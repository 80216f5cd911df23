"""What is read off a dashboard: quantiles of histograms of which only the buckets are known."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def histogram_quantile(q: float, bounds: Sequence[float], counts: Sequence[float]) -> float:
    """The ``q`` quantile that Prometheus reports for a classic histogram.

    Values are taken to be spread evenly over their bucket, the first of which begins at 0. What
    lies beyond the last finite bound is reported as that bound: a p99 that never moves from it says
    that the buckets are too few.

    Args:
        q: 0 to 1.
        bounds: upper bound of each bucket (``le``), increasing, the last infinite.
        counts: observations at or below each bound: cumulative, never falling.

    Returns:
        In the unit of the bounds; nan without observations.

    Raises:
        ValueError: fewer than two buckets, the last one is not infinite, bounds or counts in the
            wrong order, or ``q`` is outside 0 to 1 (Prometheus reports infinities for such a q).

    Source:
        Prometheus documentation, ``histogram_quantile``; its tests of classic histograms.

    >>> round(histogram_quantile(0.5, [0.1, 0.2, 1, math.inf], [5, 7, 11, 12]), 6)
    0.15
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile lies between 0 and 1, got {q:g}")
    _check_buckets(bounds, counts)
    if counts[-1] == 0:
        return math.nan
    rank = q * counts[-1]
    bucket = int(np.searchsorted(counts, rank, side="left"))
    if bucket == len(bounds) - 1:
        return float(bounds[-2])
    if bucket == 0 and bounds[0] <= 0:
        return float(bounds[0])  # below zero a bucket has no lower bound to interpolate from
    start, before = (bounds[bucket - 1], counts[bucket - 1]) if bucket else (0.0, 0.0)
    inside = counts[bucket] - before
    return float(start + (bounds[bucket] - start) * ((rank - before) / inside if inside else 0.0))


def _check_buckets(bounds: Sequence[float], counts: Sequence[float]) -> None:
    if len(bounds) != len(counts) or len(bounds) < 2:
        found = f"{len(bounds)} bounds and {len(counts)} counts"
        raise ValueError(f"a histogram has two buckets or more, each with a count; got {found}")
    if bounds[-1] != math.inf:
        raise ValueError(f"the last bucket must be unbounded, got the bound {bounds[-1]:g}")
    if not (np.diff(bounds[:-1]) > 0).all():
        raise ValueError("bounds must increase from bucket to bucket")
    if counts[0] < 0 or (np.diff(counts) < 0).any():
        raise ValueError("counts are cumulative: they must not be negative, nor fall")
