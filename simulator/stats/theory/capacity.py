"""Capacity that comes late: fluid approximations, in which requests are a stream and not single.

They leave out chance, and hold where rates are far apart compared with how much they vary.
"""

from __future__ import annotations

from math import ceil


def backlog_after(arrival_rate: float, service_rate: float, replicas: int, lasts_s: float) -> float:
    """Requests that wait when an overload has lasted for a time, none having waited before.

    Args:
        arrival_rate: requests a second that come (λ), 0 or greater.
        service_rate: requests a second that one replica serves (μ), above 0.
        replicas: how many there are meanwhile.
        lasts_s: time until there are more: to notice, and to start them.

    Returns:
        (λ - n μ) t, or 0 if that is no overload.

    Source:
        Newell, *Applications of Queueing Theory*, 2nd ed., 1982, chapter 2 (fluid approximation).

    >>> backlog_after(150, 10, 7, 15 + 60), backlog_after(150, 10, 7, 15 + 240)
    (6000, 20400)
    """
    return max(0, (arrival_rate - replicas * service_rate) * lasts_s)


def drain_time(backlog: float, arrival_rate: float, service_rate: float, replicas: int) -> float:
    """Time until nobody waits any more, in seconds.

    Args:
        backlog: requests that wait, 0 or greater.
        arrival_rate: requests a second that still come (λ).
        service_rate: requests a second that one replica serves (μ), above 0.
        replicas: how many there are now.

    Returns:
        backlog / (n μ - λ): what is left over of the capacity works it off.

    Raises:
        ValueError: nothing is left over.

    Source:
        Newell, *Applications of Queueing Theory*, 2nd ed., 1982, chapter 2 (fluid approximation).

    >>> drain_time(6000, 150, 10, 20), drain_time(20400, 150, 10, 20)
    (120.0, 408.0)
    """
    spare = replicas * service_rate - arrival_rate
    if spare <= 0:
        raise ValueError(
            f"{replicas} replica(s) of {service_rate:g}/s each have nothing left over for a "
            f"backlog while {arrival_rate:g}/s come"
        )
    return backlog / spare


def rolling_update_time(replicas: int, surge: int, unavailable: int, ready_s: float) -> float:
    """Time that a rolling update takes if replicas end at once and take the same time to start.

    Args:
        replicas: wanted, 1 or more.
        surge: how many there may be beyond these.
        unavailable: how many of these may be missing.
        ready_s: from the beginning of a replica until it is ready, in seconds.

    Returns:
        ceil(N / (surge + unavailable)) waves of that time.

    Raises:
        ValueError: neither more nor fewer are allowed, so that nothing can be replaced.

    >>> rolling_update_time(10, 3, 2, 60), rolling_update_time(10, 3, 0, 60)
    (120, 240)
    """
    if surge + unavailable < 1:
        raise ValueError("an update needs a replica more or a replica fewer, at least for a while")
    return ceil(replicas / (surge + unavailable)) * ready_s


def lost_to_stale_lists(arrival_rate: float, replicas: int, propagation_s: float) -> float:
    """Requests that fail since a replica stops before those who send to it know that.

    Args:
        arrival_rate: requests a second to the whole group (λ).
        replicas: that share them.
        propagation_s: until senders know, beyond what the replica waits for before it stops.

    Returns:
        λ / n times that time, for each replica that stops.

    >>> lost_to_stale_lists(100, 10, 2.0)
    20.0
    """
    return arrival_rate / replicas * propagation_s
