"""Regret: what it costs to learn which of several arms is the best while one has to choose.

The regret of n calls is by how much their rewards are expected to fall short of n calls to the best
arm. It is in the unit of the rewards, which are 0 or 1 here.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log, pi

import numpy as np
from scipy.special import bdtr


def equal_split_regret(means: Sequence[float], calls: float) -> float:
    """Regret if every arm gets as many calls, as in a test of fixed length.

    Args:
        means: probability of a reward of each arm, 0 to 1; one arm at least.
        calls: to all arms together, 0 or greater.

    >>> equal_split_regret([0.25, 0.5], calls=10_000)
    1250.0
    """
    return calls * (max(means) - sum(means) / len(means))


def lai_robbins_slope(means: Sequence[float]) -> float:
    """The least regret there can be for each unit of the logarithm of the number of calls.

    No policy that is good whatever the means are has a smaller limit of regret over ln n.

    Args:
        means: probability of a reward of each arm, strictly between 0 and 1.

    Raises:
        ValueError: a mean is out of range.

    Source:
        Lai and Robbins, "Asymptotically efficient adaptive allocation rules", *Advances in Applied
        Mathematics* 6(1), 1985.

    >>> round(lai_robbins_slope([0.5, 0.6]), 2)
    4.9
    """
    if not all(0 < mean < 1 for mean in means):
        raise ValueError(f"means must lie strictly between 0 and 1, got {list(means)}")
    best = max(means)
    return sum((best - mean) / _divergence(mean, best) for mean in means if mean < best)


def _divergence(mean: float, best: float) -> float:
    """Of Kullback and Leibler, from an arm to the best one, in nats."""
    return mean * log(mean / best) + (1 - mean) * log((1 - mean) / (1 - best))


def ucb1_regret_bound(means: Sequence[float], calls: float) -> float:
    """The most regret that the policy UCB1 can have, asked after every call.

    Args:
        means: of the rewards of each arm, which lie from 0 to 1.
        calls: 1 or more.

    Source:
        Auer, Cesa-Bianchi and Fischer, "Finite-time analysis of the multiarmed bandit problem",
        *Machine Learning* 47, 2002, theorem 1.

    >>> round(ucb1_regret_bound([0.5, 0.6], calls=10_000))
    737
    """
    gaps = [max(means) - mean for mean in means if mean < max(means)]
    return sum(8 * log(calls) / gap + (1 + pi**2 / 3) * gap for gap in gaps)


def explore_then_commit_regret(good: float, bad: float, explored: int, calls: int) -> float:
    """Regret of two arms that get as many calls each at first, and then only the better one any.

    Where both had as many rewards, calls go on to either in equal parts.

    Args:
        good, bad: probabilities of a reward, 0 <= bad <= good <= 1.
        explored: calls to each arm at first, 1 or more.
        calls: to both together, at least twice that.

    Source:
        Lattimore and Szepesvari, *Bandit Algorithms*, 2020, chapter 6; here the probability of
        committing to the wrong arm is that of two binomial numbers instead of a bound.

    >>> round(explore_then_commit_regret(0.6, 0.5, explored=100, calls=10_000), 1)
    85.8
    """
    rewards = np.arange(explored + 1)
    up_to_good, up_to_bad = (bdtr(rewards, explored, arm) for arm in (good, bad))
    of_good, of_bad = (np.diff(each, prepend=0.0) for each in (up_to_good, up_to_bad))
    # The bad one has more rewards, or as many and is chosen by luck.
    wrong = float(of_bad @ (up_to_good - of_good / 2))
    return (good - bad) * (explored + wrong * (calls - 2 * explored))
