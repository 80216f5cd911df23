"""Whom a limit or an active queue turns away."""

from __future__ import annotations

from math import sqrt

from simulator.stats.theory.limits import require_positive


def dead_time_loss(arrival_rate: float, dead_s: float) -> float:
    """Part of Poisson arrivals refused by whoever lets none pass for a time after each that passed.

    A counter of particles (type I) does that, and so does a rate limiter without a burst.

    Args:
        arrival_rate: arrivals a second (λ), above 0.
        dead_s: time after an arrival that passed in which no other passes, in seconds (τ), above 0.

    Returns:
        λτ / (1 + λτ), from 0 to 1: one passes in each dead time and the gap after it.

    Raises:
        ValueError: an argument is not above 0.

    Source:
        Karlin, Taylor, *A First Course in Stochastic Processes*, 2nd ed., 1975, chapter 5 (counter
        of type I).

    >>> dead_time_loss(arrival_rate=10, dead_s=0.3)
    0.75
    """
    require_positive(arrival_rate=arrival_rate, dead_s=dead_s)
    refused = arrival_rate * dead_s
    return refused / (1 + refused)


def codel_drop_times(interval_s: float, drops: int) -> list[float]:
    """When CoDel drops while the queue stays too long, in seconds after the first drop.

    Args:
        interval_s: of CoDel, in seconds, above 0.
        drops: how many after the first one, 0 or more.

    Returns:
        0 and the sums of interval / sqrt(k) for k = 1, 2, ..., shape ``(drops + 1,)``.

    Raises:
        ValueError: ``interval_s`` is not above 0.

    Source:
        RFC 8289, section 5.3 (control law).

    >>> [round(each, 3) for each in codel_drop_times(0.1, drops=2)]
    [0.0, 0.1, 0.171]
    """
    require_positive(interval_s=interval_s)
    times_s = [0.0]
    for count in range(1, drops + 1):
        times_s.append(times_s[-1] + interval_s / sqrt(count))
    return times_s
