"""Distributions between a least and a largest time."""

from __future__ import annotations

from math import exp, expm1, log
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from simulator.distributions.base import Distribution, distributions, refusal
from simulator.units import PositiveSeconds, Seconds

WIDEST = 150.0  # logarithm of the ratio of the bounds: 65 orders of magnitude


@distributions.register
class Uniform(Distribution):
    """Any time between two bounds, each as likely as the other."""

    kind: Literal["uniform"] = "uniform"
    low: Seconds = Field(description="shortest time")
    high: PositiveSeconds = Field(description="longest time")

    @model_validator(mode="after")
    def _bounds_are_apart(self) -> Self:
        if self.low >= self.high:
            found = f"low is {self.low:g} {self.unit}; must be less than high"
            raise refusal(f"{found}, {self.high:g} {self.unit}")
        return self

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.uniform(self.low, self.high, size)

    def average(self) -> float:
        return (self.low + self.high) / 2

    def moment(self, order: int) -> float:
        terms = (self.low**k * self.high ** (order - k) for k in range(order + 1))
        return sum(terms) / (order + 1)


@distributions.register
class BoundedPareto(Distribution):
    """A heavy tail that ends: few requests make up most of the work, and none is endless.

    P(T > t) falls as a power of t between ``least`` and ``most``, and is zero from there on. Two of
    ``least``, ``most`` and ``mean`` are given, the third follows. All moments exist, whatever the
    index; at 1 the work is spread evenly over the orders of magnitude.

    Source: Harchol-Balter, *Performance Modeling and Design of Computer Systems* (Cambridge,
    2013), chapter on heavy tails.
    """

    kind: Literal["bounded_pareto"] = "bounded_pareto"
    index: float = Field(gt=0.01, le=100, description="tail index: the smaller, the heavier")
    least: PositiveSeconds | None = Field(None, description="shortest time")
    most: PositiveSeconds | None = Field(None, description="longest time")
    mean: PositiveSeconds | None = Field(None, description="mean, instead of one of the bounds")

    @model_validator(mode="after")
    def _is_determined(self) -> Self:
        given = {name: getattr(self, name) for name in ("least", "mean", "most")}
        given = {name: value for name, value in given.items() if value is not None}
        if len(given) != 2:
            found = ", ".join(given) or "none of them"
            raise refusal(f"found {found}; give two of least, most and mean")
        (low, low_s), (high, high_s) = given.items()
        if low_s >= high_s:
            found = f"{low} is {low_s:g} {self.unit}; must be less than {high}"
            raise refusal(f"{found}, {high_s:g} {self.unit}")
        if log(high_s / low_s) > WIDEST:
            raise refusal(f"{low} and {high} are more than 65 orders of magnitude apart")
        self._check_reach(high_s)
        return self

    def _check_reach(self, mean_s: float) -> None:
        """Refuse a mean that the other bound cannot bring about."""
        if self.most is None and self.index > 1:
            assert self.least is not None
            limit_s = self.least * self.index / (self.index - 1)
            if mean_s >= limit_s * (1 - 1e-9):
                found = f"mean is {mean_s:g} {self.unit}; must be less than {limit_s:g} {self.unit}"
                tail = f"the mean of a tail with index {self.index:g} from {self.least:g}"
                raise refusal(f"{found}, {tail} {self.unit} on that never ends")
        try:
            self.bounds()
        except ValueError:  # the same sign at both ends: there is no root
            mean = f"{self.mean:g} {self.unit}"
            text = f"no other bound gives a mean of {mean} at index {self.index:g}"
            raise refusal(f"{text}; give least and most") from None

    def bounds(self) -> tuple[float, float]:
        """Shortest and longest time, in seconds; solved for where the mean is given instead."""
        if self.mean is None:
            assert self.least is not None
            assert self.most is not None
            return self.least, self.most
        from scipy.optimize import brentq  # here, because importing scipy takes long

        target = log(self.mean)

        def excess(log_width: float) -> float:
            least, _ = self._spanning(log_width)
            return log(_moment(1, self.index, least, log_width)) - target

        width = brentq(excess, 0.0, WIDEST, xtol=1e-14)
        return self._spanning(float(width))  # type: ignore[arg-type]

    def _spanning(self, log_width: float) -> tuple[float, float]:
        """Both bounds, from the one that is given and ln(longest / shortest)."""
        if self.least is not None:
            return self.least, self.least * exp(log_width)
        assert self.most is not None
        return self.most * exp(-log_width), self.most

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        least, most = self.bounds()
        inside = -expm1(-self.index * log(most / least))  # of an endless tail, what is kept
        times = least * np.exp(-np.log1p(-inside * rng.random(size)) / self.index)
        return np.minimum(times, most)

    def average(self) -> float:
        return self.moment(1)

    def moment(self, order: int) -> float:
        least, most = self.bounds()
        return _moment(order, self.index, least, log(most / least))


def _moment(order: int, index: float, least: float, log_width: float) -> float:
    """The mean of the ``order``-th power, from the shortest time and ln(longest / shortest)."""
    if log_width == 0:
        return least**order
    power = order - index
    growth = expm1(power * log_width) / power if power else log_width
    return least**order * index * growth / -expm1(-index * log_width)
