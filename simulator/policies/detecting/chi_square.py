"""Chi-square test of homogeneity: whether two samples spread over bins as chance would have it.

Of a feature with few values (a country, a version, an answer) each value is a bin, and one is for
values that are new. Of any other the bins lie between quantiles of the reference. Bins with fewer
than five expected rows make the probability inexact.

Source: Press et al., *Numerical Recipes*, 3rd ed., 2007, section 14.3.1 (two binned data sets of
unequal numbers).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from simulator.policies.detecting.base import Detector, Watch, detectors
from simulator.policies.detecting.binning import Bins
from simulator.units import Ratio


@detectors.register
class ChiSquare(Detector):
    """Fires where a window hardly spreads over bins, or over values, as the reference does."""

    kind: Literal["chi_square"] = "chi_square"
    bins: int = Field(
        10, ge=2, le=1000, description="number of bins; one for each value if there are no more"
    )
    alpha: Annotated[Ratio, Field(gt=0, lt=1)] = Field(
        0.05, description="how probable an alarm is at each look without a change"
    )

    is_windowed: ClassVar[bool] = True

    def gives_p_value(self) -> bool:
        return True

    def alarm_probability(self) -> float | None:
        return self.alpha

    def start(self, reference: np.ndarray) -> Watch:
        return _ChiSquareWatch(self, reference)


class _ChiSquareWatch(Watch):
    def __init__(self, spec: ChiSquare, reference: np.ndarray) -> None:
        super().__init__(float("nan"))
        self._alpha: float = spec.alpha
        self._bins = Bins(reference, spec.bins)

    def see(self, values: np.ndarray) -> bool:
        if not len(values):
            return False
        # Here, because it brings SciPy along, which most scenarios do without.
        from scipy.special import chdtrc, chdtri

        self.statistic, freedom = homogeneity(self._bins.expected, self._bins.counts(values))
        self.limit = float(chdtri(freedom, self._alpha)) if freedom else float("inf")
        self.p_value = float(chdtrc(freedom, self.statistic)) if freedom else 1.0
        return self.statistic > self.limit


def homogeneity(expected: np.ndarray, found: np.ndarray) -> tuple[float, int]:
    """Chi-square of two counts over the same bins, and its degrees of freedom.

    Args:
        expected, found: numbers in each bin, shape ``(bins,)``; not all 0.

    >>> homogeneity(np.array([60, 40]), np.array([40, 60]))
    (8.0, 1)
    """
    there = expected + found > 0
    first, second = expected[there], found[there]
    ratio = float(np.sqrt(second.sum() / first.sum()))
    squares = (first * ratio - second / ratio) ** 2 / (first + second)
    return float(squares.sum()), int(np.count_nonzero(there)) - 1
