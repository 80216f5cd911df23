"""Drift detection method: an error rate that is well above its lowest so far.

The error rate since the beginning is held against the one at which rate and standard error together
were least: two of its standard errors above are a warning, three an alarm. The rate is one over all
numbers since the beginning, so that a change is seen the later the longer all went well.

Source: Gama, Medas, Castillo and Rodrigues, "Learning with drift detection", *SBIA* 2004.
"""

from __future__ import annotations

from math import inf, sqrt
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from simulator.policies.detecting.base import Detector, Watch, detectors


@detectors.register
class Ddm(Detector):
    """Fires where the part of errors is well above the lowest that it was; of 0 and 1 only."""

    kind: Literal["ddm"] = "ddm"
    sigmas: float = Field(
        3.0, gt=0, le=100, description="how far above is an alarm, in standard errors of the lowest"
    )
    least: int = Field(30, ge=1, description="numbers after which it begins to look")

    needs_reference: ClassVar[bool] = False

    def start(self, reference: np.ndarray) -> Watch:
        return _Ddm(self)


class _Ddm(Watch):
    def __init__(self, spec: Ddm) -> None:
        super().__init__(spec.sigmas)
        self._least: int = spec.least
        self._count = 0
        self._errors = 0.0
        self._lowest = inf  # of rate and standard error together
        self._rate = 0.0  # then
        self._error = 0.0

    def see(self, values: np.ndarray) -> bool:
        alarm = False
        numbers: list[float] = values.tolist()
        for number in numbers:
            if self._step(number):
                alarm = True
                self._count, self._errors, self._lowest = 0, 0.0, inf
        return alarm

    def _step(self, number: float) -> bool:
        self._count += 1
        self._errors += number
        if self._count <= self._least:
            return False
        rate = self._errors / self._count
        error = sqrt(max(0.0, rate * (1 - rate)) / self._count)
        if rate + error <= self._lowest:
            self._lowest, self._rate, self._error = rate + error, rate, error
        above = rate + error - self._rate
        self.statistic = above / self._error if self._error > 0 else (inf if above > 0 else 0.0)
        return above > self.limit * self._error
