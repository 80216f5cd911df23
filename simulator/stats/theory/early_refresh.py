"""Probabilistic early refresh of a hot key (XFetch): how early, how often too late, how many loads.

Requests for the key are Poisson with rate λ. One that comes u seconds before the entry expires
loads it with probability exp(-u / (β δ)), where δ is the time that a load takes; after expiry every
request does. The first request that loads is thus the first event of a Poisson process of a rate
that grows towards expiry, and m = λ β δ is how many of them there would be before it on average.
"""

from __future__ import annotations

from math import exp, expm1, log

import numpy as np
from scipy.special import exp1

from simulator.stats.theory.limits import require_positive


def xfetch_expiry_probability(arrival_rate: float, load_s: float, beta: float = 1.0) -> float:
    """Chance that no request loads the entry before it expires: exp(-λ β δ).

    Args:
        arrival_rate: requests a second for the key (λ), above 0.
        load_s: time of a load (δ) in seconds, above 0 and far below the time to live.
        beta: how eager (β), above 0.

    Raises:
        ValueError: an argument is not above 0.

    Source:
        The rule is that of Vattani, Chierichetti and Lowenstein, "Optimal probabilistic cache
        stampede prevention", PVLDB 8(8), 2015; the integrals follow from it.

    >>> round(xfetch_expiry_probability(arrival_rate=30, load_s=0.1), 4)  # exp(-3)
    0.0498
    """
    return exp(-_expected(arrival_rate, load_s, beta))


def xfetch_mean_gap(arrival_rate: float, load_s: float, beta: float = 1.0) -> float:
    """Mean time in seconds from the first load to the expiry that it forestalls; 0 if it is late.

    βδ times the integral of (1 - exp(-x)) / x from 0 to m.

    Args, errors and source: as for :func:`xfetch_expiry_probability`.
    """
    expected = _expected(arrival_rate, load_s, beta)
    return beta * load_s * (float(exp1(expected)) + log(expected) + float(np.euler_gamma))


def xfetch_extra_loads(arrival_rate: float, load_s: float, beta: float = 1.0) -> float:
    """Mean number of loads begun while the first one is under way, if nothing coalesces them.

    Without early refresh there would be λδ. The first load is at u seconds before expiry with
    x = m exp(-u / (βδ)) exponential up to m; with it, the chance of the others is integrated over
    the δ seconds of the first load.

    Args, errors and source: as for :func:`xfetch_expiry_probability`.
    """
    expected = _expected(arrival_rate, load_s, beta)
    early = expected * exp(-1 / beta)  # x of a load that is back just at the expiry
    in_time = expm1(1 / beta) * (1 - (1 + early) * exp(-early))
    before = exp(-expected) + (expected - early - 1) * exp(-early)
    after = expected * float(exp1(early) - exp1(expected))
    return in_time + before + after


def _expected(arrival_rate: float, load_s: float, beta: float) -> float:
    require_positive(arrival_rate=arrival_rate, load_s=load_s, beta=beta)
    return arrival_rate * beta * load_s
