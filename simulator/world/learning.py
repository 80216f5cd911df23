"""What a model has learned: how it adds up features, and what it takes for granted.

The way to learn is linear discriminant analysis: the weights that set the means of two classes
apart the most, in terms of how far the features spread. From the world as it is it gives the best
model there could be; from a sample it gives one that is off by what the sample is off.

Source: Hastie, Tibshirani and Friedman, *The Elements of Statistical Learning*, 2nd ed., 2009,
section 4.3.
"""

from __future__ import annotations

from functools import lru_cache
from math import inf, log, sqrt
from typing import NamedTuple

import numpy as np


class Learned(NamedTuple):
    """What a model goes by.

    Attributes:
        weights: of the features; the sum is meant to have variance 1 in either class.
        mean: of the sum among negatives, as far as it knows.
        separation: distance of positives from negatives, in standard deviations, as far as it
            knows.
        positives: part of all requests that are positive, as far as it knows.
        threshold: a request that scores above it is taken for positive, in standard deviations
            above the mean.
        skill: correlation of its score with what the sum tells; the rest is noise.
    """

    weights: np.ndarray
    mean: float
    separation: float
    positives: float
    threshold: float
    skill: float = 1.0

    def log_odds(self) -> float:
        """Logarithm of how often a request of score 0 is positive, over how often it is not."""
        positives = self.positives
        if not 0 < positives < 1:
            return -inf if positives <= 0 else inf
        return log(positives / (1 - positives)) - self.separation**2 / 2


def discriminant(
    negatives: np.ndarray, positives: np.ndarray, spread: np.ndarray
) -> tuple[np.ndarray, float]:
    """The weights that set two classes apart the most.

    Args:
        negatives, positives: the mean of each feature, ``(features,)``.
        spread: covariances of the features within a class, ``(features, features)``.

    Returns:
        The weights, with which the sum has variance 1; and the distance of the classes then. Where
        there is nothing to be learned both are 0.
    """
    apart = positives - negatives
    weights, *_ = np.linalg.lstsq(spread, apart, rcond=1e-10)  # a constant feature tells nothing
    variance = float(weights @ spread @ weights)
    if variance <= 0:
        return np.zeros(len(apart)), 0.0
    weights = weights / sqrt(variance)
    return weights, float(weights @ apart)


def estimated(
    rng: np.random.Generator, negatives: int, positives: int, apart: np.ndarray, spread: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a sample of two normal classes is estimated to be like, without drawing each of it.

    Args:
        rng: where the sample comes from.
        negatives, positives: how many there are of either, 1 or more.
        apart: by how much their means differ, ``(features,)``.
        spread: covariances within a class, ``(features, features)``, positive definite.

    Returns:
        The mean of negatives, beside what it is in truth; that of positives; and the pooled
        covariances, which are those in truth if the sample is too small to estimate them.
    """
    root, width = np.linalg.cholesky(spread), len(apart)
    off = root @ rng.standard_normal((width, 2)) / np.sqrt([negatives, positives])
    freedom = negatives + positives - 2
    if freedom < width:
        return off[:, 0], apart + off[:, 1], spread
    # A Wishart matrix, as Bartlett decomposes it.
    triangle = np.tril(rng.standard_normal((width, width)), -1)
    triangle += np.diag(np.sqrt(rng.chisquare(freedom - np.arange(width))))
    half = root @ triangle
    return off[:, 0], apart + off[:, 1], half @ half.T / freedom


@lru_cache(maxsize=1024)  # the same in every run
def threshold_for(alarms: float, positives: float, separation: float) -> float:
    """The threshold above which a part of all scores lies, in standard deviations."""
    # Here, because it brings SciPy along, which most scenarios do without.
    from simulator.stats.theory import threshold_for_alarms

    if not 0 < alarms < 1:
        return inf if alarms <= 0 else -inf
    return threshold_for_alarms(alarms, positives, separation)


@lru_cache(maxsize=1024)
def separation_for(auc: float) -> float:
    """How far a model sets positives apart of which the area under the ROC curve is given."""
    from simulator.stats.theory import separation_of_auc

    return separation_of_auc(auc)
