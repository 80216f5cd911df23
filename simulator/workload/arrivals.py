"""When requests come: at instants that do not depend on the system, or when users are ready.

Open arrivals are given as instants in increasing order, drawn in blocks. Where the rate varies,
arrivals of rate 1 are mapped through the inverse of the expected number of arrivals, so that every
breakpoint is honored, however short what lies between.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from math import inf
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from simulator.distributions import Distribution, Time
from simulator.kernel import Simulation
from simulator.kernel.recorder import RequestLog
from simulator.kernel.streams import BLOCK, Streams, flatten
from simulator.registry import Family, Spec
from simulator.units import RATE, PerSecond, PositiveSeconds, Seconds
from simulator.workload.source import ClosedSource, OpenSource, Source

arrival_processes = Family("arrival process")

RateOrZero = Annotated[float, Field(ge=0, allow_inf_nan=False), RATE]


class ArrivalProcess(Spec):
    """How requests come to the system."""

    kind: str

    def source(
        self, sim: Simulation, log: RequestLog, keys: Iterator[int] | None, until_s: float
    ) -> Source:
        """The root of a run: sends requests, until ``until_s``, and logs their outcomes."""
        raise NotImplementedError

    def mean_rate(self, until_s: float) -> float | None:
        """Requests a second expected from 0 to ``until_s``; None where the answers decide."""
        return None

    def last_s(self) -> float | None:
        """The instant of the last arrival, where there is one."""
        return None

    def is_finite(self) -> bool:
        """Whether there is a last arrival."""
        return False

    def read_files(self, folder: Path | None) -> None:
        """Read the files that it names, relative to a folder; None if it may name none."""

    def file_digest(self) -> str:
        """A digest of what was read from files: part of the scenario's identity."""
        return ""


class OpenArrivals(ArrivalProcess):
    """Requests that come whether or not those before have been answered."""

    def instants(self, streams: Streams) -> Iterator[float]:
        """Arrival instants in seconds, increasing, possibly without end."""
        raise NotImplementedError

    def source(
        self, sim: Simulation, log: RequestLog, keys: Iterator[int] | None, until_s: float
    ) -> Source:
        return OpenSource(sim, log, keys, self.instants(sim.streams), until_s)


@arrival_processes.register
class Poisson(OpenArrivals):
    """Many independent users: exponential gaps at a constant rate."""

    kind: Literal["poisson"] = "poisson"
    rate: PerSecond = Field(description="requests a second")

    def instants(self, streams: Streams) -> Iterator[float]:
        return flatten(block / self.rate for block in _unit_arrivals(streams))

    def mean_rate(self, until_s: float) -> float:
        return self.rate


@arrival_processes.register
class ConstantRate(OpenArrivals):
    """A metronome: one request every 1/rate seconds, the first after one gap."""

    kind: Literal["constant"] = "constant"
    rate: PerSecond = Field(description="requests a second")

    def instants(self, streams: Streams) -> Iterator[float]:
        return flatten(self._blocks())

    def _blocks(self) -> Iterator[np.ndarray]:
        first = 1
        while True:
            # multiples of the gap, not sums of gaps, so that no rounding adds up
            yield np.arange(first, first + BLOCK) / self.rate
            first += BLOCK

    def mean_rate(self, until_s: float) -> float:
        return self.rate


@arrival_processes.register
class Renewal(OpenArrivals):
    """Independent gaps of any distribution: more regular than Poisson (cv below 1), or in bursts.

    The first request comes after one gap. Each gap is drawn on its own: bursts that last, in which
    a short gap makes the next one short as well, are an ``mmpp``.
    """

    kind: Literal["renewal"] = "renewal"
    gap: Time = Field(description="time between two requests")

    @field_validator("gap")
    @classmethod
    def _time_goes_on(cls, gap: Distribution) -> Distribution:
        if gap.average() <= 0:
            raise ValueError("must not always be 0: infinitely many requests would come at once")
        return gap

    def instants(self, streams: Streams) -> Iterator[float]:
        return flatten(_sums(streams.blocks("workload.arrivals", self.gap)))

    def mean_rate(self, until_s: float) -> float:
        return 1 / self.gap.average()


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
    """A Poisson process whose rate changes in steps, with spikes on top."""

    kind: Literal["schedule"] = "schedule"
    rate: RateOrZero = Field(description="requests a second from the beginning")
    steps: tuple[Step, ...] = Field((), description="lasting changes of the rate, in order of time")
    spikes: tuple[Spike, ...] = Field((), description="passing rises of the rate, in any order")

    @model_validator(mode="after")
    def _steps_are_in_order(self) -> Self:
        at = [step.at for step in self.steps]
        if any(later <= earlier for earlier, later in zip([0.0, *at], at, strict=False)):
            raise ValueError("steps must be in order of time, each later than the one before")
        return self

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
        for block in _unit_arrivals(streams):
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


@arrival_processes.register
class ClosedLoop(ArrivalProcess):
    """A fixed number of users, each of whom waits for the answer, thinks, and asks again.

    It begins with everybody thinking.
    """

    kind: Literal["closed_loop"] = "closed_loop"
    users: int = Field(ge=1, le=1_000_000, description="how many users there are")
    think_time: Time = Field(description="time between an answer and the user's next request")

    def source(
        self, sim: Simulation, log: RequestLog, keys: Iterator[int] | None, until_s: float
    ) -> Source:
        think_s = sim.draws("workload.think", self.think_time)
        return ClosedSource(sim, log, keys, self.users, think_s, until_s)


def _unit_arrivals(streams: Streams) -> Iterator[np.ndarray]:
    """Instants of a Poisson process of rate 1, in blocks."""
    rng = streams.generator("workload.arrivals")
    return _sums(rng.standard_exponential(BLOCK) for _ in repeat(None))


def _sums(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Running sums over successive blocks."""
    last = 0.0
    for block in blocks:
        sums = last + block.cumsum()
        last = sums[-1]
        yield sums
