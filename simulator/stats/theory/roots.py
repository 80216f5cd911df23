"""Where a function crosses zero, and what time a tail probability belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from scipy.optimize import brentq


def root_of(function: Callable[[float], float], low: float, high: float) -> float:
    """The point between ``low`` and ``high`` at which a continuous function crosses zero.

    Raises:
        ValueError: the function has the same sign at both ends.
    """
    tiny = 1e-15 * high  # the relative tolerance decides, unless the root is next to zero
    return cast(float, brentq(function, low, high, xtol=tiny))


def quantile_of(tail: Callable[[float], float], q: float, scale: float) -> float:
    """The time that is exceeded with probability ``1 - q``.

    Args:
        tail: probability that the time exceeds t; continuous above 0 and falling towards 0.
        q: share of times at or below the result, at least 0 and below 1.
        scale: roughly how long such times are, above 0; only speed depends on it.

    Returns:
        In the unit of ``scale``; 0 where a share ``q`` of the times or more is zero.
    """
    if tail(0.0) <= 1 - q:
        return 0.0
    high = scale
    while tail(high) > 1 - q:
        high *= 2
    return root_of(lambda t: tail(t) - (1 - q), 0.0, high)
