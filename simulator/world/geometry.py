"""Lengths and angles among features that depend on one another.

Two classes that lie a vector apart are told apart the better, the longer the vector is in terms of
how far the features spread in its direction: its length is that of Mahalanobis. Where features do
not depend on one another this is the length of every day.

Source: Mahalanobis, "On the generalised distance in statistics", *Proceedings of the National
Institute of Sciences of India* 2(1), 1936.
"""

from __future__ import annotations

from math import cos, sin, sqrt

import numpy as np


class Geometry:
    """Directions among features.

    Args:
        correlations: of the features, ``(features, features)``, positive definite, 1 each.
    """

    def __init__(self, correlations: np.ndarray) -> None:
        self.correlations = correlations
        self.is_plain = bool(np.array_equal(correlations, np.eye(len(correlations))))
        self._inverse = np.linalg.inv(correlations)

    def spread(self) -> np.ndarray:
        """What gives independent features these correlations, ``(features, features)``."""
        return np.linalg.cholesky(self.correlations)

    def inner(self, one: np.ndarray, other: np.ndarray) -> float:
        """The inner product in which a vector's length is how far it sets classes apart."""
        return float(one @ self._inverse @ other)

    def unit(self, vector: np.ndarray) -> np.ndarray:
        """The vector of length 1 in this direction; one without a direction stays as it is."""
        length = sqrt(self.inner(vector, vector))
        return vector / length if length > 0 else vector

    def weights(self, direction: np.ndarray, read: np.ndarray) -> np.ndarray:
        """Those with which the best model adds up the features that it reads; others get 0.

        Args:
            direction: in which the classes lie apart.
            read: which features it reads, of type bool.

        Returns:
            Scaled so that the sum has variance 1 in either class; all 0 where nothing is to be
            learned from what it reads.
        """
        weights = np.zeros(len(direction))
        inside = self.correlations[np.ix_(read, read)]
        weights[read] = np.linalg.solve(inside, direction[read])
        variance = float(weights @ self.correlations @ weights)
        return weights / sqrt(variance) if variance > 0 else weights

    def turned(self, direction: np.ndarray, place: int, angle: float) -> np.ndarray:
        """A direction of length 1, turned by an angle, in radians, towards a feature's own."""
        axis = np.zeros(len(direction))
        axis[place] = 1.0
        aside = axis - self.inner(axis, direction) * direction
        return cos(angle) * direction + sin(angle) * self.unit(aside)
