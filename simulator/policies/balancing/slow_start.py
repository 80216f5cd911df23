"""Slow start: a replica that has just come is given little at first (cold caches, a cold JIT)."""

from __future__ import annotations

FLOOR = 0.1  # part of its weight that a replica has at the beginning
STEPS = 100  # in which its weight grows


def ramp(since_s: float, window_s: float) -> float:
    """The part of its weight that a replica has some time after it came, from a tenth to 1.

    Grows in proportion to time. Source: Envoy's slow start mode, with the default minimum weight of
    10 % and aggression 1.

    Args:
        since_s: time since the replica came into the pool, in seconds, 0 or greater.
        window_s: time after which it has its full weight, above 0.

    >>> [ramp(since_s, 10.0) for since_s in (0.0, 5.0, 20.0)]
    [0.1, 0.5, 1.0]
    """
    return min(1.0, max(FLOOR, since_s / window_s))
