"""Money for capacity: what a thousand answers cost, and how much of a fleet to reserve."""

from __future__ import annotations

from math import asin, pi, sin, sqrt

from simulator.stats.theory.limits import require_positive, require_share


def cost_per_thousand(price_per_hour: float, goodput: float) -> float:
    """Dollars for a thousand answers of a machine that gives so many good ones a second.

    >>> cost_per_thousand(3.6, 50.0)
    0.02
    """
    require_positive(goodput=goodput)
    return price_per_hour / (3.6 * goodput)


def critical_fractile(reserved: float, on_demand: float) -> float:
    """The quantile of the demand that should be reserved: 1 - c_r / c_o.

    A reserved machine is paid all the time. It is worth it while it is needed for more than the
    part c_r / c_o of it, at which as much would be paid on demand: the newsvendor's problem.

    Args:
        reserved: price of a machine for an hour, needed or not.
        on_demand: price of one for an hour in which it is needed; not less.

    >>> round(critical_fractile(0.6, 1.0), 9)
    0.4
    """
    require_positive(on_demand=on_demand)
    require_share(reserved=reserved / on_demand)
    return 1 - reserved / on_demand


def sine_quantile(mean: float, amplitude: float, q: float) -> float:
    """The q-quantile of a demand that goes up and down as a sine does (the arcsine law).

    >>> [round(sine_quantile(10.0, 5.0, q), 2) for q in (0.0, 0.25, 0.5, 1.0)]
    [5.0, 6.46, 10.0, 15.0]
    """
    require_share(q=q)
    return mean + amplitude * sin(pi * (q - 0.5))


def mixed_cost(
    reserve: float, mean: float, amplitude: float, reserved: float, on_demand: float
) -> float:
    """Dollars an hour for a demand that goes as a sine, of which a part is reserved.

    What the demand exceeds the reserve by is paid on demand:
    c_r r + c_o E[(N - r)+], with N = m + a sin.

    Args:
        reserve: machines that are reserved.
        mean, amplitude: of the demand, in machines.
        reserved, on_demand: prices of a machine for an hour.

    >>> [round(mixed_cost(reserve, 10.0, 5.0, 0.6, 1.0), 6) for reserve in (0.0, 15.0)]
    [10.0, 9.0]
    """
    if amplitude == 0:
        return reserved * reserve + on_demand * max(0.0, mean - reserve)
    at = min(1.0, max(-1.0, (reserve - mean) / amplitude))
    # E[(sin - at)+] over a period: the part above, and its mean.
    above = (sqrt(1 - at * at) - at * (pi / 2 - asin(at))) / pi
    beyond = max(0.0, mean - amplitude - reserve)  # what is needed even when least is
    return reserved * reserve + on_demand * (amplitude * above + beyond)
