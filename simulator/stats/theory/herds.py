"""Herds: many clients at once, or spread over a time, before a server of a steady rate.

Fluid formulas: clients are so many that they flow like water, and what chance does to their gaps is
small beside their number. Symbols: clients N, spread J, rate of the server c.
"""

from __future__ import annotations

from simulator.stats.theory.limits import require_positive


def herd_backlog(clients: float, spread_s: float, accept_rate: float) -> float:
    """The largest number that waits, when clients come evenly over a time.

    While they come the backlog grows by N / J - c each second; nobody waits if that is below 0.

    Args:
        clients: how many come (N), above 0.
        spread_s: time over which they come (J), 0 if at once.
        accept_rate: clients a second that the server takes (c), above 0.

    Returns:
        max(0, N - c J).

    Raises:
        ValueError: an argument is out of range.

    Source:
        Newell, *Applications of Queueing Theory*, 2nd ed., 1982, chapter 2 (cumulative curves).

    >>> herd_backlog(20_000, 10.0, accept_rate=500), herd_backlog(20_000, 60.0, accept_rate=500)
    (15000.0, 0.0)
    """
    _check(clients, spread_s, accept_rate)
    return float(max(0.0, clients - accept_rate * spread_s))


def herd_longest_wait(clients: float, spread_s: float, accept_rate: float) -> float:
    """How long the last of a herd waits: the backlog it finds over the rate.

    Arguments, errors and source as of ``herd_backlog``.

    >>> herd_longest_wait(20_000, 0.0, 500), herd_longest_wait(20_000, 10.0, accept_rate=500)
    (40.0, 30.0)
    """
    return herd_backlog(clients, spread_s, accept_rate) / accept_rate


def herd_mean_wait(clients: float, spread_s: float, accept_rate: float) -> float:
    """How long clients of a herd wait on average: half as long as the last.

    Arguments, errors and source as of ``herd_backlog``.

    >>> herd_mean_wait(20_000, 0.0, 500), herd_mean_wait(20_000, 60.0, accept_rate=500)
    (20.0, 0.0)
    """
    return herd_longest_wait(clients, spread_s, accept_rate) / 2


def herd_done(clients: float, spread_s: float, accept_rate: float) -> float:
    """When the last of a herd is served, counted from when the first may come: max(J, N / c).

    Arguments, errors and source as of ``herd_backlog``. Jitter below ``herd_least_spread`` does not
    make it later.

    >>> herd_done(20_000, 0.0, 500), herd_done(20_000, 10.0, 500), herd_done(20_000, 60.0, 500)
    (40.0, 40.0, 60.0)
    """
    return spread_s + herd_longest_wait(clients, spread_s, accept_rate)


def herd_least_spread(clients: float, accept_rate: float) -> float:
    """The shortest time to spread a herd over so that nobody waits: N / c.

    Arguments, errors and source as of ``herd_backlog``.

    >>> herd_least_spread(20_000, accept_rate=500)
    40.0
    """
    _check(clients, 0.0, accept_rate)
    return clients / accept_rate


def _check(clients: float, spread_s: float, accept_rate: float) -> None:
    require_positive(clients=clients, accept_rate=accept_rate)
    if spread_s < 0:
        raise ValueError(f"spread_s must be 0 or more, got {spread_s:g}")
