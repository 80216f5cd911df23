"""Which key a request asks for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import Literal

import numpy as np
from pydantic import Field

from simulator.kernel.streams import BLOCK, Streams
from simulator.registry import Family, Spec

key_distributions = Family("key distribution")


class Keys(Spec):
    """A popularity of keys 0, 1, ... count - 1."""

    kind: str
    count: int = Field(ge=1, le=10_000_000, description="different keys")

    def popularity(self) -> np.ndarray:
        """The probability of each key, shape ``(count,)``."""
        raise NotImplementedError

    def blocks(self, streams: Streams, name: str = "workload.keys") -> Iterator[np.ndarray]:
        """The key of each request, in order of arrival, from the stream called ``name``."""
        edges = self.popularity().cumsum()
        edges[-1] = 1.0  # rounding must not leave a gap at the end
        rng = streams.generator(name)
        return (np.searchsorted(edges, rng.random(BLOCK), side="right") for _ in repeat(None))


@key_distributions.register
class UniformKeys(Keys):
    """All keys equally popular: the hardest case for a cache."""

    kind: Literal["uniform"] = "uniform"

    def popularity(self) -> np.ndarray:
        return np.full(self.count, 1 / self.count)


@key_distributions.register
class Zipf(Keys):
    """The k-th most popular key is asked for in proportion to 1 / k**exponent."""

    kind: Literal["zipf"] = "zipf"
    exponent: float = Field(1.0, ge=0, le=10, description="0 is uniform; about 1 on the web")

    def popularity(self) -> np.ndarray:
        weights = np.arange(1, self.count + 1, dtype=float) ** -self.exponent
        return weights / weights.sum()
