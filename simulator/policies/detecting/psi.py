"""Population stability index: how differently numbers spread over bins.

The sum over bins of the difference of parts, times the logarithm of their ratio. Bins lie between
quantiles of the reference. Empty ones count as half a row, since nobody could go on with infinity.

The customary limits, 0.1 for a moderate shift and 0.2 or 0.25 for a large one, know nothing of how
many rows there are, and of few rows the index is large by chance alone
(``simulator.stats.theory.psi_noise_mean``). ``alpha`` in their place goes by what chance makes of
so many rows.

Source: Yurdakul and Naranjo, "Statistical properties of the population stability index", *Journal
of Risk Model Validation* 14(4), 2020; for the limits, Siddiqi, *Credit Risk Scorecards*, 2006.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from simulator.policies.detecting.base import Detector, Watch, detectors
from simulator.policies.detecting.binning import Bins
from simulator.units import Ratio

USUAL_LIMIT = 0.2
EMPTY = 0.5  # rows, in place of none


@detectors.register
class Psi(Detector):
    """Fires where the population stability index of a window is above a limit."""

    kind: Literal["psi"] = "psi"
    bins: int = Field(10, ge=2, le=1000, description="number of bins")
    threshold: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="limit of the index; 0.2 if neither this nor alpha is given",
    )
    alpha: Annotated[Ratio, Field(gt=0, lt=1)] | None = Field(
        None,
        description="in its place, how probable an alarm is without a change: the limit follows "
        "from the number of rows",
    )

    is_windowed: ClassVar[bool] = True

    def contradictions(self) -> Iterator[str]:
        if self.threshold is not None and self.alpha is not None:
            yield "give either threshold or alpha"

    def gives_p_value(self) -> bool:
        return True

    def alarm_probability(self) -> float | None:
        return self.alpha

    def start(self, reference: np.ndarray) -> Watch:
        return _PsiWatch(self, reference)


class _PsiWatch(Watch):
    def __init__(self, spec: Psi, reference: np.ndarray) -> None:
        super().__init__(USUAL_LIMIT if spec.threshold is None else spec.threshold)
        self._alpha: float | None = spec.alpha
        self._bins = Bins(reference, spec.bins)

    def see(self, values: np.ndarray) -> bool:
        if not len(values):
            return False
        # Here, because it brings SciPy along, which most scenarios do without.
        from scipy.special import chdtrc, chdtri

        expected, found = self._bins.expected, self._bins.counts(values)
        self.statistic = psi(expected, found)
        freedom = int(np.count_nonzero(expected + found)) - 1
        noise = 1 / int(expected.sum()) + 1 / len(values)
        self.p_value = float(chdtrc(freedom, self.statistic / noise)) if freedom else 1.0
        if self._alpha is not None:
            self.limit = noise * float(chdtri(freedom, self._alpha)) if freedom else float("inf")
        return self.statistic > self.limit


def psi(expected: np.ndarray, found: np.ndarray) -> float:
    """The population stability index of two counts over the same bins.

    Args:
        expected, found: numbers in each bin, shape ``(bins,)``; not all 0.

    >>> round(psi(np.array([50, 50]), np.array([60, 40])), 5)
    0.04055
    """
    there = expected + found > 0
    parts = [
        np.where(count[there] > 0, count[there], EMPTY) / count.sum() for count in (expected, found)
    ]
    return float(((parts[1] - parts[0]) * np.log(parts[1] / parts[0])).sum())
