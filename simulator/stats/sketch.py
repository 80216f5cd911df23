"""Quantiles: the one definition for raw values, and a histogram that needs no raw values.

The histogram has buckets whose bounds grow by a constant factor, so that every value is known to
within 1 % of itself, whether it is a microsecond or an hour. Unlike a sample it never misses a
tail, and two of them merge without loss.

Left out: collapsing of buckets. All positive floats fit into some 72,000 of them (0.6 MB), and
latencies from a microsecond to an hour into 1,100, so memory is bounded without it.

Source: Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with
relative-error guarantees", PVLDB 12(12), 2019.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

RELATIVE_ERROR = 0.01
AT_ONCE = 2**18  # values counted in one go: what is taken down on the way is no larger
LOG_LARGEST = math.log(np.finfo(float).max)  # the last bucket reaches beyond the largest float


def quantile(values: ArrayLike, q: float) -> float:
    """The ``q`` quantile of raw values: linear between the two nearest order statistics.

    Args:
        values: shape ``(n,)``, any unit, in any order.
        q: share of the values below the result, 0 to 1.

    Returns:
        In the unit of ``values``; nan where there are none.

    Raises:
        ValueError: ``q`` is outside 0 to 1.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5)
    2.5
    """
    _check_q(q)
    values = np.asarray(values, float)
    return float(np.quantile(values, q)) if values.size else math.nan


def growth(relative_error: float) -> float:
    """Upper bound of a bucket over its lower one (γ), for an error strictly between 0 and 1.

    >>> round(growth(0.01), 6)
    1.020202
    """
    if not 0 < relative_error < 1:
        raise ValueError(f"relative_error must lie between 0 and 1, got {relative_error:g}")
    return (1 + relative_error) / (1 - relative_error)


def bucket_of(values: ArrayLike, relative_error: float = RELATIVE_ERROR) -> np.ndarray:
    """Index of the bucket of each positive value: bucket i holds γ^(i-1) < x <= γ^i.

    >>> bucket_of([1, 10, 100]).tolist()
    [0, 116, 231]
    """
    return np.ceil(np.log(values) / math.log(growth(relative_error))).astype(np.int64)


def bucket_value(index: int, relative_error: float = RELATIVE_ERROR) -> float:
    """The value a bucket stands for, at most ``relative_error`` away from whatever is in it."""
    ratio = growth(relative_error)
    return 2 / (ratio + 1) * math.exp(min(index * math.log(ratio), LOG_LARGEST))


class Histogram:
    """Counts of values in buckets of 1 % relative error; quantiles of any number of values.

    Values at or below zero share a bucket that stands for zero: their count, sum and extremes
    are exact, but quantiles among negative values are not resolved.

    Two histograms are equal when everything they can tell is: counts, sum and extremes.
    """

    __slots__ = ("count", "total", "minimum", "maximum", "_zeros", "_first", "_counts")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0  # sum of the values, in their unit
        self.minimum = math.nan  # nan while empty, as is the maximum
        self.maximum = math.nan
        self._zeros = 0  # values at or below zero
        self._first = 0  # index of the bucket that _counts begins with
        self._counts = np.zeros(0, np.int64)  # lowest used to highest, bucket 0 included

    @property
    def mean(self) -> float:
        """Exact mean of the values, in their unit; nan while empty."""
        return self.total / self.count if self.count else math.nan

    def add(self, values: ArrayLike) -> None:
        """Count values in; many at once is what is fast.

        Args:
            values: shape ``(n,)``, n may be 0.

        Raises:
            ValueError: a value is nan or infinite; nothing is counted then.
        """
        values = np.asarray(values, float).ravel()
        if not np.isfinite(values).all():
            missing = np.flatnonzero(~np.isfinite(values)).tolist()
            raise ValueError(f"a histogram takes finite values, not so at positions {missing}")
        for start in range(0, values.size, AT_ONCE):
            self._add(values[start : start + AT_ONCE])

    def _add(self, values: np.ndarray) -> None:
        positive = values[values > 0]
        self._take(values.size, float(values.sum()), float(values.min()), float(values.max()))
        self._zeros += values.size - positive.size
        if positive.size:
            index = bucket_of(positive)
            first = int(index.min())
            self._add_buckets(first, np.bincount(index - first))

    def merge(self, other: Histogram) -> None:
        """Count in everything the other histogram has seen; the other is left as it was."""
        self._take(other.count, other.total, other.minimum, other.maximum)
        self._zeros += other._zeros
        if other._counts.size:
            self._add_buckets(other._first, other._counts)

    def quantile(self, q: float) -> float:
        """The ``q`` quantile, within 1 % of what :func:`quantile` gives for the raw values.

        Args:
            q: share of the values below the result, 0 to 1; 0 and 1 give the exact extremes.

        Returns:
            In the unit of the values; nan while empty.

        Raises:
            ValueError: ``q`` is outside 0 to 1.
        """
        _check_q(q)
        if self.count == 0:
            return math.nan
        rank = q * (self.count - 1)
        below = math.floor(rank)
        low, high = self._ranked(below), self._ranked(math.ceil(rank))
        return low + (rank - below) * (high - low)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        return self._state() == other._state()

    def __repr__(self) -> str:
        return f"Histogram(count={self.count}, mean={self.mean:.4g}, maximum={self.maximum:.4g})"

    def _take(self, count: int, total: float, minimum: float, maximum: float) -> None:
        self.count += count
        self.total += total
        self.minimum = float(np.fmin(self.minimum, minimum))  # fmin and fmax pass over nan
        self.maximum = float(np.fmax(self.maximum, maximum))

    def _add_buckets(self, first: int, counts: np.ndarray) -> None:
        start = min(first, self._first)
        end = max(first + counts.size, self._first + self._counts.size)
        merged = np.zeros(end - start, np.int64)
        for offset, part in ((self._first - start, self._counts), (first - start, counts)):
            merged[offset : offset + part.size] += part
        self._first, self._counts = start, merged

    def _ranked(self, rank: int) -> float:
        """Estimate of the value with ``rank`` values before it in sorted order."""
        if rank == 0:
            return self.minimum
        if rank == self.count - 1:
            return self.maximum
        if rank < self._zeros:
            return min(self.maximum, 0.0)
        bucket = int(np.searchsorted(np.cumsum(self._counts), rank - self._zeros, side="right"))
        return min(max(bucket_value(self._first + bucket), self.minimum), self.maximum)

    def _state(self) -> tuple[object, ...]:
        extremes = (self.minimum, self.maximum) if self.count else ()  # nan is not equal to nan
        return (self.count, self.total, extremes, self._first, self._counts.tolist())


def quantiles(values: np.ndarray, tails: Sequence[Histogram], qs: Sequence[float]) -> list[float]:
    """Quantiles of raw values and of what histograms have counted, together.

    Exact as long as no histogram has counted anything, within 1 % otherwise.

    Args:
        values: shape ``(n,)``, n may be 0; they may be put into another order.
        tails: any number of histograms.
        qs: shares of the values below each result, 0 to 1.

    Returns:
        One for each of ``qs``; nan where there are no values.
    """
    if any(tail.count for tail in tails):
        pooled = Histogram()
        pooled.add(values)
        for tail in tails:
            pooled.merge(tail)
        return [pooled.quantile(q) for q in qs]
    if not values.size:
        return [math.nan] * len(qs)
    return np.quantile(values, qs, overwrite_input=values.flags.writeable).tolist()


def _check_q(q: float) -> None:
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile lies between 0 and 1, got {q:g}")
