"""A bound on the mean of a window, as an alert of a dashboard has it.

Whoever sets it has to know what is normal, and how far the mean of so many rows strays from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from simulator.policies.detecting.base import Detector, Watch, detectors


@detectors.register
class Bound(Detector):
    """Fires where the mean of a window is above a number, or below one."""

    kind: Literal["bound"] = "bound"
    at_most: float | None = Field(
        None, allow_inf_nan=False, description="the mean may be so large, no larger"
    )
    at_least: float | None = Field(
        None, allow_inf_nan=False, description="the mean may be so small, no smaller"
    )
    rows: int = Field(1, ge=1, description="fewer rows than that in the window raise no alarm")

    is_windowed: ClassVar[bool] = True
    needs_reference: ClassVar[bool] = False

    def contradictions(self) -> Iterator[str]:
        upper, lower = self.at_most, self.at_least
        if upper is None and lower is None:
            yield "give at_most, at_least or both"
        elif upper is not None and lower is not None and lower > upper:
            yield f"at_least ({lower:g}) must not be above at_most ({upper:g})"

    def start(self, reference: np.ndarray) -> Watch:
        return _BoundWatch(self)


class _BoundWatch(Watch):
    def __init__(self, spec: Bound) -> None:
        self._upper: float = inf if spec.at_most is None else spec.at_most
        self._lower: float = -inf if spec.at_least is None else spec.at_least
        self._rows: int = spec.rows
        super().__init__(self._upper if spec.at_most is not None else self._lower)

    def see(self, values: np.ndarray) -> bool:
        if len(values) < self._rows:
            return False
        self.statistic = float(values.mean())
        return not self._lower <= self.statistic <= self._upper
