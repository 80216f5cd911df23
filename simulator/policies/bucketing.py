"""How a histogram of latencies is divided into buckets, and what a quantile of it then is.

A program counts how many latencies fell into each bucket; where within it, nobody knows any more.
A quantile read off the counts is a guess between the bounds of one bucket, and is wrong by a factor
of up to their ratio. Beyond the last bound nothing can be told at all.

Sources: Prometheus documentation, "Histograms and summaries" and ``histogram_quantile``; client
libraries' ``DefBuckets`` and ``ExponentialBuckets``; "Native histograms" for the schema and for
interpolation by powers.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, log2, nan
from typing import Literal

import numpy as np
from pydantic import Field

from simulator.registry import Family, Spec
from simulator.stats.histograms import histogram_quantile
from simulator.units import PositiveSeconds

MOST_BUCKETS = 1000
LEAST_S, LARGEST_S = 2.0**-20, 2.0**12  # what native buckets reach from and to: 1 us, over 1 h

bucketings = Family("bucketing")


class Bucketing(Spec):
    """The buckets of a histogram."""

    kind: str

    def bounds(self) -> list[float]:
        """Upper bounds in seconds, increasing, the last one infinite."""
        raise NotImplementedError

    def quantile(self, q: float, counts: np.ndarray) -> float:
        """What is read off for a quantile.

        Args:
            q: 0 to 1.
            counts: in each bucket, shape ``(buckets,)``.

        Returns:
            In seconds; nan where nothing was counted.
        """
        return histogram_quantile(q, self.bounds(), np.cumsum(counts).tolist())


@bucketings.register
class Classic(Bucketing):
    """Buckets with given bounds, by default those of the client libraries."""

    kind: Literal["classic"] = "classic"
    at: tuple[PositiveSeconds, ...] = Field(
        (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
        min_length=1,
        max_length=MOST_BUCKETS,
        description="upper bounds, increasing; what is beyond has a bucket of its own (Prometheus: "
        "5 ms to 10 s)",
    )

    def contradictions(self) -> Iterator[str]:
        if list(self.at) != sorted(set(self.at)):
            yield f"at must increase from bound to bound, got {', '.join(map(str, self.at))}"

    def bounds(self) -> list[float]:
        return [*self.at, inf]


@bucketings.register
class Exponential(Bucketing):
    """Buckets each of which is wider than the one before by the same factor."""

    kind: Literal["exponential"] = "exponential"
    first: PositiveSeconds = Field(description="upper bound of the first bucket")
    factor: float = Field(gt=1, le=1000, description="each bound over the one before")
    count: int = Field(ge=1, le=MOST_BUCKETS, description="bounds, the infinite one not counted")

    def contradictions(self) -> Iterator[str]:
        if self.count * log2(self.factor) > 100:
            yield f"{self.count} bounds that grow by {self.factor:g} grow too large; lower count"

    def bounds(self) -> list[float]:
        return [*(self.first * self.factor**place for place in range(self.count)), inf]


@bucketings.register
class Native(Bucketing):
    """Buckets so narrow that nobody has to choose them: 2^schema to each doubling.

    Left out: the limit to the number of buckets, at which the schema is lowered.
    """

    kind: Literal["native"] = "native"
    schema_: int = Field(
        3, ge=-4, le=8, alias="schema", description="binary logarithm of the buckets a doubling has"
    )

    def bounds(self) -> list[float]:
        first, last = (round(log2(end) * 2**self.schema_) for end in (LEAST_S, LARGEST_S))
        return [*(2.0 ** (place * 2.0**-self.schema_) for place in range(first, last + 1)), inf]

    def quantile(self, q: float, counts: np.ndarray) -> float:
        """By powers: values are taken to be spread evenly over the logarithms of their bucket."""
        bounds, total = self.bounds(), float(counts.sum())
        if not total:
            return nan
        cumulative = np.cumsum(counts)
        bucket = int(np.searchsorted(cumulative, q * total, side="left"))
        if bucket == len(bounds) - 1:
            return bounds[-2]
        upper, lower = bounds[bucket], bounds[bucket] / 2.0 ** (2.0**-self.schema_)
        inside = float(counts[bucket])
        part = (q * total - (cumulative[bucket] - inside)) / inside if inside else 0.0
        return float(lower * (upper / lower) ** part)
