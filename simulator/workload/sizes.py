"""How many: requests in a batch, requests in a session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from simulator.distributions.empirical import Weighed
from simulator.kernel.streams import Streams, flatten
from simulator.registry import Family, Spec

LARGEST = 10_000_000

Whole = Annotated[int, Field(ge=1, le=LARGEST)]


def _constant(value: Any) -> dict[str, Any]:
    return {"kind": "constant", "value": value}


size_distributions = Family("distribution of sizes", shorthand=_constant)


class Sizes(Spec):
    """A distribution of whole numbers from 1 on."""

    kind: str

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Independent draws, shape ``(size,)``, whole numbers."""
        raise NotImplementedError

    def average(self) -> float:
        """The mean."""
        raise NotImplementedError

    def draws(self, streams: Streams, name: str) -> Iterator[int]:
        """The stream called ``name``, one by one."""
        return flatten(streams.blocks(name, self))


AnySize = Annotated[Sizes, size_distributions]
"""A field that takes any distribution of sizes, or a number alone for always the same."""


@size_distributions.register
class ConstantSize(Sizes):
    """Always the same."""

    kind: Literal["constant"] = "constant"
    value: Whole = Field(description="how many")

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return np.full(size, self.value)

    def average(self) -> float:
        return float(self.value)


@size_distributions.register
class UniformSize(Sizes):
    """Any number between two, both included, each as likely as the other."""

    kind: Literal["uniform"] = "uniform"
    low: Whole = Field(1, description="fewest")
    high: Whole = Field(description="most")

    def contradictions(self) -> Iterator[str]:
        if self.low > self.high:
            yield f"low is {self.low}; must be at most high, {self.high}"

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.integers(self.low, self.high, size, endpoint=True)

    def average(self) -> float:
        return (self.low + self.high) / 2


@size_distributions.register
class Geometric(Sizes):
    """After each there is another with the same probability, however many there have been."""

    kind: Literal["geometric"] = "geometric"
    mean: float = Field(ge=1, le=LARGEST, description="mean")

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.geometric(1 / self.mean, size)

    def average(self) -> float:
        return self.mean


@size_distributions.register
class EmpiricalSize(Weighed, Sizes):
    """One of a list of numbers, drawn with replacement."""

    kind: Literal["empirical"] = "empirical"
    values: tuple[Whole, ...] = Field(min_length=1, description="numbers that were seen")
