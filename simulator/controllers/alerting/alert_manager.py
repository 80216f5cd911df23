"""Alert manager: makes few notifications of many alerts.

Alerts that belong together are one group. Its first alert waits for others (``group_wait``), then
they are told of together. After that the group is looked at every ``group_interval``: new alerts
are told of then, and what fires all the time is told of again after ``repeat_interval``. An alert
that was cleared and fires again in between is no news. When nothing in it fires any more the group
is closed, and the next alert opens it anew.

While an alert fires that ``inhibits`` others, these are kept back: when the database is down nobody
needs to hear that each of its users is unwell.

Left out: silences, routes to several receivers, and what a cluster of alert managers has to agree
on.

Source: Prometheus documentation, "Alertmanager" and its configuration, for the defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, cast

from pydantic import Field

from simulator.controllers.base import (
    Controller,
    ControllerRef,
    LiveController,
    Note,
    Plan,
    Process,
    Site,
    controller_kinds,
)
from simulator.controllers.signals import Listener, Signal
from simulator.kernel import Simulation, count
from simulator.units import PositiveSeconds, Seconds


class Notification(Signal):
    """Alerts that are told of together; it fires while any of them does."""

    def __init__(self, name: str, sim: Simulation, note: Note, alerts: list[Signal]) -> None:
        super().__init__(name, sim, note)
        self._alerts = alerts
        self.words = "; ".join(f"{each.name}: {each.words}" for each in alerts)

    def still_fires(self) -> bool:
        return any(each.still_fires() for each in self._alerts)


class _Group:
    """Alerts that belong together.

    Attributes:
        alerts: that have fired since it was opened, by name.
        told: names of those that somebody was told of and that have fired since.
        told_s: when, in seconds.
    """

    def __init__(self) -> None:
        self.alerts: dict[str, Signal] = {}
        self.told: set[str] = set()
        self.told_s = 0.0


class LiveAlertManager(LiveController):
    """Listens to alerts, and tells whoever listens to it."""

    received = count("times that an alert began to fire")
    notified = count("notifications sent", better="lower")
    repeated = count("of these, about nothing new", better="lower")
    inhibited = count("alerts kept back because another one fired")

    def __init__(self, name: str, sim: Simulation, spec: AlertManager, site: Site) -> None:
        super().__init__(name, sim)
        self._spec = spec
        self._note = site.note
        self._signals: dict[str, Signal] = {}
        self._groups: dict[str, _Group] = {}
        self._listeners: list[Listener] = []

    def meet(self, others: Mapping[str, LiveController]) -> None:
        for name in (*self._spec.alerts, *self._spec.inhibits):
            self._signals[name] = cast(Signal, others[name])
        for name in self._spec.alerts:
            self._signals[name].on_fire(self._hear)

    def on_fire(self, listener: Listener) -> None:
        """Have ``listener(notification)`` called for each notification."""
        self._listeners.append(listener)

    def _hear(self, signal: Signal) -> None:
        self.received += 1
        key = "" if self._spec.group_by == "everything" else signal.name
        if key not in self._groups:
            self._groups[key] = _Group()
            self.sim.process(self._tend(key, self._groups[key]))
        self._groups[key].alerts[signal.name] = signal

    def _tend(self, key: str, group: _Group) -> Process:
        yield self.sim.timeout(self._spec.group_wait)
        while self._flush(group):
            yield self.sim.timeout(self._spec.group_interval)
        del self._groups[key]

    def _flush(self, group: _Group) -> bool:
        """Tell of what is due; whether anything in the group fires still."""
        firing = [name for name, each in group.alerts.items() if each.still_fires()]
        shown = [name for name in firing if not self._is_inhibited(name)]
        self.inhibited += len(firing) - len(shown)
        group.told &= set(firing)
        is_news = not group.told.issuperset(shown)
        is_due = self.sim.now >= group.told_s + self._spec.repeat_interval
        if shown and (is_news or is_due):
            self.repeated += not is_news
            group.told, group.told_s = set(shown), self.sim.now
            self._tell([group.alerts[name] for name in shown])
        return bool(firing)

    def _is_inhibited(self, name: str) -> bool:
        return any(
            name in kept_back and self._signals[source].still_fires()
            for source, kept_back in self._spec.inhibits.items()
        )

    def _tell(self, alerts: list[Signal]) -> None:
        self.notified += 1
        notification = Notification(self.name, self.sim, self._note, alerts)
        self._note("notified", self.name, notification.words)
        for listener in self._listeners:
            listener(notification)


@controller_kinds.register
class AlertManager(Controller):
    """Groups alerts, drops what is no news, and keeps back what follows from another alert."""

    kind: Literal["alert_manager"] = "alert_manager"
    alerts: tuple[ControllerRef, ...] = Field(
        min_length=1, description="alerts and monitors that it hears of"
    )
    group_by: Literal["alert", "everything"] = Field(
        "everything", description="what one notification is about: one alert, or all there are"
    )
    group_wait: Seconds = Field(
        30.0, description="time that the first alert of a group waits for others"
    )
    group_interval: PositiveSeconds = Field(
        300.0, description="time from one look at a group to the next"
    )
    repeat_interval: PositiveSeconds = Field(
        4 * 3600.0, description="time after which what still fires is told of again"
    )
    inhibits: dict[ControllerRef, tuple[ControllerRef, ...]] = Field(
        {}, description="an alert -> those that are kept back while it fires"
    )

    measures = LiveAlertManager.measures

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().objections(plan)
        named: list[tuple[tuple[str | int, ...], str]] = [
            *((("alerts", place), name) for place, name in enumerate(self.alerts)),
            *((("inhibits", name), name) for name in self.inhibits),
        ]
        for path, name in named:
            if message := no_signal(plan, name):
                yield path, message

    def build(self, name: str, sim: Simulation, site: Site) -> LiveAlertManager:
        return LiveAlertManager(name, sim, self, site)


def no_signal(plan: Plan, name: str) -> str:
    """What is wrong with a controller that is to raise alarms; empty if it raises some."""
    spec: Any = plan.controllers.get(name)
    if spec is None or "fired" in spec.measures:
        return ""
    able = [each for each, other in plan.controllers.items() if "fired" in other.measures]
    raises = f"which raises no alarms; in this file these do: {', '.join(able) or 'none'}"
    return f"{name!r} is of kind {spec.kind!r}, {raises}"
