"""What a release costs while a judge learns, and on the way back."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from simulator.stats.theory.limits import require_positive


def passes_two_proportions(
    calls: tuple[float, float], ratios: tuple[float, float], alpha: float
) -> float:
    """Probability that one look at two proportions lets the candidate pass.

    Calls fail independently of one another; the test is one-sided, with the pooled variance, and
    its distribution is summed exactly over the numbers of failures of both arms.

    Args:
        calls: of the control arm and of the candidate, above 0; rounded to whole calls.
        ratios: failed part of either, 0 to 1.
        alpha: nominal probability of failing a candidate that is as good, 0 to 1.

    Returns:
        0 to 1.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Fleiss, Levin and Paik, *Statistical Methods for Rates and Proportions*, 3rd ed., 2003,
        chapter 3.

    >>> round(passes_two_proportions((59_400, 600), (0.01, 0.02), 0.01), 2)
    0.48
    """
    require_positive(calls=min(calls))
    if not all(0 <= each <= 1 for each in (*ratios, alpha)):
        raise ValueError(f"ratios and alpha must be 0 to 1, found {ratios} and {alpha}")
    bound = NormalDist().inv_cdf(1 - alpha)
    many = [round(each) for each in calls]
    (before, p), (after, q) = map(_failures, many, ratios)
    pooled = (before[:, np.newaxis] + after) / sum(many)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / many[0] + 1 / many[1]))
    passes = after / many[1] - before[:, np.newaxis] / many[0] <= bound * spread
    return float(p @ passes @ q)


def _failures(calls: int, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of failures that may well be, and the probability of each, as wholes of 1."""
    from scipy.stats import binom

    low, high = binom.interval(1 - 1e-12, calls, ratio)
    failures = np.arange(max(0.0, low), high + 1)
    probability = binom.pmf(failures, calls, ratio)
    return failures, probability / probability.sum()


def excess_failures(
    shares: Sequence[float], calls: float, good: float, bad: float, alpha: float
) -> float:
    """Failures that a bad version causes beyond those of the old one, until it is taken back.

    It gets a share of the calls, then the next one if a judge lets it pass at the end of the step:
    one look at the two proportions of this step, at one side. What has all calls is compared with
    nothing.

    Args:
        shares: of the steps, in order, above 0 and up to 1.
        calls: of both versions together in a step, above 0.
        good, bad: failed part of the calls of the old and of the new version.
        alpha: of each look.

    Returns:
        The expected number, over all steps.

    Raises:
        ValueError: an argument is out of range.

    >>> [round(excess_failures(each, 60_000, 0.01, 0.02, 0.01)) for each in ([0.1, 1], [1])]
    [60, 600]
    """
    if not all(0 < share <= 1 for share in shares):
        raise ValueError(f"shares must be above 0 and up to 1, found {list(shares)}")
    total, still_there = 0.0, 1.0
    for share in shares:
        total += still_there * share * calls * (bad - good)
        if share < 1:
            split = (calls * (1 - share), calls * share)
            still_there *= passes_two_proportions(split, (good, bad), alpha)
    return total


def exposure_of_rollback(waves: int, wave_s: float) -> float:
    """Seconds for which a new version that all have goes on having all users, in effect.

    A rollback in equal waves takes the new version from another part of the users at the end of
    each: the share, summed over time.

    Args:
        waves: 1 or more.
        wave_s: time that each takes in seconds, 0 or more.

    >>> exposure_of_rollback(4, 60), exposure_of_rollback(1, 2)
    (150.0, 2.0)
    """
    if waves < 1 or wave_s < 0:
        raise ValueError(f"found {waves} waves of {wave_s} s; must be 1 or more, of 0 s or more")
    return wave_s * (waves + 1) / 2
