"""Distributions of sizes in bytes: those of times, with bytes for seconds.

A size need not be whole: whoever cuts it into packets rounds up.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from simulator.distributions.base import Distribution
from simulator.distributions.bounded import BoundedPareto, Uniform
from simulator.distributions.empirical import Empirical
from simulator.distributions.parametric import Constant, Exponential, Lognormal
from simulator.registry import Family
from simulator.units import Bytes, PositiveBytes


def _constant(value: Any) -> dict[str, Any]:
    return {"kind": "constant", "value": value}


byte_distributions = Family("distribution of bytes", shorthand=_constant)

Size = Annotated[Distribution, byte_distributions]
"""A field that takes any distribution of bytes, or a size alone for always the same."""


@byte_distributions.register
class ConstantBytes(Constant):
    """Always the same size."""

    value: Bytes = Field(description="the size")
    unit: ClassVar[str] = "B"


@byte_distributions.register
class UniformBytes(Uniform):
    """Any size between two bounds, each as likely as the other."""

    low: Bytes = Field(description="smallest size")
    high: PositiveBytes = Field(description="largest size")
    unit: ClassVar[str] = "B"


@byte_distributions.register
class ExponentialBytes(Exponential):
    """Many small ones and few large ones, with a coefficient of variation of 1."""

    mean: PositiveBytes = Field(description="mean")
    unit: ClassVar[str] = "B"


@byte_distributions.register
class LognormalBytes(Lognormal):
    """Skewed to the right, as the bodies of answers mostly are."""

    mean: PositiveBytes | None = Field(None, description="mean")
    p50: PositiveBytes | None = Field(None, description="median")
    p90: PositiveBytes | None = Field(None, description="90th percentile")
    p95: PositiveBytes | None = Field(None, description="95th percentile")
    p99: PositiveBytes | None = Field(None, description="99th percentile")
    p999: PositiveBytes | None = Field(None, description="99.9th percentile")
    unit: ClassVar[str] = "B"


@byte_distributions.register
class BoundedParetoBytes(BoundedPareto):
    """A heavy tail that ends: few answers make up most of the bytes, as files on the web do.

    Source: Crovella and Bestavros, "Self-similarity in World Wide Web traffic", IEEE/ACM
    Transactions on Networking 5(6), 1997 (a tail index of about 1.1).
    """

    least: PositiveBytes | None = Field(None, description="smallest size")
    most: PositiveBytes | None = Field(None, description="largest size")
    mean: PositiveBytes | None = Field(None, description="mean, instead of one of the bounds")
    unit: ClassVar[str] = "B"


@byte_distributions.register
class EmpiricalBytes(Empirical):
    """One of a list of sizes, drawn with replacement; nothing between or beyond them."""

    values: tuple[Bytes, ...] = Field(min_length=1, description="sizes")
    unit: ClassVar[str] = "B"
