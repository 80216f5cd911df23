"""Requests that come in bursts: batches at random, timers by the clock, a herd only once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, count, repeat
from typing import Literal

import numpy as np
from pydantic import Field

from simulator.kernel.streams import Streams, flatten
from simulator.units import PerSecond, PositiveSeconds, Seconds
from simulator.workload.arrivals import OpenArrivals, arrival_processes, poisson
from simulator.workload.merging import merged
from simulator.workload.schedule import RateOrZero
from simulator.workload.sizes import LARGEST, AnySize


@arrival_processes.register
class Batch(OpenArrivals):
    """Batches that come like Poisson arrivals; all requests of a batch come at once."""

    kind: Literal["batch"] = "batch"
    rate: PerSecond = Field(description="batches a second")
    size: AnySize = Field(description="requests in a batch")

    def instants(self, streams: Streams) -> Iterator[float]:
        batches = poisson(streams, self.rate)
        sizes = self.size.draws(streams, "workload.arrivals.sizes")
        return chain.from_iterable(map(repeat, batches, sizes))

    def mean_rate(self, until_s: float) -> float:
        return self.rate * self.size.average()


@arrival_processes.register
class Cron(OpenArrivals):
    """A burst of requests in every period, by the clock: timers that all go off together.

    The requests of a burst are spread evenly at random over ``spread``, as if each timer had its
    own jitter. ``rate`` is a Poisson process beside them.
    """

    kind: Literal["cron"] = "cron"
    every: PositiveSeconds = Field(description="time from one burst to the next")
    requests: AnySize = Field(description="requests in a burst")
    at: Seconds = Field(0.0, description="when the first burst begins")
    spread: Seconds = Field(0.0, description="time over which a burst is spread; 0 is all at once")
    rate: RateOrZero = Field(0.0, description="requests a second that come anyway")

    def contradictions(self) -> Iterator[str]:
        if self.spread > self.every:
            yield f"spread ({self.spread:g} s) must be at most every ({self.every:g} s)"

    def instants(self, streams: Streams) -> Iterator[float]:
        if not self.rate:
            return self._bursts(streams)
        sources = [poisson(streams, self.rate), self._bursts(streams)]
        return flatten(instants for instants, _ in merged(sources))

    def _bursts(self, streams: Streams) -> Iterator[float]:
        sizes = self.requests.draws(streams, "workload.arrivals.sizes")
        rng = streams.generator("workload.arrivals.spread")
        for times in count():
            delays_s = np.sort(rng.uniform(0.0, self.spread, next(sizes)))
            yield from (self.at + times * self.every + delays_s).tolist()

    def mean_rate(self, until_s: float) -> float:
        """Counting a burst as far as it lies before ``until_s``."""
        whole, begun_s = divmod(max(0.0, until_s - self.at), self.every)
        part = min(1.0, begun_s / self.spread) if self.spread else float(begun_s > 0)
        return self.rate + (whole + part) * self.requests.average() / until_s


@arrival_processes.register
class Herd(OpenArrivals):
    """So many clients once, all of them at once or spread evenly at random over a time.

    They have lost their connections at one instant, or have waited for one, and each comes back
    after a pause of its own: its jitter. What one does that is refused is for a ``client`` to say.
    """

    kind: Literal["herd"] = "herd"
    clients: int = Field(ge=1, le=LARGEST, description="how many there are")
    at: Seconds = Field(0.0, description="when the first of them may come")
    spread: Seconds = Field(0.0, description="time over which they come; 0 is all at once")

    def instants(self, streams: Streams) -> Iterator[float]:
        rng = streams.generator("workload.arrivals.spread")
        return iter((self.at + np.sort(rng.uniform(0.0, self.spread, self.clients))).tolist())

    def is_finite(self) -> bool:
        return True

    def last_s(self) -> float:
        """When the last may come: a run that ends by itself ends once all are answered."""
        return self.at + self.spread

    def mean_rate(self, until_s: float) -> float:
        if not self.spread:
            return self.clients * (self.at < until_s) / until_s
        return self.clients * min(1.0, max(0.0, until_s - self.at) / self.spread) / until_s
