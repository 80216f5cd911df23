"""On call: somebody who is paged, gets up, looks, and does something about it, or does not.

Pages come from alerts, or from an alert manager that bundles them. One person deals with one page
at a time, and others wait in line. To get to the keyboard takes ``acknowledge_time``. If something
is wrong and the alert still fires, it is mitigated after another ``mitigate_time``, with the
``action``; else it takes ``look_time`` to find out that there is nothing to do.

Whoever is woken up for nothing, again and again, gets tired: with each ``half_after`` false pages
within ``memory`` the probability to react to a page halves. Nobody gets to see a page to which
nobody has reacted, unless it is sent again.

A page is false if nothing was wrong when it came: no fault was under way or had ended within
``linger``, and it is not within a stretch of ``wrong``, where the file says that something else was
(a bad release, a drift). That is the truth, for reports alone, except that who has looked knows it.

Left out: shifts and escalation to a second person; false pages to which something is done that
does harm.

Source: Beyer et al. (eds.), *The Site Reliability Workbook*, 2018, chapters 5 and 8, for what pages
are to be measured by. The halving is a model of ours, with figures to be chosen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from math import inf
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.controllers.actions import Action, Reach, action_kinds
from simulator.controllers.alerting.alert_manager import no_signal
from simulator.controllers.base import (
    Controller,
    ControllerRef,
    LiveController,
    Plan,
    Process,
    Site,
    controller_kinds,
)
from simulator.controllers.levels import show
from simulator.controllers.signals import Signal
from simulator.distributions import Time
from simulator.kernel import Simulation, count, level, ratio, samples
from simulator.registry import Spec
from simulator.units import PositiveSeconds, Seconds


class Page:
    """One page.

    Attributes:
        signal: what it is about.
        at_s: when it came, in seconds.
        since_s: since when something had been wrong then; None for a false page.
    """

    def __init__(self, signal: Signal, at_s: float, since_s: float | None) -> None:
        self.signal = signal
        self.at_s = at_s
        self.since_s = since_s


class LiveOnCall(LiveController):
    """One person and a pager."""

    pages = count("pages", better="lower")
    true_pages = count("pages that came while something was wrong")
    false_pages = count("pages that came while nothing was wrong", better="lower")
    precision = ratio("part of the pages that were true", "true_pages", "pages", better="higher")
    ignored = count("pages that nobody reacted to", better="lower")
    detected = count("troubles for which a page came", better="higher")
    mitigated = count("troubles that somebody did something about", better="higher")
    detect_s = samples("time from the beginning of a trouble to its first page")
    acknowledge_s = samples("time from a page until somebody was at the keyboard")
    mitigate_s = samples("time from the beginning of a trouble until something was done about it")
    waiting = level("pages that wait until the one before is dealt with", "lower", peaks=True)
    busy = level("whether somebody deals with a page: 1, else 0", better="lower")

    def __init__(self, name: str, sim: Simulation, spec: OnCall, site: Site) -> None:
        super().__init__(name, sim)
        self._spec = spec
        self._site = site
        self._acknowledge_s = sim.draws(f"{name}.acknowledge_time", spec.acknowledge_time)
        self._mitigate_s = sim.draws(f"{name}.mitigate_time", spec.mitigate_time)
        self._look_s = sim.draws(f"{name}.look_time", spec.look_time)
        self._attention = sim.uniforms(f"{name}.attention")
        self._queue: deque[Page] = deque()
        self._in_vain_s: deque[float] = deque()  # when false pages were found to be false
        self._seen: set[float] = set()  # beginnings of troubles that were paged for
        self._ended: set[float] = set()  # of those that something was done about
        self._reach: Any = None  # of type Reach from `meet` on

    def meet(self, others: Mapping[str, LiveController]) -> None:
        self._reach = Reach(self.sim, self._site.find, others)
        for name in self._spec.alerts:
            pager: Any = others[name]
            pager.on_fire(self._page)

    def _page(self, signal: Signal) -> None:
        now_s, since_s = self.sim.now, self._wrong_since_s()
        self.pages += 1
        if since_s is None:
            self.false_pages += 1
        else:
            self.true_pages += 1
            if since_s not in self._seen:
                self._seen.add(since_s)
                self.detected += 1
                self.detect_s.append(now_s - since_s)
        self._site.note("paged", self.name, f"{signal.name}: {signal.words}")
        if self._attention() >= self._alertness():
            self.ignored += 1
            return
        self._queue.append(Page(signal, now_s, since_s))
        show(self, "waiting", len(self._queue))
        if not self.busy:
            show(self, "busy", 1)
            self.sim.process(self._work())

    def _work(self) -> Process:
        """Deal with pages until there are none."""
        while self._queue:
            page = self._queue.popleft()
            show(self, "waiting", len(self._queue))
            yield self.sim.timeout(self._acknowledge_s())
            self.acknowledge_s.append(self.sim.now - page.at_s)
            if page.since_s is not None and page.signal.still_fires():
                yield self.sim.timeout(self._mitigate_s())
                self._mitigate(page.since_s)
            else:
                yield self.sim.timeout(self._look_s())
                if page.since_s is None:
                    self._in_vain_s.append(self.sim.now)
        show(self, "busy", 0)

    def _mitigate(self, since_s: float) -> None:
        if since_s not in self._ended:
            self._ended.add(since_s)
            self.mitigated += 1
            self.mitigate_s.append(self.sim.now - since_s)
        elif not self._spec.repeats:
            return
        action = self._spec.action
        if action is not None:
            self._site.note("action", self.name, action.words())
            action.do(self._reach)

    def _alertness(self) -> float:
        """The probability to react to a page now."""
        if self._spec.half_after is None:
            return 1.0
        while self._in_vain_s and self._in_vain_s[0] < self.sim.now - self._spec.memory:
            self._in_vain_s.popleft()
        return 0.5 ** (len(self._in_vain_s) / self._spec.half_after)

    def _wrong_since_s(self) -> float | None:
        """Since when something is wrong, or was until a short while ago; None if nothing is."""
        now_s = self.sim.now
        ends = [(each.start_s, each.end_s) for each in self._site.strikes]
        ends += [(each.start, each.until or inf) for each in self._spec.wrong]
        lingering = (
            start_s for start_s, end_s in ends if start_s <= now_s <= end_s + self._spec.linger
        )
        return min(lingering, default=None)


class Wrong(Spec):
    """A stretch of time in which something is wrong that is no fault."""

    start: Seconds = Field(alias="from", description="when it begins")
    until: PositiveSeconds | None = Field(None, description="when it ends; never if not given")

    def contradictions(self) -> Iterator[str]:
        if self.until is not None and self.until <= self.start:
            yield f"until ({self.until:g} s) must be after from ({self.start:g} s)"


@controller_kinds.register
class OnCall(Controller):
    """A person with a pager, who takes time, may be tired, and does one thing at a time."""

    kind: Literal["on_call"] = "on_call"
    alerts: tuple[ControllerRef, ...] = Field(
        min_length=1, description="alerts, monitors and alert managers that page"
    )
    acknowledge_time: Time = Field(description="time to get to the keyboard")
    mitigate_time: Time = Field(description="time from there until something is done about it")
    look_time: Time = Field(description="time from there to find that there is nothing to do")
    action: Annotated[Action, action_kinds] | None = Field(
        None, description="what is done about it; nothing that helps if not given"
    )
    repeats: bool = Field(
        False, description="whether it is done again at a later page about the same trouble"
    )
    half_after: float | None = Field(
        None,
        gt=0,
        description="recent false pages that halve the probability to react to a page; never tired "
        "if not given",
    )
    memory: PositiveSeconds = Field(
        7 * 86_400.0, description="time after which a false page is forgotten"
    )
    linger: Seconds = Field(
        300.0, description="a page that comes so soon after the end of a trouble is not false"
    )
    wrong: tuple[Wrong, ...] = Field(
        (), description="when something is wrong beside faults, told to the report alone"
    )

    measures = LiveOnCall.measures

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().objections(plan)
        for place, name in enumerate(self.alerts):
            spec: Any = plan.controllers.get(name)
            bundles = spec is not None and spec.kind == "alert_manager"
            if not bundles and (message := no_signal(plan, name)):
                yield ("alerts", place), message
        if self.action is not None:
            for field, message in self.action.misfits(plan):
                yield ("action", field), message

    def build(self, name: str, sim: Simulation, site: Site) -> LiveOnCall:
        return LiveOnCall(name, sim, self, site)
