"""How many users a trial takes, and what it can see with those it has."""

from __future__ import annotations

from math import ceil, log, log1p, sqrt

from scipy.special import ndtr, ndtri

from simulator.stats.trials.checks import check_probability


def users_per_arm(
    control: float, treatment: float, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Users of each arm for a two-sided test of two proportions to have a power.

    Args:
        control, treatment: proportions that are to be told apart, strictly between 0 and 1.
        alpha: probability of a false alarm if they are equal, strictly between 0 and 1.
        power: probability of seeing the difference, strictly between ``alpha`` and 1.

    Raises:
        ValueError: a parameter is out of range, or the proportions are equal.

    Source:
        Fleiss, Levin and Paik, *Statistical Methods for Rates and Proportions*, 3rd ed., 2003,
        chapter 4, without the continuity correction.

    >>> round(users_per_arm(0.05, 0.055))
    31231
    """
    _check_arms(control, treatment)
    if control == treatment:
        raise ValueError(f"no number of users tells {control:g} from itself")
    variances = control * (1 - control), treatment * (1 - treatment)
    return users_of_trial(variances, treatment - control, alpha, power) / 2


def users_of_trial(
    variances: tuple[float, float],
    difference: float,
    alpha: float = 0.05,
    power: float = 0.8,
    share: float = 0.5,
) -> float:
    """Users of both arms together for a two-sided test of two means to have a power.

    Args:
        variances: of the values in the control and in the treatment, above 0.
        difference: that is to be seen, of the means; any number but 0.
        alpha: probability of a false alarm if there is none, strictly between 0 and 1.
        power: probability of seeing the difference, strictly between ``alpha`` and 1.
        share: part of the users in the treatment arm, strictly between 0 and 1.

    Raises:
        ValueError: a parameter is out of range.

    >>> round(users_of_trial((1.0, 1.0), 0.1))
    3140
    """
    check_probability(alpha=alpha, power=power, share=share)
    if power <= alpha:
        raise ValueError(f"power must be above alpha ({alpha:g}), got {power:g}")
    if not min(variances) > 0 or difference == 0:
        raise ValueError(f"variances and difference must not be 0: {variances}, {difference:g}")
    reach = float(ndtri(1 - alpha / 2) + ndtri(power))
    spread = variances[0] / (1 - share) + variances[1] / share
    return reach**2 * spread / difference**2


def power_of_trial(
    control: float, treatment: float, users: float, alpha: float = 0.05, share: float = 0.5
) -> float:
    """The probability that a two-sided test of two proportions sees their difference.

    Args:
        control, treatment: true proportions, strictly between 0 and 1.
        users: of both arms together, above 0.
        alpha: probability of a false alarm, strictly between 0 and 1.
        share: part of the users in the treatment arm, strictly between 0 and 1.

    Returns:
        A probability; ``alpha`` if the proportions are equal.

    Raises:
        ValueError: a parameter is out of range.

    >>> round(power_of_trial(0.05, 0.055, users=2 * 31_231), 3)
    0.8
    """
    _check_arms(control, treatment)
    check_probability(alpha=alpha, share=share)
    if not users > 0:
        raise ValueError(f"a trial needs users, got {users:g}")
    treated, others = users * share, users * (1 - share)
    error = sqrt(treatment * (1 - treatment) / treated + control * (1 - control) / others)
    shift, bound = (treatment - control) / error, float(ndtri(1 - alpha / 2))
    return float(ndtr(shift - bound) + ndtr(-shift - bound))


def cost_of_split(share: float) -> float:
    """How many times as many users an uneven split takes as an even one.

    Args:
        share: part of the users in one of the arms, strictly between 0 and 1.

    Raises:
        ValueError: the share is out of range.

    >>> round(cost_of_split(0.01), 2)  # a canary of 1 %
    25.25
    """
    check_probability(share=share)
    return 1 / (4 * share * (1 - share))


def design_effect(cluster: float, correlation: float) -> float:
    """How many times the variance grows if what is counted comes in clusters.

    Requests of one user resemble one another. A test that takes them for independent has too many
    false alarms, as if it had counted each user several times.

    Args:
        cluster: mean number in a cluster, such as requests of a user; 1 or greater.
        correlation: of two of the same cluster (intraclass correlation), from 0 to 1.

    Raises:
        ValueError: a parameter is out of range.

    Source:
        Kish, *Survey Sampling*, 1965, section 5.4.

    >>> design_effect(10, 0.05)
    1.45
    """
    if not cluster >= 1:
        raise ValueError(f"a cluster has one member at least, got {cluster:g}")
    if not 0 <= correlation <= 1:
        raise ValueError(f"correlation must lie from 0 to 1, got {correlation:g}")
    return 1 + (cluster - 1) * correlation


def false_alarms_of_clusters(effect: float, alpha: float = 0.05) -> float:
    """The probability of a false alarm of a test that takes clustered values for independent ones.

    Args:
        effect: the ``design_effect``, above 0.
        alpha: of the test if they were independent, strictly between 0 and 1.

    Raises:
        ValueError: a parameter is out of range.

    >>> round(false_alarms_of_clusters(design_effect(10, 0.3)), 2)
    0.31
    """
    check_probability(alpha=alpha)
    if not effect > 0:
        raise ValueError(f"a design effect must be above 0, got {effect:g}")
    return 2 * float(ndtr(ndtri(alpha / 2) / sqrt(effect)))


def users_to_see_one(probability: float, confidence: float = 0.95) -> int:
    """Users it takes to see a rare failure once, with this confidence (the rule of three).

    Args:
        probability: that a user meets it, strictly between 0 and 1.
        confidence: strictly between 0 and 1.

    Raises:
        ValueError: a parameter is out of range.

    Source:
        Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", *JAMA* 249(13),
        1983.

    >>> users_to_see_one(0.001)
    2995
    """
    check_probability(probability=probability, confidence=confidence)
    return ceil(log(1 - confidence) / log1p(-probability))


def _check_arms(control: float, treatment: float) -> None:
    check_probability(control=control, treatment=treatment)
