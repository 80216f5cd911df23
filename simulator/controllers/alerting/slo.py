"""SLO: which part of the calls to a component has to be good, and what is left of the rest.

Good is a call that was answered ok, and in time if there is a limit (``slow_after``); all others
are bad. One that its sender takes back is neither. ``objective`` is the part that has to be good
over a ``period``; what may be bad is the error budget. How much of it is spent is reckoned as if
as many calls came all through the period as have come until now.

Alerts on it look whenever it is reckoned anew, every ``interval``. They go by true counts or, with
``scraped_by``, by what a scraper knows of its targets, whatever those are: later, and without what
a crashed program has not told. ``events``, ``bad`` and ``apdex`` are the truth in any case.

Left out: calendar periods (it is a window that has begun with the run); several indicators in one.

Source: Beyer et al. (eds.), *The Site Reliability Workbook*, 2018, chapters 2 and 5; Apdex
Alliance, *Application Performance Index: Technical Specification*, version 1.1, 2007.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import Any, Literal

from pydantic import Field

from simulator.controllers.base import (
    Controller,
    ControllerRef,
    LiveController,
    Plan,
    Process,
    Site,
    controller_kinds,
)
from simulator.controllers.exporter import Exporter
from simulator.controllers.levels import show
from simulator.kernel import OK, Component, Refs, Simulation, count, level, ratio
from simulator.kernel.call import CANCELED
from simulator.policies.alerting import Tally
from simulator.units import PositiveSeconds, Ratio

DAY_S = 86_400.0
TOLERATED = 4  # times the target that users tolerate, by the definition of Apdex


class LiveSlo(LiveController):
    """Counts good calls and bad ones, and tells alerts when it has."""

    events = count("calls answered, badly or well")
    bad = count("calls answered badly, or too late", better="lower")
    error_ratio = ratio("bad part of the calls", "bad", "events", better="lower")
    budget_spent = level(
        "part of the period's error budget that is spent", "lower", peaks=True, unit="ratio"
    )
    satisfaction: float = count("satisfied calls, and tolerated ones by half", better="higher")
    apdex = ratio("satisfied calls, and tolerated ones by half, of all", "satisfaction", "events")

    def __init__(self, name: str, sim: Simulation, spec: Slo, site: Site) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self.tally = Tally(0.0)
        self._find = site.find
        self._names = [each.name for group in spec.of for each in site.find(group)]
        self._scraper: Any = None
        self._listeners: list[Callable[[], None]] = []

    def before(self, receiver: Component) -> Component:
        if receiver.name not in self._names:
            return receiver
        (program,) = self._find(receiver.name)
        slow_after_s = self.spec.slow_after or inf
        return Exporter(program, receiver, [inf], slow_after_s, _nothing, self._note_went)

    def meet(self, others: Mapping[str, LiveController]) -> None:
        if self.spec.scraped_by is not None:
            self._scraper = others[self.spec.scraped_by]

    def start(self) -> None:
        self.sim.process(self._look())

    def listen(self, longest_s: float, listener: Callable[[], None]) -> None:
        """Have ``listener()`` called whenever the tally is read, which then reaches so far back."""
        self.tally.reach_back(longest_s)
        self._listeners.append(listener)

    def _look(self) -> Process:
        while True:
            events, bad = self._totals()
            self.tally.read(self.sim.now, events, bad)
            if events:
                part = min(self.sim.now / self.spec.period, 1.0)
                show(self, "budget_spent", part * bad / events / (1 - self.spec.objective))
            for listener in self._listeners:
                listener()
            yield self.sim.timeout(self.spec.interval)

    def _totals(self) -> tuple[float, float]:
        """All events and bad ones until now, as far as they are known."""
        return (self.events, self.bad) if self._scraper is None else self._scraper.totals()

    def _note_went(self, took_s: float, outcome: int, is_bad: bool) -> None:
        if outcome == CANCELED:
            return
        self.events += 1
        self.bad += is_bad
        if outcome == OK and took_s <= TOLERATED * self.spec.apdex_target:
            self.satisfaction += 1.0 if took_s <= self.spec.apdex_target else 0.5


def _nothing() -> None:
    """What is done when a call comes."""


@controller_kinds.register
class Slo(Controller):
    """An objective for the calls to a component, and the error budget that it leaves."""

    kind: Literal["slo"] = "slo"
    of: Refs = Field(min_length=1, description="components or groups whose calls count")
    objective: Ratio = Field(0.999, description="part of the calls that has to be good, below 1")
    period: PositiveSeconds = Field(30 * DAY_S, description="time that the error budget is for")
    slow_after: PositiveSeconds | None = Field(
        None, description="an ok answer that takes longer is bad, too; no limit if not given"
    )
    apdex_target: PositiveSeconds = Field(
        0.5, description="latency that satisfies users; four times as long they tolerate"
    )
    interval: PositiveSeconds = Field(15.0, description="time between two looks, also of alerts")
    scraped_by: ControllerRef | None = Field(
        None, description="scraper whose counts alerts go by; true counts if not given"
    )

    measures = LiveSlo.measures

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.objective == 1:
            yield "objective must be below 1: 100 % leaves no budget"

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().objections(plan)
        spec = plan.controllers.get(self.scraped_by or "")
        if spec is not None and spec.kind != "scraper":
            found = f"{self.scraped_by!r} is of kind {spec.kind!r}; must be a scraper"
            yield ("scraped_by",), found

    def build(self, name: str, sim: Simulation, site: Site) -> LiveSlo:
        return LiveSlo(name, sim, self, site)
