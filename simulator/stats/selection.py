"""Which of several systems is the best: selecting with a promise.

The procedure of Kim and Nelson looks at one more replication of each system at a time and drops a
system as soon as another one is ahead of it by more than luck explains. Bad ones cost little, and
common random numbers make it end sooner.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import floor

import numpy as np
from numpy.typing import ArrayLike

from simulator.stats.intervals import Interval, mean_interval


class Selection:
    """Selects the system of the smallest mean, with the promised probability.

    The promise holds if the best is better by ``worth`` than every other; if some are closer than
    that, one of those is selected, and they are called equally good. Values should be roughly
    normal, as means over replications are; systems may share their random numbers.

    Args:
        first: values of the first replications, a row a system, shape ``(k, n)`` with k and n of 2
            or more, any unit; ten replications serve well.
        worth: smallest difference that matters, above 0, in the unit of the values.
        confidence: probability of a right selection wanted, strictly between 1 / k and 1.

    Attributes:
        left: places of the systems not dropped yet, in order.
        replications: of each system that is left.
        dropped: place of each dropped system -> replications after which it was dropped.
        most: replications of a system that it takes at the very most.

    Raises:
        ValueError: too few systems or replications, a value is missing, or a parameter is out of
            range.

    Source:
        Kim and Nelson, "A fully sequential procedure for indifference-zone selection in
        simulation", *ACM TOMACS* 11(3), 2001, with c = 1.

    >>> apart = Selection([[1.0, 1.2, 0.9], [5.0, 5.1, 4.9], [3.0, 3.3, 2.9]], worth=0.5)
    >>> apart.best, apart.is_done, apart.dropped
    (0, True, {1: 3, 2: 3})
    """

    def __init__(self, first: ArrayLike, worth: float, confidence: float = 0.95) -> None:
        values = np.asarray(first, float)
        if values.ndim != 2 or min(values.shape) < 2:
            raise ValueError(
                f"a selection needs 2 systems and 2 replications or more, got {values.shape}"
            )
        if not np.isfinite(values).all():
            raise ValueError("a selection needs finite values of every system in every replication")
        systems, n = values.shape
        if not worth > 0:
            raise ValueError(f"the smallest difference that matters is above 0, got {worth:g}")
        if not 1 / systems < confidence < 1:
            raise ValueError(f"confidence must lie between 1 / {systems} and 1, got {confidence:g}")
        eta = ((2 * (1 - confidence) / (systems - 1)) ** (-2 / (n - 1)) - 1) / 2
        variances = (values[:, np.newaxis] - values).var(axis=2, ddof=1)
        self._reach = 2 * eta * (n - 1) * variances / worth**2  # in replications
        self._worth = worth
        self._sums = values.sum(axis=1)
        self.most = max(n, floor(self._reach.max()) + 1)
        self.replications = n
        self.left = list(range(systems))
        self.dropped: dict[int, int] = {}
        self._screen()

    @property
    def is_done(self) -> bool:
        """Whether nothing more is to be looked at."""
        return len(self.left) == 1 or self.replications >= self.most

    @property
    def best(self) -> int:
        """The place of the best one, as far as can be said now."""
        return min(self.left, key=lambda place: float(self._sums[place]))

    def add(self, values: Mapping[int, float]) -> None:
        """One more replication of each system that is left: place -> value.

        Raises:
            ValueError: a system that is left has no finite value.
        """
        missing = [place for place in self.left if not np.isfinite(values.get(place, np.nan))]
        if missing:
            raise ValueError(f"no finite value for systems {missing}")
        for place in self.left:
            self._sums[place] += values[place]
        self.replications += 1
        self._screen()

    def _screen(self) -> None:
        """Drop whoever is behind another one by more than what luck may still make good."""
        r = self.replications
        allowed = np.maximum(0.0, self._worth / (2 * r) * (self._reach - r))
        means = self._sums / r
        stay = [
            one
            for one in self.left
            if all(means[one] <= means[other] + allowed[one, other] for other in self.left)
        ]
        for place in self.left:
            if place not in stay:
                self.dropped[place] = r
        self.left = stay


def simultaneous_differences(
    baseline: ArrayLike, others: ArrayLike, confidence: float = 0.95
) -> list[Interval]:
    """Paired differences of several systems from one, whose intervals hold all at once.

    Each of k intervals alone is right with probability ``1 - (1 - confidence) / k`` (Bonferroni),
    so that all are with the wanted one, whatever their correlation.

    Args:
        baseline: one value a replication, shape ``(n,)``, any unit.
        others: the same for every other system, shape ``(k, n)``, paired with it.
        confidence: that all intervals together are right, strictly between 0 and 1.

    Returns:
        An interval of each system less the baseline, in their order. Its own ``confidence`` is
        that of it alone.

    Raises:
        ValueError: shapes do not fit, or a value is missing.

    >>> [each.excludes_zero for each in simultaneous_differences([1, 2, 3], [[3, 4, 5], [1, 3, 2]])]
    [True, False]
    """
    first, rest = np.asarray(baseline, float), np.asarray(others, float)
    if first.ndim != 1 or rest.ndim != 2 or rest.shape[1:] != first.shape:
        raise ValueError(f"shapes (n,) and (k, n) are needed, got {first.shape} and {rest.shape}")
    each = 1 - (1 - confidence) / len(rest)
    return [mean_interval(row - first, each) for row in rest]
