"""Stretches of intervals in which something holds, for telling what happened from curves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

GAP = 3  # intervals without it that end an episode; fewer are chance


class Episode(NamedTuple):
    """Intervals from ``first`` up to but without ``stop``."""

    first: int
    stop: int


def episodes(holds: ArrayLike, gap: int = GAP) -> list[Episode]:
    """The stretches in which something holds, in order.

    Values of single intervals are noisy: what stops holding for less than ``gap`` intervals and
    then holds again is one episode. One that reaches into the last intervals has not ended.

    Args:
        holds: whether it holds in each interval, shape ``(n,)``.
        gap: intervals in which it does not hold that end an episode, 1 or more.

    >>> episodes([0, 1, 1, 0, 1, 0, 0, 0, 1])
    [Episode(first=1, stop=5), Episode(first=8, stop=9)]
    >>> episodes([0, 1, 0, 0], gap=3)
    [Episode(first=1, stop=4)]
    """
    flags = np.asarray(holds, bool)
    found: list[Episode] = []
    for place in np.flatnonzero(flags).tolist():
        if found and place - found[-1].stop < gap:
            found[-1] = Episode(found[-1].first, place + 1)
        else:
            found.append(Episode(place, place + 1))
    if found and flags.size - found[-1].stop < gap:
        found[-1] = Episode(found[-1].first, flags.size)
    return found
