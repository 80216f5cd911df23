"""Which of several designs are worth a look: those that no other one beats in everything."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def frontier(values: ArrayLike) -> np.ndarray:
    """The Pareto frontier: designs that none of the others dominates.

    One dominates another if it is at least as good in everything and better in something; of equal
    ones neither does.

    Args:
        values: a row a design, a column a measure of which less is better, shape ``(n, k)``; a
            design with a missing value (nan) neither dominates nor is on the frontier.

    Returns:
        Shape ``(n,)``, True for those on it.

    Raises:
        ValueError: not two-dimensional.

    >>> frontier([[1, 9], [2, 5], [3, 6], [4, 1]])  # the second beats the third
    array([ True,  True, False,  True])
    """
    values = np.asarray(values, float)
    if values.ndim != 2:
        raise ValueError(f"a frontier needs a row a design, got shape {values.shape}")
    whole = np.isfinite(values).all(axis=1)
    present = values[whole]
    no_worse = (present[:, np.newaxis] <= present).all(axis=2)
    better = (present[:, np.newaxis] < present).any(axis=2)
    found = np.zeros(len(values), bool)
    found[whole] = ~(no_worse & better).any(axis=0)
    return found
