"""What several components are to know alike of one request."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from simulator.distributions.base import Distribution, distributions


@distributions.register
class Shared(Distribution):
    """The same draw for a request wherever the same name stands: what is large is large everywhere.

    Without it each component draws for itself. With it, a request of many values is long on a link,
    long to decode, and, with a ``factor``, long to serve. What draws for no request in particular,
    such as gaps between arrivals, has no use for it. Where the same name stands before different
    distributions, they share their luck: both large, or both small.
    """

    kind: Literal["shared"] = "shared"
    name: str = Field(min_length=1, max_length=200, description="what is shared, such as payload")
    of: Annotated[Distribution, distributions] = Field(description="what is drawn")
    factor: float = Field(
        1.0, gt=0, le=1e12, description="what the draw is multiplied by, such as seconds for each"
    )

    @property
    def stream(self) -> str:
        """The stream that the draws are from, instead of one of the component's own."""
        return f"shared.{self.name}"

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return self.of.sample(rng, size) * self.factor

    def average(self) -> float:
        return self.of.average() * self.factor

    def moment(self, order: int) -> float:
        return self.of.moment(order) * self.factor**order
