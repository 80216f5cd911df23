"""One of several distributions, chosen anew for each draw."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from simulator.distributions.base import Distribution, Time, distributions, refusal


@distributions.register
class Mixture(Distribution):
    """One of several distributions: hits and misses, small queries and reports."""

    kind: Literal["mixture"] = "mixture"
    parts: tuple[Time, ...] = Field(min_length=1, description="what there is to choose from")
    weights: tuple[float, ...] | None = Field(
        None, description="how often each is chosen, relative to the others; equally if not given"
    )

    @model_validator(mode="after")
    def _weights_fit(self) -> Self:
        if self.weights is not None:
            if len(self.weights) != len(self.parts):
                raise refusal(f"{len(self.weights)} weights for {len(self.parts)} parts")
            if min(self.weights) < 0 or sum(self.weights) == 0:
                raise refusal("weights must not be negative, and not all zero")
        return self

    def shares(self) -> np.ndarray:
        """The probability of each part."""
        weights = np.ones(len(self.parts)) if self.weights is None else np.array(self.weights)
        return weights / weights.sum()

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        chosen = np.searchsorted(self.shares().cumsum()[:-1], rng.random(size), side="right")
        times = np.empty(size)
        for place, part in enumerate(self.parts):
            here = chosen == place
            times[here] = part.sample(rng, int(here.sum()))
        return times

    def average(self) -> float:
        return float(sum(p * part.average() for p, part in self._weighted()))

    def moment(self, order: int) -> float:
        return float(sum(p * part.moment(order) for p, part in self._weighted()))

    def _weighted(self) -> list[tuple[float, Distribution]]:
        """Probability and part, of those that are ever chosen."""
        return [(p, part) for p, part in zip(self.shares().tolist(), self.parts) if p > 0]
