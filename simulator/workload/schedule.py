"""Rates that change in steps."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from simulator.kernel.streams import Streams
from simulator.registry import Spec
from simulator.units import RATE, PerSecond, PositiveSeconds, Seconds
from simulator.workload.arrivals import OpenArrivals, arrival_processes, unit_arrivals

RateOrZero = Annotated[float, Field(ge=0, allow_inf_nan=False), RATE]


class Step(Spec):
    """A lasting change of the rate."""

    at: Seconds = Field(description="when the rate changes")
    rate: RateOrZero = Field(description="requests a second from then on")


class Spike(Spec):
    """A passing rise of the rate."""

    at: Seconds = Field(description="when it begins")
    length: PositiveSeconds = Field(alias="for", description="how long it lasts")
    extra: PerSecond = Field(description="requests a second on top of those that come anyway")


@arrival_processes.register
class Schedule(OpenArrivals):
    """A Poisson process whose rate changes in steps, with spikes on top.

    Arrivals of rate 1 are mapped through the inverse of the expected number of arrivals, so that
    every breakpoint is honored, however short what lies between.
    """

    kind: Literal["schedule"] = "schedule"
    rate: RateOrZero = Field(description="requests a second from the beginning")
    steps: tuple[Step, ...] = Field((), description="lasting changes of the rate, in order of time")
    spikes: tuple[Spike, ...] = Field((), description="passing rises of the rate, in any order")

    def contradictions(self) -> Iterator[str]:
        at = [step.at for step in self.steps]
        if any(later <= earlier for earlier, later in zip([0.0, *at], at, strict=False)):
            yield "steps must be in order of time, each later than the one before"

    def rates(self) -> tuple[np.ndarray, np.ndarray]:
        """Breakpoints in seconds, the first 0, and the rate from each of them on."""
        edges = {0.0} | {step.at for step in self.steps}
        for spike in self.spikes:
            edges |= {spike.at, spike.at + spike.length}
        points = np.array(sorted(edges))
        bases = np.array([self.rate, *(step.rate for step in self.steps)])
        begun = np.searchsorted([step.at for step in self.steps], points, side="right")
        rates = bases[begun]
        for spike in self.spikes:
            rates += np.where(
                (points >= spike.at) & (points < spike.at + spike.length), spike.extra, 0.0
            )
        return points, rates

    def instants(self, streams: Streams) -> Iterator[float]:
        points, rates = self.rates()
        expected = np.concatenate([[0.0], np.cumsum(np.diff(points) * rates[:-1])])
        for block in unit_arrivals(streams):
            piece = np.searchsorted(expected, block, side="right") - 1
            with np.errstate(divide="ignore"):
                instants = points[piece] + (block - expected[piece]) / rates[piece]
            yield from instants[np.isfinite(instants)].tolist()
            if not np.isfinite(instants[-1]):
                return  # the last rate is zero: nobody comes any more

    def mean_rate(self, until_s: float) -> float:
        points, rates = self.rates()
        ends = np.minimum(np.append(points[1:], inf), until_s)
        return float(np.sum(np.clip(ends - points, 0, None) * rates) / until_s)
