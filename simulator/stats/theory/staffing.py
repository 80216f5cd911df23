"""How many servers a load takes: a safety margin that grows with the root of the load."""

from __future__ import annotations

import math

from scipy.special import ndtr

from simulator.stats.theory.limits import require_positive

ROUNDING = 1e-9  # so that 100 + 1 · √100 is 110 and not the next whole number


def square_root_staffing(offered_load: float, margin: float) -> int:
    """Servers for a load plus ``margin`` times its root.

    Args:
        offered_load: arrival rate over service rate (R), in erlangs, above 0.
        margin: β, above 0; about 1 for a wait now and then, 2 or more for hardly ever one.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Halfin and Whitt, "Heavy-traffic limits for queues with many exponential servers",
        *Operations Research* 29(3), 1981.

    >>> square_root_staffing(offered_load=100, margin=1)
    110
    """
    require_positive(offered_load=offered_load, margin=margin)
    return math.ceil(offered_load + margin * math.sqrt(offered_load) - ROUNDING)


def staffing_margin(offered_load: float, servers: int) -> float:
    """The margin β that a number of servers has over a load, in roots of the load.

    Raises:
        ValueError: the load is not above 0.

    >>> staffing_margin(offered_load=100, servers=110)
    1.0
    """
    require_positive(offered_load=offered_load)
    return (servers - offered_load) / math.sqrt(offered_load)


def halfin_whitt_wait_probability(margin: float) -> float:
    """Probability of a wait in the limit of a large M/M/c system with c = R + β √R servers.

    Of a system of some hundred servers it is a few per cent below the exact Erlang C.

    Args:
        margin: β, above 0.

    Raises:
        ValueError: the margin is not above 0.

    Source:
        Halfin and Whitt, "Heavy-traffic limits for queues with many exponential servers",
        *Operations Research* 29(3), 1981, proposition 1.

    >>> round(halfin_whitt_wait_probability(1.0), 4)
    0.2234
    """
    require_positive(margin=margin)
    density = math.exp(-(margin**2) / 2) / math.sqrt(2 * math.pi)
    return density / (density + margin * float(ndtr(margin)))
