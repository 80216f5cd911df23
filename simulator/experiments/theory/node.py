"""One component as the families of formulas look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan, pi, sqrt

from simulator.experiments.theory.arrivals import Arrivals, Flows, shares_of
from simulator.experiments.theory.formula import Doubt, Formula, Measures
from simulator.experiments.theory.station import Service, Station, service_of, station_of
from simulator.kernel import ComponentSpec
from simulator.units import human

SETTLED = 5.0  # relaxation times after which a beginning is forgotten
LONG = 200.0  # relaxation times that a window should have
ENOUGH = 20.0  # the same for what follows from rates alone
SEEN = 30.0  # how often something rare must happen in a run to be compared
WILD = 3.0  # a cv above which averages settle slower than an interval tells


@dataclass(frozen=True)
class Node:
    """A component or a group of equal replicas, of a scenario that is valid.

    Attributes:
        name: of the component or group.
        flows: of the scenario.
    """

    name: str
    flows: Flows

    @property
    def spec(self) -> ComponentSpec:
        return self.flows.specs[self.name]

    @cached_property
    def arrivals(self) -> Arrivals:
        """What comes to it."""
        return self.flows.at(self.name)

    @cached_property
    def replicas(self) -> int:
        return len(self.flows.members(self.name))

    @cached_property
    def rates(self) -> Sequence[float] | None:
        """Calls a second of each class to one of its replicas; None if unknown, or if none come."""
        rates = self.arrivals.rates
        if rates is None or sum(rates) <= 0:
            return None
        return [each / self.replicas for each in rates]

    @property
    def rate(self) -> float:
        """Calls a second to one of its replicas."""
        return sum(self.rates or ())

    @cached_property
    def station(self) -> Station | None:
        """How it serves; None if it is no station."""
        return station_of(self.spec, self.flows.classes)

    @cached_property
    def service(self) -> Service | None:
        """The service time of what comes, all classes together."""
        if self.station is None:
            return None
        return service_of(self.station.laws, shares_of(self.flows.classes, self.rates))

    @property
    def load(self) -> float:
        """Offered work over what the workers of a replica can do; 0 without a limit to them."""
        if self.station is None or self.service is None or self.station.workers is None:
            return 0.0
        return self.rate * self.service.mean_s / self.station.workers

    @cached_property
    def doubts(self) -> list[Doubt]:
        """What is wrong for a formula of queues: with what comes, with itself, with the run."""
        return [*self.arrivals.doubts, *self.own_doubts]

    @cached_property
    def own_doubts(self) -> list[Doubt]:
        """The same without what comes to it."""
        return [*self._oddities(), *self._of_window(LONG), *self._of_service()]

    @cached_property
    def lasting(self) -> list[Doubt]:
        """The doubts that matter to what follows from rates alone, whenever calls come."""
        calls = [each for each in self.arrivals.doubts if each.touches != "timing"]
        return [*calls, *self._oddities(), *self._of_window(ENOUGH)]

    def struck(self) -> list[Doubt]:
        """The faults that befall it itself."""
        return [*self.flows.struck({self.name})]

    def _oddities(self) -> list[Doubt]:
        return self.station.oddities() if self.station is not None else []

    def rare(self, probability: float, words: str) -> list[Doubt]:
        """A doubt if something has hardly ever happened at the end of a run.

        Args:
            probability: of it, for each call.
            words: what hardly any call does.
        """
        run = self.flows.scenario.run
        window_s = (run.duration or 0.0) - run.warmup
        is_rare = probability * self.rate * self.replicas * window_s < SEEN
        return [Doubt(f"hardly any call of a run {words}", is_grave=False)] if is_rare else []

    def _of_service(self) -> Iterator[Doubt]:
        if self.service is not None and self.service.cv > WILD:
            yield Doubt("service times vary so much that averages settle slowly", is_grave=False)

    def _of_window(self, wanted: float) -> Iterator[Doubt]:
        """Whether it has settled when the window begins, and the window is long enough.

        Args:
            wanted: relaxation times in a window.
        """
        run, settling_s = self.flows.scenario.run, self.settling_s
        if run.duration is None or settling_s is None:
            return
        window_s = run.duration - run.warmup
        here = f"for a relaxation time of {human(settling_s, 's')}"
        if window_s < wanted * settling_s:
            words = f"a window of {human(window_s, 's')} is short {here}"
            yield Doubt(words, is_grave=False)
        elif run.warmup < SETTLED * settling_s and window_s < SETTLED * wanted * settling_s:
            begins = f"a warm-up of {human(run.warmup, 's')}" if run.warmup else "no warm-up"
            yield Doubt(f"{begins} is short {here}", is_grave=False)

    @property
    def settling_s(self) -> float | None:
        """The relaxation time of the queue, in seconds; None where it never settles.

        That of M/M/1, scaled to the workers and to the variability of the service time. With few
        waiting places it cannot be longer than a random walk takes to cross them.
        """
        if self.station is None or self.service is None or not self.rate:
            return None
        mean_s, workers = self.service.mean_s, self.station.workers
        if workers is None:
            return mean_s
        if self.station.patience is not None:
            return mean_s + self.station.patience.average()
        spread = (1 + min(self.service.cv, WILD) ** 2) / 2
        places = self.station.places
        crossing_s = None
        if places is not None:
            crossing_s = (places + 1) ** 2 / (pi**2 * self.rate)
        if self.load >= 1:
            return None if crossing_s is None else mean_s + crossing_s
        queue_s = spread * mean_s / workers / (1 - sqrt(self.load)) ** 2
        return mean_s + (queue_s if crossing_s is None else min(queue_s, crossing_s))

    # What is read off the runs

    def seen(self, measure: str) -> float:
        """The mean of a measure of its own over the runs; NaN if it has none."""
        return self.flows.seen.get(f"{self.name}.{measure}", nan)

    def formula(
        self,
        name: str,
        measure: str,
        expected: float | None,
        *doubts: Doubt,
        instead: Sequence[Doubt] | None = None,
        margin: float = 0.0,
    ) -> Formula:
        """A formula for a measure of this node, with all its doubts.

        Args:
            name: of the formula.
            measure: see ``MEASURES``, or a measure of the component.
            expected: the value.
            doubts: of this formula alone.
            instead: of the doubts that every queueing formula has.
            margin: half-width of the value, if it has one.
        """
        unit, read = MEASURES[measure]
        return Formula(
            component=self.name,
            name=name,
            measure=measure,
            unit=unit,
            expected=expected,
            simulated=lambda measures: read(self.name, measures),
            doubts=[*(self.doubts if instead is None else instead), *doubts],
            margin=margin,
        )


Read = Callable[[str, Measures], float]


def _plain(measure: str) -> Read:
    return lambda name, measures: measures[f"{name}.{measure}"]


def _latency(name: str, measures: Measures) -> float:
    inside = measures[f"{name}.in_service_mean"] + measures[f"{name}.queued_mean"]
    return _over(inside, measures[f"{name}.served_per_s"])


def _ratio(part: str) -> Read:
    def read(name: str, measures: Measures) -> float:
        all_of_them = ("served", "admitted", "rejected", "reneged")
        whole = sum(measures.get(f"{name}.{each}", 0.0) for each in all_of_them)
        return _over(measures[f"{name}.{part}"], whole)

    return read


def _over(part: float, whole: float) -> float:
    return part / whole if whole else nan


MEASURES: dict[str, tuple[str, Read]] = {
    "wait_mean_s": ("s", _plain("wait_mean_s")),
    "latency_mean_s": ("s", _latency),
    "utilization": ("ratio", _plain("utilization")),
    "queued_mean": ("", _plain("queued_mean")),
    "in_service_mean": ("", _plain("in_service_mean")),
    "rejected_ratio": ("ratio", _ratio("rejected")),
    "reneged_ratio": ("ratio", _ratio("reneged")),
    "hit_ratio": ("ratio", _plain("hit_ratio")),
}
"""Measure -> its unit, and how it is read off a run; the latency is the time spent there, by
Little's law, and the ratios are parts of the calls that came to an end there."""
