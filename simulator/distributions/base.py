"""The family of distributions of times."""

from __future__ import annotations

from math import inf, sqrt
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic_core import PydanticCustomError

from simulator.registry import Family, Spec


def _constant(value: Any) -> dict[str, Any]:
    return {"kind": "constant", "value": value}


distributions = Family("distribution", shorthand=_constant)


class Distribution(Spec):
    """A distribution of a time, in seconds, never negative.

    Given by its mean and coefficient of variation (``cv``: standard deviation over mean), or by two
    percentiles. There are no parameters in log space: ``mean: 3ms`` is a mean of 3 ms.
    """

    kind: str

    unit: ClassVar[str] = "s"
    """Of its values, for errors."""

    @property
    def stream(self) -> str | None:
        """The name of the random stream it draws from; None for one of whoever asks."""
        return None

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Independent draws, in seconds, shape ``(size,)``."""
        raise NotImplementedError

    def average(self) -> float:
        """The mean, in seconds."""
        raise NotImplementedError

    def moment(self, order: int) -> float:
        """The mean of T to the power of ``order``, 1 or more; infinite where the tail is heavy."""
        raise NotImplementedError

    def variability(self) -> float:
        """The coefficient of variation: 0 constant, 1 exponential; may be infinite.

        Computed from the moments, so that below about 1e-7 it is rounding alone.
        """
        second, mean = self.moment(2), self.average()
        if second == inf or mean == 0:
            return second
        return sqrt(max(0.0, second / mean**2 - 1))


Time = Annotated[Distribution, distributions]
"""A field that takes any distribution, or a time alone for a constant one."""


def refusal(text: str) -> Any:
    """An error about parameters that do not go together."""
    return PydanticCustomError("distribution", "{text}", {"text": text})
