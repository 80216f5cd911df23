"""Whether a run kept up with its load, so that its averages may be believed.

The mean latency of an overloaded system depends on how long one looks, not on the system. The
verdict is read off the number of requests in the system and off what became of them:

* ``overloaded``: a tenth or more of the arrivals was shed, or the number in the system rose
  throughout the window, about as much in the last quarter as in those before.
* ``backlogged``: it did not rise throughout, but ended far above where it mostly was: something
  temporary, or something late, left work behind that has not drained.
* ``too short to tell``: too little was seen to say any of this.
* ``stable``: none of the above.

A busy queue wanders, and a short look at one that wanders up looks like overload. So what counts
must be a visible share of the arrivals, and more than chance. A rise that is visible but within
chance makes the window too short to tell.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Verdict = Literal["stable", "backlogged", "overloaded", "too short to tell"]

FEWEST_INTERVALS = 10
FEWEST_REQUESTS = 100  # finished in the window
SHED_RATIO = 0.1  # a bounded system offered 1.11 times its capacity sheds this much
BACKLOG_RATIO = 0.01  # of the arrivals, that is, of the window to work it off
CHANCE = 2.5  # standard deviations; a fluke in one window out of 160
EVEN = 1 / 4  # least rise from quarter to quarter, over the average one, of a steady rise

# A first come first served system without any capacity left answers requests that waited for
# half of the time so far on average: overload alone never leaves fewer latencies than this.
FEWEST_LATENCIES_OVERLOADED = 2
FEWEST_LATENCIES_STABLE = 10


def verdict(
    in_flight: ArrayLike,
    arrived: int,
    answered: int,
    shed: int,
    window_s: float,
    mean_latency_s: float,
) -> Verdict:
    """Say whether a run was stable over the measured window.

    Args:
        in_flight: number of requests in the system, averaged over each of n equal intervals of
            the window in order, shape ``(n,)``. 20 to 100 intervals serve well.
        arrived: requests that arrived in the window.
        answered: of these, how many were answered in the window, whether ok or failed.
        shed: of these, how many were rejected or timed out.
        window_s: length of the window in seconds, above 0, warm-up excluded.
        mean_latency_s: mean latency of the answered requests in seconds; nan if there were none.

    Returns:
        ``stable``, ``backlogged``, ``overloaded`` or ``too short to tell``.

    Raises:
        ValueError: a count is negative, the window is not above 0, or ``in_flight`` is not a 1-d
            array of finite numbers.
    """
    in_flight = np.asarray(in_flight, float)
    _check(in_flight, min(arrived, answered, shed), window_s)
    if in_flight.size < FEWEST_INTERVALS or answered + shed < FEWEST_REQUESTS:
        return "too short to tell"
    if shed >= SHED_RATIO * arrived:
        return "overloaded"
    if window_s < FEWEST_LATENCIES_OVERLOADED * mean_latency_s:
        return "too short to tell"
    if _rises_throughout(in_flight, arrived):
        return "overloaded" if _rises_beyond_chance(in_flight) else "too short to tell"
    if _ends_behind(in_flight, arrived):
        return "backlogged"
    if answered < FEWEST_REQUESTS or window_s < FEWEST_LATENCIES_STABLE * mean_latency_s:
        return "too short to tell"
    return "stable"


def _rises_throughout(in_flight: np.ndarray, arrived: int) -> bool:
    """Whether the number in the system rose visibly, and by its share in every quarter."""
    quarters = [part.mean() for part in np.array_split(in_flight, 4)]
    rises = np.diff(quarters)
    growth = in_flight[-1] - in_flight[0]
    return bool(rises.min() > EVEN * rises.mean() and growth >= BACKLOG_RATIO * arrived)


def _rises_beyond_chance(in_flight: np.ndarray) -> bool:
    """Whether the rise exceeds what the steps between intervals add up to without a drift."""
    steps = np.diff(in_flight)
    # Averaging over intervals smooths a random walk: its steps keep 2/3 of their variance, the
    # rest went into the correlation of neighbors. Hence 3/2.
    noise = np.sqrt(1.5 * steps.size) * steps.std(ddof=1)
    return bool(steps.sum() > CHANCE * noise)


def _ends_behind(in_flight: np.ndarray, arrived: int) -> bool:
    """Whether the last tenth stands at twice the usual level or more, and not by chance.

    Usual is the lower quartile, which a backlog that has been there for most of the window
    leaves alone. Chance is measured by a queue at exactly its capacity with Poisson arrivals and
    exponential service: ``arrived`` steps up and as many down.
    """
    usual = np.quantile(in_flight, 0.25)
    end = in_flight[-max(1, in_flight.size // 10) :].mean()
    by_chance = CHANCE * np.sqrt(2 * arrived)
    return bool(end >= 2 * usual and end - usual > max(BACKLOG_RATIO * arrived, by_chance))


def _check(in_flight: np.ndarray, least_count: int, window_s: float) -> None:
    if in_flight.ndim != 1 or not np.isfinite(in_flight).all():
        raise ValueError("in_flight must be a 1-d array of finite numbers, one an interval")
    if least_count < 0:
        raise ValueError(f"counts of requests cannot be negative, got {least_count}")
    if not window_s > 0:
        raise ValueError(f"the window must be longer than 0 s, got {window_s:g}")
