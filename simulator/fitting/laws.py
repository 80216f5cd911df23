"""Laws of probability as the fitting needs them: SciPy's, and mixtures of them.

A mixture's parameters are found by expectation and maximization: each value belongs to each part
with some probability; the parts are fitted to the values so weighted; and so on until the
likelihood no longer rises.

Source: Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM algorithm",
*J. Royal Statistical Society B* 39(1), 1977.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.special import logsumexp

MOST_STEPS = 500
SETTLED = 1e-3  # rise of the log-likelihood in a step that is none: criteria differ by more
GROUPS = 20_000  # of neighboring values; more make the search slow and no better
NARROWEST = 0.02  # width of a part of a mixture over that of all data, in logarithms


class Law(Protocol):
    """What is asked of a continuous law; arrays in, arrays out."""

    def cdf(self, x: Any) -> Any: ...

    def sf(self, x: Any) -> Any: ...

    def logpdf(self, x: Any) -> Any: ...


class Mixed:
    """One of several laws, each with its probability."""

    def __init__(self, weights: ArrayLike, laws: Sequence[Law]) -> None:
        self.weights = np.asarray(weights)
        self.laws = laws

    def cdf(self, x: Any) -> Any:
        return sum(w * law.cdf(x) for w, law in zip(self.weights, self.laws))

    def sf(self, x: Any) -> Any:
        return sum(w * law.sf(x) for w, law in zip(self.weights, self.laws))

    def logpdf(self, x: Any) -> Any:
        return logsumexp(self.joint(x), axis=0)

    def joint(self, x: np.ndarray) -> np.ndarray:
        """Log of weight times density, shape ``(parts, n)``."""
        densities = np.array([law.logpdf(x) for law in self.laws])
        with np.errstate(divide="ignore"):
            return np.log(self.weights)[:, None] + densities


def two_exponentials(ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and means of the likeliest two exponential phases of sorted values."""
    values = _grouped(ordered)
    start = np.array(
        [values[: values.size * 9 // 10].mean(), values[values.size * 9 // 10 :].mean()]
    )

    def refit(shares: np.ndarray) -> np.ndarray:
        return shares @ values / shares.sum(axis=1)

    def law(means: np.ndarray, weights: np.ndarray) -> Mixed:
        return Mixed(weights, [stats.expon(scale=each) for each in means])

    return _search(values, np.array([0.9, 0.1]), start, refit, law)


def two_normals(ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and mean and deviation of each, of the likeliest two normal parts."""
    values = _grouped(ordered)
    narrowest = NARROWEST * values.std()
    halves = np.array_split(values, 2)
    start = np.array([(half.mean(), half.std() + narrowest) for half in halves])

    def refit(shares: np.ndarray) -> np.ndarray:
        total = shares.sum(axis=1)
        means = shares @ values / total
        squares = (shares * (values - means[:, None]) ** 2).sum(axis=1) / total
        return np.column_stack([means, np.maximum(np.sqrt(squares), narrowest)])

    def law(parts: np.ndarray, weights: np.ndarray) -> Mixed:
        return Mixed(weights, [stats.norm(mean, deviation) for mean, deviation in parts])

    return _search(values, np.array([0.5, 0.5]), start, refit, law)


def _search(
    values: np.ndarray,
    weights: np.ndarray,
    parts: np.ndarray,
    refit: Callable[[np.ndarray], np.ndarray],
    law: Callable[[np.ndarray, np.ndarray], Mixed],
) -> tuple[np.ndarray, np.ndarray]:
    """Expectation and maximization, from a first guess of weights and parts."""
    before = -np.inf
    for _ in range(MOST_STEPS):
        joint = law(parts, weights).joint(values)
        each = logsumexp(joint, axis=0)
        if each.sum() - before < SETTLED:
            break
        before = each.sum()
        shares = np.exp(joint - each)
        weights = shares.mean(axis=1)
        if weights.min() <= 0:
            break  # one part alone is as likely
        parts = refit(shares)
    return weights, parts


def _grouped(ordered: np.ndarray) -> np.ndarray:
    """Sorted values, or the means of neighboring ones where there are many."""
    if ordered.size <= GROUPS:
        return ordered
    return np.array([group.mean() for group in np.array_split(ordered, GROUPS)])
