"""What tells that numbers are not what they were.

A detector is a frozen spec. Its ``start`` is given a reference, numbers from when all was well, and
returns a ``Watch``: that of one feature, of one score or of one error rate. It is shown the numbers
since, look by look.

Two kinds of them differ in what they are shown. A *window test* compares what came within a window
with the reference, and knows nothing of looks before. A *sequential* detector takes every number
once, in order, and adds up what it has seen, so that small changes do not escape it; after each
alarm it begins anew.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from simulator.registry import Family, Spec

detectors = Family("detector")


class Detector(Spec):
    """Tells that numbers are not what they were."""

    kind: str

    is_windowed: ClassVar[bool] = False
    """Whether a look is at all numbers within a window, else at those since the look before."""

    needs_reference: ClassVar[bool] = True
    """Whether it cannot do without a reference; else none is waited for."""

    def start(self, reference: np.ndarray) -> Watch:
        """Begin to watch.

        Args:
            reference: numbers from when all was well, shape ``(n,)``; of whoever needs it, n is 2
                or greater.
        """
        raise NotImplementedError

    def gives_p_value(self) -> bool:
        """Whether it tells how probable what it sees is without a change."""
        return False

    def alarm_probability(self) -> float | None:
        """How often a look at what has not changed is to raise an alarm; None if nobody knows."""
        return None


class Watch:
    """What a detector remembers of one series of numbers.

    Attributes:
        statistic: what it goes by, at the last look; NaN before the first.
        limit: of the statistic, beyond which it raises an alarm.
        p_value: how probable a statistic as large is without a change, 0 to 1; NaN where the
            detector does not tell.
    """

    statistic: float
    limit: float
    p_value: float

    def __init__(self, limit: float) -> None:
        self.statistic = float("nan")
        self.limit = limit
        self.p_value = float("nan")

    def see(self, values: np.ndarray) -> bool:
        """Look at numbers, in order of time, and say whether there is an alarm.

        Args:
            values: of the window, or since the look before, shape ``(m,)``; there may be none.
        """
        raise NotImplementedError
