"""Resampling of measured times."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from simulator.distributions.base import Distribution, distributions
from simulator.registry import Spec
from simulator.units import Seconds


class Weighed(Spec):
    """Values that were seen, each as often as its weight says.

    A subclass says what its ``values`` are.
    """

    values: tuple[float, ...]
    weights: tuple[float, ...] | None = Field(
        None, description="how often each was seen; equally often if not given"
    )

    @model_validator(mode="after")
    def _weights_fit(self) -> Self:
        if self.weights is not None:
            if len(self.weights) != len(self.values):
                raise ValueError(f"{len(self.weights)} weights for {len(self.values)} values")
            if min(self.weights) < 0 or sum(self.weights) == 0:
                raise ValueError("weights must not be negative, and not all zero")
        return self

    def _shares(self) -> np.ndarray:
        weights = np.ones(len(self.values)) if self.weights is None else np.array(self.weights)
        return weights / weights.sum()

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.choice(np.array(self.values), size, p=self._shares())

    def average(self) -> float:
        return float(np.dot(self.values, self._shares()))


@distributions.register
class Empirical(Weighed, Distribution):
    """One of a list of measured times, drawn with replacement; nothing between or beyond them."""

    kind: Literal["empirical"] = "empirical"
    values: tuple[Seconds, ...] = Field(min_length=1, description="measured times")

    def moment(self, order: int) -> float:
        return float(np.dot(np.power(self.values, order), self._shares()))
