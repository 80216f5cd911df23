"""Features: what is known of a request, how old it may grow, in which form it comes.

Behind each feature there is a number that is normal with variance 1 in either class; its form makes
of it what can be seen. A category is a range of that number, and tells less than the number would;
an amount with a heavy tail is a function of it that grows steeply, and tells as much to whoever
takes its logarithm. Models take features as numbers of mean 0 and variance 1 among negatives:
categories by the mean of what they stand for, amounts by what is behind them. Whoever watches the
values themselves sees ``Form.values``.

Source: for the forms, Cario and Nelson, "Modeling and generating random vectors with arbitrary
marginal distributions and correlation matrix", Northwestern University, 1997 (NORTA).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from math import exp, inf, log, pi, sqrt
from statistics import NormalDist
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from simulator.registry import Family, Spec
from simulator.units import PositiveSeconds, Ratio

forms = Family("feature form")
NORMAL = NormalDist()


class Form(Spec):
    """What can be seen of the number behind a feature."""

    kind: str

    def values(self, behind: np.ndarray) -> np.ndarray:
        """What is seen, of the numbers that models take it for; of the same shape."""
        raise NotImplementedError


@forms.register
class Categorical(Form):
    """One of several values without an order of their own: 0, 1, 2 and so on.

    Those further back are more frequent among positives, if the feature has a weight.
    """

    kind: Literal["categorical"] = "categorical"
    shares: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        min_length=2, max_length=1000, description="how frequent each is, relative to the others"
    )

    def edges(self) -> list[float]:
        """Between the ranges that the categories stand for."""
        total, reached = sum(self.shares), 0.0
        edges = []
        for share in self.shares[:-1]:
            reached += share / total
            edges.append(NORMAL.inv_cdf(min(reached, 1 - 1e-15)))
        return edges

    def codes(self) -> list[float]:
        """The number that models take each category for."""
        bounds = [-inf, *self.edges(), inf]
        heights = [exp(-each * each / 2) / sqrt(2 * pi) for each in bounds]
        shares = np.array(self.shares) / sum(self.shares)
        means = -np.diff(heights) / shares
        codes: list[float] = (means / sqrt(float(shares @ means**2))).tolist()
        return codes

    def values(self, behind: np.ndarray) -> np.ndarray:
        codes = np.array(self.codes())
        return np.abs(behind[..., np.newaxis] - codes).argmin(axis=-1).astype(float)


@forms.register
class LogNormal(Form):
    """An amount whose logarithm is normal: of two spreads as many are far above as far below."""

    kind: Literal["lognormal"] = "lognormal"
    median: float = Field(1.0, gt=0, description="median among negatives, in any unit")
    cv: float = Field(1.0, gt=0, le=1e3, description="standard deviation over mean")

    def values(self, behind: np.ndarray) -> np.ndarray:
        return self.median * np.exp(sqrt(log(1 + self.cv**2)) * behind)


@forms.register
class Pareto(Form):
    """An amount of which twice as much is so and so much rarer, however large it is."""

    kind: Literal["pareto"] = "pareto"
    least: float = Field(1.0, gt=0, description="smallest value, in any unit")
    exponent: float = Field(
        gt=0, le=100, description="of the tail; at 2 and below the variance is infinite"
    )

    def values(self, behind: np.ndarray) -> np.ndarray:
        from scipy.special import log_ndtr

        return self.least * np.exp(-log_ndtr(-behind) / self.exponent)


class Wander(Spec):
    """A mean that wanders about as if tied to where it was (an Ornstein-Uhlenbeck process).

    What all requests of an hour have in common makes them resemble one another: many of them tell
    less of the mean than as many independent ones would.
    """

    part: Annotated[Ratio, Field(gt=0, lt=1)] = Field(
        description="of the feature's variance, in which the mean of its requests takes part"
    )
    correlation_time: PositiveSeconds = Field(
        description="time after which the mean still is 37 % of what it was"
    )


class Feature(Spec):
    """Something that is known of a request."""

    weight: float = Field(
        1.0, ge=0, le=1e6, description="how much it tells positives, compared with other features"
    )
    correlation_time: PositiveSeconds | None = Field(
        None,
        description="age at which a value still tells 37 % of what a fresh one does; if not given "
        "it never grows old",
    )
    default: float = Field(
        0.0,
        allow_inf_nan=False,
        description="what stands in for a missing value, in standard deviations from the mean",
    )
    form: Annotated[Form, forms] | None = Field(
        None, description="what kind of values it has; normal ones if not given"
    )
    wander: Wander | None = Field(
        None, description="how its mean wanders over time; not at all if not given"
    )

    def kept(self, age_s: float) -> float:
        """The part of its signal that is left at an age, 0 to 1."""
        return exp(-age_s / self.correlation_time) if self.correlation_time else 1.0


class Coding:
    """How a categorical feature is taken: each category for one number."""

    def __init__(self, place: int, form: Categorical) -> None:
        self.place = place
        self._edges = form.edges()
        self._codes = form.codes()

    def of(self, value: float) -> float:
        """The number for whatever category a value falls into."""
        return self._codes[bisect_right(self._edges, value)]


def codings(features: dict[str, Feature]) -> Iterator[Coding]:
    """Those of all categorical features."""
    for place, feature in enumerate(features.values()):
        if isinstance(feature.form, Categorical):
            yield Coding(place, feature.form)


def values_of(features: dict[str, Feature], taken: np.ndarray) -> np.ndarray:
    """What can be seen of features in the log.

    Args:
        features: by name, in order of the file.
        taken: what models take them for, ``(rows, features)``.

    Returns:
        Their values, each in its form, of the same shape.
    """
    seen = taken.copy()
    for place, feature in enumerate(features.values()):
        if feature.form is not None:
            seen[:, place] = feature.form.values(taken[:, place])
    return seen
