"""ADWIN: a window as long as nothing has changed within it, and no longer.

Whenever the means of two parts of the window, an older and a newer one, differ by more than chance
makes probable, the oldest numbers are dropped. The window grows while nothing changes. It is kept
as an exponential histogram: buckets of 1, 2, 4, ... numbers, at most ``buckets`` of each size, of
which only sum and variance are known, so that memory and time are logarithmic; cuts are tried
between buckets.

The bound takes the variance of the window, and that several cuts are tried
(``simulator.stats.theory.adwin_threshold``).

Source: Bifet and Gavaldà, "Learning from time-changing data with adaptive windowing", *SIAM
International Conference on Data Mining*, 2007 (ADWIN2, with the bound of variance); for variances
of buckets, Babcock et al., "Maintaining variance and k-medians over data stream windows", *PODS*
2003. Defaults as in MOA.
"""

from __future__ import annotations

from math import log, sqrt
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from simulator.policies.detecting.base import Detector, Watch, detectors
from simulator.units import Ratio

LEAST_PART = 5  # numbers in either part of a window
LEAST_WINDOW = 10


@detectors.register
class Adwin(Detector):
    """Fires where an older and a newer part of an adaptive window differ in their means."""

    kind: Literal["adwin"] = "adwin"
    delta: Annotated[Ratio, Field(gt=0, lt=1)] = Field(
        0.002, description="how probable a false alarm is at a number, at most"
    )
    buckets: int = Field(5, ge=1, le=1000, description="buckets of one size, at most")
    check: int = Field(32, ge=1, description="numbers from one check to the next")

    needs_reference: ClassVar[bool] = False

    def start(self, reference: np.ndarray) -> Watch:
        return AdwinWatch(self)


class AdwinWatch(Watch):
    """The window.

    The statistic is the difference of the means over its bound, for the cut at which it is largest,
    at the last check.

    Attributes:
        width: numbers in the window.
        total: their sum.
        squares: the sum of squares of their distances from their mean.
    """

    def __init__(self, spec: Adwin) -> None:
        super().__init__(1.0)
        self._delta: float = spec.delta
        self._most: int = spec.buckets
        self._check: int = spec.check
        self._seen = 0
        self.width = 0
        self.total = 0.0
        self.squares = 0.0
        # By size, from 1 on; of each the oldest first: sum, and squares about its mean.
        self._rows: list[list[tuple[float, float]]] = [[]]

    def see(self, values: np.ndarray) -> bool:
        alarm = False
        numbers: list[float] = values.tolist()
        for number in numbers:
            self._add(number)
            self._seen += 1
            if self._seen % self._check == 0 and self.width > LEAST_WINDOW:
                alarm = self._shrink() or alarm
        return alarm

    def _add(self, number: float) -> None:
        if self.width:
            off = number - self.total / self.width
            self.squares += off * off * self.width / (self.width + 1)
        self.width += 1
        self.total += number
        self._rows[0].append((number, 0.0))
        size = 1
        for place, row in enumerate(self._rows):
            if len(row) <= self._most:
                return
            (first, first_squares), (second, second_squares) = row[0], row[1]
            del row[:2]
            apart = (first - second) / size
            squares = first_squares + second_squares + apart * apart * size / 2
            if place + 1 == len(self._rows):
                self._rows.append([])
            self._rows[place + 1].append((first + second, squares))
            size *= 2

    def _shrink(self) -> bool:
        """Drop the oldest numbers while the window has changed within."""
        statistic = self._largest_ratio()
        self.statistic = statistic
        alarm = False
        while statistic > self.limit:
            alarm = True
            self._drop_oldest()
            statistic = self._largest_ratio()
        return alarm

    def _largest_ratio(self) -> float:
        """Over all cuts, of the difference of means to its bound; 0 if there is no cut."""
        largest = 0.0
        older, sum_of_older = 0, 0.0
        variance = max(0.0, self.squares / self.width)
        logarithm = log(2 * log(self.width) / self._delta) if self.width > 2 else 0.0
        for place in range(len(self._rows) - 1, -1, -1):
            for total, _ in self._rows[place]:
                older += 1 << place
                sum_of_older += total
                newer = self.width - older
                if older < LEAST_PART or newer < LEAST_PART:
                    continue
                inverse = 1 / older + 1 / newer
                bound = sqrt(2 * inverse * variance * logarithm) + 2 / 3 * inverse * logarithm
                means = sum_of_older / older - (self.total - sum_of_older) / newer
                largest = max(largest, abs(means) / bound)
        return largest

    def _drop_oldest(self) -> None:
        total, squares = self._rows[-1].pop(0)
        size = 1 << (len(self._rows) - 1)
        while not self._rows[-1] and len(self._rows) > 1:
            self._rows.pop()
        self.width -= size
        self.total -= total
        apart = total / size - self.total / self.width
        self.squares -= squares + apart * apart * size * self.width / (size + self.width)
