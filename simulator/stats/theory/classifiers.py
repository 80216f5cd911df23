"""What a model makes of what it sees: two bell curves, one of either class.

A score is normal with variance 1 among negatives and among positives; the distance of their means
is the *separation* d' of signal detection theory. Everything else follows from it: the area under
the ROC curve, how many are caught at which price, and what is left of both when the world turns
away from what a model has learned, or when features are missing or old.

Source: Green and Swets, *Signal Detection Theory and Psychophysics*, 1966; for the ROC curve of two
normal distributions, Hanley, "The robustness of the 'binormal' assumptions used in fitting ROC
curves", *Medical Decision Making* 8(3), 1988.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, inf, log, sqrt

from scipy.special import ndtr, ndtri

from simulator.stats.theory.roots import root_of


def auc_of_separation(separation: float) -> float:
    """The area under the ROC curve: how often a positive scores above a negative.

    Args:
        separation: d', any number; below 0 the model is worse than a coin.

    >>> round(auc_of_separation(2.0), 4)
    0.9214
    """
    return float(ndtr(separation / sqrt(2)))


def separation_of_auc(auc: float) -> float:
    """The separation of a model of which the area under the ROC curve is known.

    Raises:
        ValueError: the area is not strictly between 0 and 1.

    >>> round(separation_of_auc(0.9214), 3)
    2.0
    """
    if not 0 < auc < 1:
        raise ValueError(f"the area must lie strictly between 0 and 1, got {auc:g}")
    return sqrt(2) * float(ndtri(auc))


def caught_and_false(separation: float, threshold: float) -> tuple[float, float]:
    """The part of the positives, and of the negatives, that scores above a threshold.

    Args:
        separation: d'.
        threshold: in standard deviations above the mean of the negatives.

    >>> caught, false = caught_and_false(2.0, threshold=1.0)
    >>> round(caught, 4), round(false, 4)
    (0.8413, 0.1587)
    """
    return float(ndtr(separation - threshold)), float(ndtr(-threshold))


def threshold_for_alarms(alarms: float, positives: float, separation: float) -> float:
    """The threshold above which a given part of all scores lies.

    Args:
        alarms: the part, strictly between 0 and 1.
        positives: part of all that are positive, from 0 to 1.
        separation: d', 0 or greater.

    Raises:
        ValueError: a parameter is out of range.

    >>> round(threshold_for_alarms(0.05, positives=0.05, separation=2.0), 3)
    1.954
    """
    if not 0 < alarms < 1 or not 0 <= positives <= 1 or separation < 0:
        raise ValueError("a part lies between 0 and 1, and a separation is not below 0")

    def excess(threshold: float) -> float:
        caught, false = caught_and_false(separation, threshold)
        return positives * caught + (1 - positives) * false - alarms

    bound = float(ndtri(1 - alarms))  # of the negatives alone
    return root_of(excess, bound - 1e-9, bound + separation + 1e-9)


def cheapest_threshold(
    positives: float, separation: float, cost_of_miss: float, cost_of_false_alarm: float
) -> float:
    """The threshold at which the expected cost of wrong answers is least.

    Args:
        positives: part of all that are positive, strictly between 0 and 1.
        separation: d', above 0.
        cost_of_miss, cost_of_false_alarm: compared with right answers, any unit, 0 or greater and
            not both 0.

    Returns:
        In standard deviations above the mean of the negatives; infinite where one of the costs is
        nothing.

    Raises:
        ValueError: a parameter is out of range.

    >>> round(cheapest_threshold(0.5, separation=2.0, cost_of_miss=1, cost_of_false_alarm=1), 6)
    1.0
    """
    if not 0 < positives < 1 or separation <= 0:
        raise ValueError("positives lie strictly between 0 and 1, and a separation is above 0")
    if min(cost_of_miss, cost_of_false_alarm) < 0 or cost_of_miss + cost_of_false_alarm == 0:
        raise ValueError("costs must not be negative, and not both 0")
    if cost_of_miss == 0:
        return inf
    if cost_of_false_alarm == 0:
        return -inf
    odds = (1 - positives) * cost_of_false_alarm / (positives * cost_of_miss)
    return separation / 2 + log(odds) / separation


def separation_left(
    separation: float,
    turned: float = 0.0,
    skill: float = 1.0,
    weights: Sequence[float] = (1.0,),
    kept: Sequence[float] | None = None,
) -> float:
    """What is left of the separation for a model that is not up to date.

    A model adds up features with the weights that were right when it was trained. The world has
    turned away from these since; of each feature a part of the signal is kept, 1 if it is read as
    it is, exp(-age / correlation time) if it is old, and none if it is missing and filled in.

    Args:
        separation: d' of the best model there could be.
        turned: angle between the weights then and now, in radians.
        skill: correlation of the model's score with that of the best one when it was trained, 0 to
            1.
        weights: of the features, any scale, not all 0.
        kept: of each feature, from 0 to 1, where 0 means missing; all of all if not given. Exact
            while nothing has turned, or nothing is missing or old.

    >>> round(separation_left(2.0, skill=0.9, weights=[0.6, 0.8], kept=[1.0, 0.0]), 3)
    0.934
    """
    squares = [each**2 for each in weights]
    parts = [1.0] * len(squares) if kept is None else kept
    signal = sum(square * part for square, part in zip(squares, parts, strict=True)) / sum(squares)
    noise = sum(square for square, part in zip(squares, parts, strict=True) if part) / sum(squares)
    spread = sqrt(skill**2 * noise + 1 - skill**2)
    return separation * cos(turned) * skill * signal / spread if spread else 0.0


def separation_of_sample(
    separation: float,
    features: int,
    negatives: float,
    positives: float,
    knows_spread: bool = False,
) -> float:
    """The separation that is left to a linear discriminant which was learned from a sample.

    The means of the classes are off by chance, and the more so the fewer there are of either; to
    estimate the spread as well costs another part, 29 % where there are twice as many requests as
    features.

    Args:
        separation: d' of the best model there could be.
        features: how many it adds up, 1 or more.
        negatives, positives: how many of either it was trained on.
        knows_spread: whether it need not estimate how features spread and depend on one another.

    Returns:
        As it is typical for large samples, in which it is right to first order; 0 where there are
        not more requests than features.

    Raises:
        ValueError: a parameter is out of range.

    Source: Raudys and Young, "Results in statistical discriminant analysis: a review of the former
    Soviet Union literature", *Journal of Multivariate Analysis* 89(1), 2004, equations for the
    Euclidean distance and the standard Fisher classifier.

    >>> round(separation_of_sample(2.0, features=10, negatives=50, positives=50), 3)
    1.807
    """
    if separation < 0 or features < 1 or min(negatives, positives) <= 0:
        raise ValueError("a separation is not below 0, and there is something of everything else")
    off = features * (1 / negatives + 1 / positives)
    left = separation**2 / sqrt(separation**2 + off)
    if knows_spread:
        return left
    freedom = negatives + positives - 2
    return left * sqrt(1 - features / freedom) if freedom > features else 0.0
