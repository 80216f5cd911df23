"""Scraper: what a monitoring system knows of some components, beside what is true.

Every target is read at regular intervals, each at its own instant within them, as Prometheus
spreads its targets. A reading has gauges, which are what they are at that instant, and counters and
a histogram of latencies, which are totals since the target began. A crash sets them to 0; a target
that is down is not read. What was read is to be seen ``delay`` later.

A dashboard then shows, of the last ``window``: how many calls come, the part that is bad, and a
quantile of the latencies, in three ways that people have. From the buckets of all targets
together (``summed_quantile``), as the average of the quantiles of each target
(``averaged_quantile``), which is the quantile of nothing, and as the largest of them
(``worst_quantile``). Beside these stands the truth about the same calls: ``latency_s``,
``in_flight``, ``error_ratio``.

Calls are those that come to a component: of a server behind a load balancer those that it was sent,
retries included. One that its sender takes back is counted nowhere.

Left out: extrapolation of increases to the ends of the window (of ratios and quantiles it divides
out); the time that a scrape takes; resets that a counter has made up for by the next scrape are
not noticed, as in reality.

Source: Prometheus documentation, "Metric types", "Staleness", and ``rate``.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isnan, nan
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from simulator.controllers.base import Controller, LiveController, Process, Site, controller_kinds
from simulator.controllers.exporter import Exporter
from simulator.controllers.levels import show
from simulator.controllers.series import Series
from simulator.kernel import Component, Refs, Simulation, count, level, ratio, samples
from simulator.kernel.call import CANCELED
from simulator.policies.bucketing import Bucketing, Classic, bucketings
from simulator.units import PositiveSeconds, Ratio, Seconds

EVENTS, BAD, FIRST_BUCKET = 0, 1, 2  # places in what a reading counts

Value = Literal[
    "in_flight",
    "calls_per_s",
    "error_ratio",
    "summed_quantile",
    "averaged_quantile",
    "worst_quantile",
]
"""What can be read off a dashboard."""


class LiveScraper(LiveController):
    """Reads its targets, and shows what it knows."""

    in_flight = level("calls at all targets: the truth", better="lower", peaks=True)
    in_flight_seen = level("calls at all targets as they are shown", better="lower", peaks=True)
    calls_per_s_seen = level("calls answered a second, as shown", peaks=True, unit="/s")
    error_ratio_seen = level("bad part of the calls, as shown", "lower", peaks=True, unit="ratio")
    summed_quantile = level(
        "quantile of latency by the buckets of all targets together", "lower", peaks=True, unit="s"
    )
    averaged_quantile = level(
        "average of the targets' own quantiles of latency", "lower", peaks=True, unit="s"
    )
    worst_quantile = level(
        "largest of the targets' own quantiles of latency", "lower", peaks=True, unit="s"
    )
    answered = count("calls answered: the truth")
    bad = count("calls answered badly, or too late: the truth", better="lower")
    error_ratio = ratio("bad part of the calls: the truth", "bad", "answered", better="lower")
    latency_s = samples("time from a call to its answer: the truth")
    scrapes = count("readings that were tried")
    missed = count("readings that failed because the target was down", better="lower")

    def __init__(self, name: str, sim: Simulation, spec: Scraper, site: Site) -> None:
        super().__init__(name, sim)
        self._spec = spec
        self._buckets = spec.buckets
        self._names = [each.name for group in spec.of for each in site.find(group)]
        self._find = site.find
        self._series: dict[str, Series] = {}
        self._offset = {each: sim.uniforms(f"{name}.offset.{each}") for each in self._names}

    def before(self, receiver: Component) -> Component:
        if receiver.name not in self._names:
            return receiver
        spec, (program,) = self._spec, self._find(receiver.name)
        exporter = Exporter(
            program,
            receiver,
            self._buckets.bounds(),
            spec.slow_after or inf,
            self._note_came,
            self._note_went,
        )
        self._series[receiver.name] = Series(exporter, spec.delay, spec.window, spec.staleness)
        return exporter

    def start(self) -> None:
        for name, series in self._series.items():
            first_s = self._offset[name]() * self._spec.interval if self._spec.spread else 0.0
            self.sim.process(self._scrape(series, first_s))
        self.sim.process(self._look())

    def value(self, what: Value) -> float:
        """What is shown now; nan if nothing is known."""
        if what == "in_flight":
            known = [each.gauge(self.sim.now) for each in self._series.values()]
            known = [each for each in known if not isnan(each)]
            return sum(known) if known else nan
        if what == "calls_per_s":
            rates = [each.per_s(self.sim.now) for each in self._series.values()]
            known_rates = [float(each[EVENTS]) for each in rates if each is not None]
            return sum(known_rates) if known_rates else nan
        increases = self._increases()
        if not increases:
            return nan
        together = np.sum(increases, axis=0)
        if what == "error_ratio":
            return float(together[BAD] / together[EVENTS]) if together[EVENTS] else nan
        if what == "summed_quantile":
            return self._quantile(together)
        own = [each for each in map(self._quantile, increases) if not isnan(each)]
        if not own:
            return nan
        return max(own) if what == "worst_quantile" else sum(own) / len(own)

    def totals(self) -> tuple[float, float]:
        """All events that are known of, and the bad ones among them."""
        for each in self._series.values():
            each.increase(self.sim.now)
        counts = [each.ever for each in self._series.values() if isinstance(each.ever, np.ndarray)]
        return sum(float(each[EVENTS]) for each in counts), sum(float(each[BAD]) for each in counts)

    def _increases(self) -> list[np.ndarray]:
        found = [each.increase(self.sim.now) for each in self._series.values()]
        return [each for each in found if each is not None]

    def _quantile(self, counts: np.ndarray) -> float:
        return self._buckets.quantile(self._spec.quantile, counts[FIRST_BUCKET:])

    def _scrape(self, series: Series, first_s: float) -> Process:
        yield self.sim.timeout(first_s)
        while True:
            self.scrapes += 1
            self.missed += not series.scrape(self.sim.now)
            yield self.sim.timeout(self._spec.interval)

    def _look(self) -> Process:
        """Draw the dashboard anew, as often as there are new values."""
        while True:
            yield self.sim.timeout(self._spec.interval)
            for name in ("in_flight", "calls_per_s", "error_ratio"):
                show(self, f"{name}_seen", self.value(name))
            for name in ("summed_quantile", "averaged_quantile", "worst_quantile"):
                show(self, name, self.value(name))

    def _note_came(self) -> None:
        self.in_flight += 1
        self.in_flight_area -= self.sim.now
        if self.in_flight > self.in_flight_peak:
            self.in_flight_peak = self.in_flight

    def _note_went(self, took_s: float, outcome: int, is_bad: bool) -> None:
        self.in_flight -= 1
        self.in_flight_area += self.sim.now
        if outcome != CANCELED:
            self.answered += 1
            self.bad += is_bad
            self.latency_s.append(took_s)


@controller_kinds.register
class Scraper(Controller):
    """Reads counters, gauges and histograms of components at intervals, as Prometheus does."""

    kind: Literal["scraper"] = "scraper"
    of: Refs = Field(min_length=1, description="components or groups that are read")
    interval: PositiveSeconds = Field(15.0, description="time between two readings of a target")
    spread: bool = Field(
        True,
        description="whether each target is read at an instant of its own within the interval, by "
        "chance; else all at once, from the beginning",
    )
    delay: Seconds = Field(0.0, description="time from a reading until it can be seen")
    window: PositiveSeconds = Field(
        300.0, description="how far back rates and quantiles look; at least two intervals"
    )
    quantile: Ratio = Field(0.99, description="quantile of latency that is shown")
    buckets: Annotated[Bucketing, bucketings] = Field(
        Classic(), description="buckets of the histograms of latency"
    )
    slow_after: PositiveSeconds | None = Field(
        None, description="an ok answer that takes longer is bad, too; no limit if not given"
    )
    staleness: PositiveSeconds = Field(
        300.0, description="age at which a gauge is shown no more (Prometheus: 5 min)"
    )

    measures = LiveScraper.measures

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.window < 2 * self.interval:
            least = f"twice interval, {2 * self.interval:g} s"
            yield f"window ({self.window:g} s) must be at least {least}: a rate needs two readings"

    def build(self, name: str, sim: Simulation, site: Site) -> LiveScraper:
        return LiveScraper(name, sim, self, site)
