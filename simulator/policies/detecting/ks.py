"""Kolmogorov-Smirnov test: the largest distance between two distribution functions.

It needs no bins and sees any change of a distribution, best in its middle. Of very many rows it
finds differences that matter to nobody; ``least`` is how large one has to be in any case.

The probability is that of Kolmogorov's limit, with the correction of Stephens for few rows. Of
values of which many are equal it is too large, so that there are fewer alarms.

Source: Smirnov, "Table for estimating the goodness of fit of empirical distributions", *Annals of
Mathematical Statistics* 19(2), 1948; Stephens, "Use of the Kolmogorov-Smirnov, Cramér-von Mises and
related statistics without extensive tables", *J. Royal Statistical Society B* 32(1), 1970.
"""

from __future__ import annotations

from math import sqrt
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from simulator.policies.detecting.base import Detector, Watch, detectors
from simulator.units import Ratio


@detectors.register
class KolmogorovSmirnov(Detector):
    """Fires where a window and the reference hardly come from the same distribution."""

    kind: Literal["ks"] = "ks"
    alpha: Annotated[Ratio, Field(gt=0, lt=1)] = Field(
        0.05, description="how probable an alarm is at each look without a change"
    )
    least: Ratio = Field(
        0.0, description="distance, 0 to 1, below which there is no alarm, however certain it is"
    )

    is_windowed: ClassVar[bool] = True

    def gives_p_value(self) -> bool:
        return True

    def alarm_probability(self) -> float | None:
        return self.alpha

    def start(self, reference: np.ndarray) -> Watch:
        return _KsWatch(self, reference)


class _KsWatch(Watch):
    def __init__(self, spec: KolmogorovSmirnov, reference: np.ndarray) -> None:
        super().__init__(float("nan"))
        self._alpha: float = spec.alpha
        self._least: float = spec.least
        self._reference: np.ndarray = np.sort(reference)

    def see(self, values: np.ndarray) -> bool:
        if not len(values):
            return False
        # Here, because it brings SciPy along, which most scenarios do without.
        from scipy.special import kolmogi, kolmogorov

        rows = len(self._reference) * len(values) / (len(self._reference) + len(values))
        scale = sqrt(rows) + 0.12 + 0.11 / sqrt(rows)
        self.statistic = distance(self._reference, np.sort(values))
        self.limit = max(self._least, float(kolmogi(self._alpha)) / scale)
        self.p_value = float(kolmogorov(scale * self.statistic))
        if self.statistic < self._least:
            self.p_value = 1.0
        return self.statistic > self.limit


def distance(reference: np.ndarray, window: np.ndarray) -> float:
    """The largest distance between the distribution functions of two sorted samples, 0 to 1.

    It lies at a number of the window, or just before one: between two of them only the reference's
    function rises.

    >>> distance(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 4.0, 5.0, 6.0]))
    0.5
    """
    largest = 0.0
    sides: tuple[Literal["left", "right"], ...] = ("left", "right")
    for side in sides:
        expected = np.searchsorted(reference, window, side=side) / len(reference)
        found = np.searchsorted(window, window, side=side) / len(window)
        largest = max(largest, float(np.abs(expected - found).max()))
    return largest
