"""Page-Hinkley test: a CUSUM of a rise above the mean so far, which nobody has to know before.

Since the mean follows the change, a slow one escapes it, and so does any that is not over the
threshold soon. What has been added up is forgotten by and by.

Source: Page, "Continuous inspection schemes", *Biometrika* 41, 1954; Hinkley, "Inference about the
change-point from cumulative sum tests", *Biometrika* 58(3), 1971. Defaults, and the way of
forgetting, as in River (``river.drift.PageHinkley``).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from simulator.policies.detecting.base import Detector, Watch, detectors
from simulator.units import Ratio


@detectors.register
class PageHinkley(Detector):
    """Fires where numbers have been above the mean so far by too much in all."""

    kind: Literal["page_hinkley"] = "page_hinkley"
    allowance: float = Field(
        0.005, ge=0, allow_inf_nan=False, description="by which a number may be above (delta)"
    )
    threshold: float = Field(
        50.0, gt=0, allow_inf_nan=False, description="limit of the sum, in the numbers' unit"
    )
    least: int = Field(30, ge=1, description="numbers before which it raises no alarm")
    kept: Annotated[Ratio, Field(gt=0)] = Field(
        0.9999, description="part of the sum that is kept from number to number"
    )
    side: Literal["above", "below"] = Field("above", description="whether a rise or a fall is seen")

    needs_reference: ClassVar[bool] = False

    def start(self, reference: np.ndarray) -> Watch:
        return _PageHinkley(self)


class _PageHinkley(Watch):
    def __init__(self, spec: PageHinkley) -> None:
        super().__init__(spec.threshold)
        self._allowance: float = spec.allowance
        self._least: int = spec.least
        self._kept: float = spec.kept
        self._sign: float = 1.0 if spec.side == "above" else -1.0
        self._count = 0
        self._mean = 0.0
        self._sum = 0.0

    def see(self, values: np.ndarray) -> bool:
        alarm = False
        numbers: list[float] = (self._sign * values).tolist()
        for number in numbers:
            self._count += 1
            self._mean += (number - self._mean) / self._count
            above = number - self._mean - self._allowance
            self._sum = max(0.0, self._kept * self._sum + above)
            # As River counts: from the number before the least one on.
            if self._sum >= self.limit and self._count + 1 >= self._least:
                alarm = True
                self.statistic = self._sum
                self._count, self._mean, self._sum = 0, 0.0, 0.0
        if not alarm and numbers:
            self.statistic = self._sum
        return alarm
