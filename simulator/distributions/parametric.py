"""Distributions given by mean and coefficient of variation, or by two percentiles."""

from __future__ import annotations

from math import exp, factorial, inf, log, log1p, prod, sqrt
from statistics import NormalDist
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from simulator.distributions.base import Distribution, distributions, refusal
from simulator.units import PositiveSeconds, Seconds

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}


@distributions.register
class Constant(Distribution):
    """Always the same time."""

    kind: Literal["constant"] = "constant"
    value: Seconds = Field(description="the time")

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return np.full(size, self.value)

    def average(self) -> float:
        return self.value

    def moment(self, order: int) -> float:
        return self.value**order


@distributions.register
class Exponential(Distribution):
    """Memoryless: how long it has lasted says nothing about how long it will (cv 1)."""

    kind: Literal["exponential"] = "exponential"
    mean: PositiveSeconds = Field(description="mean")

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.exponential(self.mean, size)

    def average(self) -> float:
        return self.mean

    def moment(self, order: int) -> float:
        return factorial(order) * self.mean**order


class TwoParameter(Distribution):
    """Takes either ``mean`` and ``cv`` or two of ``p50 p90 p95 p99 p999``."""

    mean: PositiveSeconds | None = Field(None, description="mean")
    cv: float | None = Field(None, ge=1e-6, le=1e6, description="standard deviation over mean")
    p50: PositiveSeconds | None = Field(None, description="median")
    p90: PositiveSeconds | None = Field(None, description="90th percentile")
    p95: PositiveSeconds | None = Field(None, description="95th percentile")
    p99: PositiveSeconds | None = Field(None, description="99th percentile")
    p999: PositiveSeconds | None = Field(None, description="99.9th percentile")

    @model_validator(mode="after")
    def _is_determined(self) -> Self:
        given = [name for name in ("mean", "cv", *PERCENTILES) if getattr(self, name) is not None]
        if given != ["mean", "cv"] and (len(given) != 2 or {"mean", "cv"} & set(given)):
            found = f"found {', '.join(given) or 'nothing'}"
            raise refusal(f"{found}; give mean and cv, or two of {', '.join(PERCENTILES)}")
        if given != ["mean", "cv"]:
            (_, low), (_, high) = self._percentiles()
            if low >= high:
                bounds = f"{given[0]} is {low:g} {self.unit}; must be less than {given[1]}"
                raise refusal(f"{bounds}, {high:g} {self.unit}")
        return self

    def _percentiles(self) -> list[tuple[float, float]]:
        """The given percentiles as (level, seconds), lower level first."""
        values = {level: getattr(self, name) for name, level in PERCENTILES.items()}
        return [(level, value) for level, value in values.items() if value is not None]


@distributions.register
class Lognormal(TwoParameter):
    """Skewed to the right, as service times of real systems mostly are."""

    kind: Literal["lognormal"] = "lognormal"

    def _log_space(self) -> tuple[float, float]:
        """Mean and standard deviation of the logarithm."""
        if self.mean is not None and self.cv is not None:
            variance = log1p(self.cv**2)
            return log(self.mean) - variance / 2, sqrt(variance)
        (low, low_s), (high, high_s) = self._percentiles()
        z = NormalDist().inv_cdf
        sigma = log(high_s / low_s) / (z(high) - z(low))
        return log(low_s) - sigma * z(low), sigma

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.lognormal(*self._log_space(), size)

    def average(self) -> float:
        mu, sigma = self._log_space()
        return exp(mu + sigma**2 / 2)

    def moment(self, order: int) -> float:
        mu, sigma = self._log_space()
        return exp(order * mu + (order * sigma) ** 2 / 2)


@distributions.register
class Gamma(TwoParameter):
    """From nearly constant (cv near 0) through exponential (cv 1) to bursty (cv above 1)."""

    kind: Literal["gamma"] = "gamma"

    def _shape_and_scale(self) -> tuple[float, float]:
        if self.mean is not None and self.cv is not None:
            return 1 / self.cv**2, self.mean * self.cv**2
        from scipy.optimize import brentq  # here, because importing scipy takes long
        from scipy.special import gammaincinv

        (low, low_s), (high, high_s) = self._percentiles()
        ratio = log(high_s / low_s)

        def excess(log_shape: float) -> float:
            quantiles = gammaincinv(exp(log_shape), [low, high])
            return float(np.log(quantiles[1] / quantiles[0])) - ratio

        shape = exp(float(brentq(excess, log(1e-2), log(1e6))))  # type: ignore[arg-type]
        return shape, high_s / float(gammaincinv(shape, high))

    @model_validator(mode="after")
    def _has_a_shape(self) -> Self:
        try:
            self._shape_and_scale()
        except ValueError:
            raise refusal("no gamma distribution has percentiles this far apart") from None
        return self

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.gamma(*self._shape_and_scale(), size)

    def average(self) -> float:
        shape, scale = self._shape_and_scale()
        return shape * scale

    def moment(self, order: int) -> float:
        shape, scale = self._shape_and_scale()
        return prod(scale * (shape + k) for k in range(order))


@distributions.register
class Pareto(TwoParameter):
    """A heavy tail: P(T > t) falls as a power of t, from a smallest value on.

    By mean and cv the tail index is above 2, so that the variance exists; percentiles may describe
    a heavier tail, as long as the mean exists.
    """

    kind: Literal["pareto"] = "pareto"

    def _index_and_least(self) -> tuple[float, float]:
        """Tail index and smallest value in seconds."""
        if self.mean is not None and self.cv is not None:
            index = 1 + sqrt(1 + 1 / self.cv**2)
            return index, self.mean * (index - 1) / index
        (low, low_s), (high, high_s) = self._percentiles()
        index = log((1 - low) / (1 - high)) / log(high_s / low_s)
        return index, low_s * (1 - low) ** (1 / index)

    @model_validator(mode="after")
    def _has_a_mean(self) -> Self:
        index, _ = self._index_and_least()
        if index <= 1:
            raise refusal(f"the tail index would be {index:.3g}; at 1 or less there is no mean")
        return self

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        index, least = self._index_and_least()
        return least * (1 + rng.pareto(index, size))

    def average(self) -> float:
        index, least = self._index_and_least()
        return least * index / (index - 1)

    def moment(self, order: int) -> float:
        index, least = self._index_and_least()
        return least**order * index / (index - order) if index > order else inf
