"""Drawing replicas at random, for policies that need it."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def drawn(places: Sequence[int], weights: Sequence[float], luck: float) -> int:
    """One of several places, drawn in proportion to their weights by luck uniform on [0, 1)."""
    left = luck * sum([weights[place] for place in places])
    for place in places:
        left -= weights[place]
        if left < 0:
            return place
    return places[-1]


def sample(places: Sequence[int], size: int, uniform: Callable[[], float]) -> list[int]:
    """Some of the places, or all if there are no more, drawn without replacement, equally likely.

    Args:
        places: to draw from.
        size: how many, 1 or more.
        uniform: draws from [0, 1).
    """
    left = list(places)
    size = min(size, len(left))
    for i in range(size):  # a shuffle of which only the beginning is needed
        j = i + int(uniform() * (len(left) - i))
        left[i], left[j] = left[j], left[i]
    return left[:size]


def weighted_sample(
    places: Sequence[int], weights: Sequence[float], size: int, uniform: Callable[[], float]
) -> list[int]:
    """The same, each time in proportion to the weights of those that are left."""
    left = list(places)
    found = []
    for _ in range(min(size, len(left))):
        place = drawn(left, weights, uniform())
        left.remove(place)
        found.append(place)
    return found
