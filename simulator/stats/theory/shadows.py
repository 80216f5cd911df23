"""What copies of calls to a shadow mean to what both call, and to whoever waits for both."""

from __future__ import annotations

from simulator.stats.theory.limits import require_positive


def mirrored_load(load: float, share: float) -> float:
    """Load of a dependency that calls and their copies both come to.

    Args:
        load: without copies, 0 or more.
        share: part of the calls that has a copy, from 0 to 1.

    Raises:
        ValueError: an argument is out of range.

    >>> mirrored_load(0.5, 0.5)
    0.75
    """
    if load < 0 or not 0 <= share <= 1:
        raise ValueError(f"load must be 0 or more and share from 0 to 1, got {load} and {share}")
    return (1 + share) * load


def most_mirrored_share(load: float) -> float:
    """Part of the calls that can have a copy until a dependency of both has all it can do, up to 1.

    Args:
        load: of the dependency without copies, above 0 and up to 1.

    Raises:
        ValueError: the load is out of range.

    >>> most_mirrored_share(0.8), most_mirrored_share(0.4)
    (0.25, 1.0)
    """
    if not 0 < load <= 1:
        raise ValueError(f"load must be above 0 and at most 1, got {load}")
    return min(1.0, 1 / load - 1)


def mean_of_longer(one_s: float, other_s: float) -> float:
    """Mean of the longer of two independent exponential times, in seconds.

    Both together last as long as each by itself, less the time that both are under way.

    Args:
        one_s, other_s: their means, above 0.

    Raises:
        ValueError: a mean is not above 0.

    Source:
        Ross, *Introduction to Probability Models*, section 5.2 (minimum of exponentials).

    >>> mean_of_longer(1.0, 1.0)
    1.5
    """
    require_positive(one_s=one_s, other_s=other_s)
    return one_s + other_s - 1 / (1 / one_s + 1 / other_s)
