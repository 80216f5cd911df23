"""Bins in which a reference has about as many numbers each, to count others by."""

from __future__ import annotations

import numpy as np


class Bins:
    """Bins between quantiles of a reference; one for each value if there are few of these.

    Several quantiles that are equal, as of a feature that is often 0, make one edge. With one bin
    for each value there is one more, for values that the reference does not have.

    Args:
        reference: shape ``(n,)``, at least one number.
        count: of bins, at most.

    Attributes:
        expected: how many numbers of the reference are in each bin, shape ``(bins,)``.
    """

    def __init__(self, reference: np.ndarray, count: int) -> None:
        values = np.unique(reference)
        self._values: np.ndarray | None = values if len(values) <= count else None
        inner = np.quantile(reference, np.arange(1, count) / count)
        self._edges: np.ndarray = np.unique(inner)
        self.expected: np.ndarray = self.counts(reference)

    def counts(self, values: np.ndarray) -> np.ndarray:
        """How many numbers are in each bin, shape ``(bins,)``."""
        known = self._values
        if known is None:
            places = np.searchsorted(self._edges, values, side="right")
            return np.bincount(places, minlength=len(self._edges) + 1)
        places = np.minimum(np.searchsorted(known, values), len(known) - 1)
        places = np.where(known[places] == values, places, len(known))
        return np.bincount(places, minlength=len(known) + 1)
