"""The family of distributions of times."""

from __future__ import annotations

from typing import Any

import numpy as np

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

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Independent draws, in seconds, shape ``(size,)``."""
        raise NotImplementedError

    def average(self) -> float:
        """The mean, in seconds."""
        raise NotImplementedError
