"""When requests come: at instants that do not depend on the system, or when users are ready.

Open arrivals are given as instants in increasing order, drawn in blocks. Here are the steady ones
and the closed loop; the others have modules of their own, a few kinds each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, field_validator

from simulator.distributions import Distribution, Time
from simulator.kernel import Simulation
from simulator.kernel.recorder import RequestLog
from simulator.kernel.streams import BLOCK, RequestClass, Streams, flatten
from simulator.registry import Family, Spec
from simulator.units import PerSecond
from simulator.workload.source import ClosedSource, OpenSource, Source

arrival_processes = Family("arrival process")


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

    def complaints(self, classes: Collection[str]) -> Iterator[tuple[tuple[str, ...], str]]:
        """What is wrong with the request classes that it names: where in it, and why."""
        return iter(())

    def settle_classes(self, sim: Simulation) -> None:
        """Decide which class each request has, if that is not left to their shares."""

    def shares(self, classes: Sequence[RequestClass], until_s: float) -> list[float]:
        """The part of each class in all requests from 0 to ``until_s``."""
        return [each.share for each in classes]

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
        return poisson(streams, self.rate)

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
        return flatten(running_sums(streams.blocks("workload.arrivals", self.gap)))

    def mean_rate(self, until_s: float) -> float:
        return 1 / self.gap.average()


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


def unit_arrivals(streams: Streams) -> Iterator[np.ndarray]:
    """Instants of a Poisson process of rate 1, in blocks."""
    rng = streams.generator("workload.arrivals")
    return running_sums(rng.standard_exponential(BLOCK) for _ in repeat(None))


def poisson(streams: Streams, rate_per_s: float) -> Iterator[float]:
    """Instants of a Poisson process."""
    return flatten(block / rate_per_s for block in unit_arrivals(streams))


def running_sums(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Running sums over successive blocks."""
    last = 0.0
    for block in blocks:
        sums = last + block.cumsum()
        last = sums[-1]
        yield sums
