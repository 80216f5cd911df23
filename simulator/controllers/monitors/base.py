"""What all monitors of models have in common: when they look, when they fire, how they are judged.

A monitor looks at the log of predictions every so often and may raise an alarm. It fires once looks
have raised alarms for some time, and is cleared once they have raised none for some time.

The run keeps what no real monitor could know: whether the world has changed since the time that the
monitor compares with. That gives the time that it took to notice, or that nothing was noticed, and
false alarms. Whether a change does harm is another
question, which the outcomes of the world answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import nan
from typing import Any, NamedTuple

import numpy as np
from pydantic import Field

from simulator.controllers.base import Controller, Plan, Process, Site
from simulator.controllers.levels import show
from simulator.controllers.signals import Signal
from simulator.kernel import Simulation, count, level, ratio, samples
from simulator.units import PositiveSeconds, Seconds
from simulator.world.predictions import Rows

SAME = 0.002  # by which the world may be off and still be the same; steps of a gradual change
HALVINGS = 40  # to find when a change began between two looks


class Finding(NamedTuple):
    """What a look has found.

    Attributes:
        is_alarm: whether something is wrong.
        statistic: what the monitor goes by; NaN if there was nothing to look at.
        words: what is wrong, or how things are.
    """

    is_alarm: bool
    statistic: float
    words: str


NOTHING = Finding(False, nan, "nothing to look at")


class MonitorSpec(Controller):
    """Looks at what models say, every so often, and fires where something is not as it was."""

    model: str | None = Field(
        None, description="version that is watched; answers of all versions if not given"
    )
    start: Seconds = Field(0.0, alias="from", description="when it begins to watch")
    every: PositiveSeconds = Field(description="time from one look to the next")
    window: PositiveSeconds | None = Field(
        None, description="how far back a look goes; to the look before if not given"
    )
    least: int = Field(30, ge=1, description="rows without which a look is put off to the next one")
    hold: Seconds = Field(
        0.0, alias="for", description="time for which looks have to raise alarms until it fires"
    )
    keep: Seconds = Field(
        0.0, description="time for which looks have to raise no alarm until it is cleared"
    )

    @property
    def span_s(self) -> float:
        """How far back a look goes, in seconds."""
        return self.window or self.every

    def begins_s(self) -> float:
        return self.start

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        if plan.world is None:
            yield (), "watches models, and the file has no world"
        elif self.model is not None and self.model not in plan.world.models:
            known = ", ".join(plan.world.models)
            yield ("model",), f"no model {self.model!r}; known: {known}"


class Monitor(Signal):
    """A monitor in one run."""

    looks = count("looks that had enough to look at")
    alarms = count("looks that raised an alarm")
    alarm_ratio = ratio("part of the looks that raised an alarm", "alarms", "looks")
    false_alarms = count("times that it began to fire while nothing had changed", better="lower")
    detected = count("changes of the world after which it began to fire, or was firing")
    unnoticed_s = count(
        "time for which the world had changed and it had not fired since", better="lower", unit="s"
    )
    detected_after_s = samples("time from a change of the world until it fired")
    statistic = level("what it goes by, at the last look that had enough", peaks=True)

    def __init__(self, name: str, sim: Simulation, spec: MonitorSpec, site: Site) -> None:
        super().__init__(name, sim, site.note)
        self._base = spec
        self._world: Any = None  # of type World from `start` on
        self._version = -1  # that is watched, a place in the log's names; below 0 all
        self._looked_s = spec.start
        self._alarm_since_s = nan
        self._quiet_since_s = nan
        self._compared_s = spec.start  # when the world was as it is taken to be
        self._changed_s = nan  # when it stopped being so, as far as the truth goes
        self._is_noticed = False

    def start(self) -> None:
        self._world = self.sim.world
        self._set_up()
        self.sim.process(self._watch())

    def _set_up(self) -> None:
        """Get ready, before anything else happens."""
        if self._base.model is not None:
            self._version = self._world.predictions.names.index(self._base.model)

    def _watch(self) -> Process:
        yield self.sim.timeout(self._base.start)
        while True:
            yield self.sim.timeout(self._base.every)
            self.look()

    def look(self) -> None:
        """Look, and fire or be cleared."""
        now_s = self.sim.now
        self._note_truth(now_s)
        finding = self.examine(self._looked_s, now_s)
        if finding is None:
            return
        self._looked_s = now_s
        self.looks += 1
        self.alarms += finding.is_alarm
        show(self, "statistic", finding.statistic)
        self._act(finding, now_s)

    def examine(self, since_s: float, now_s: float) -> Finding | None:
        """What there is to be seen by now; None if it is too little.

        Args:
            since_s: of the last look that had enough.
            now_s: of this one.
        """
        raise NotImplementedError

    def _act(self, finding: Finding, now_s: float) -> None:
        spec = self._base
        if finding.is_alarm:
            self._quiet_since_s = nan
            if not self._alarm_since_s <= now_s:
                self._alarm_since_s = now_s
            if now_s - self._alarm_since_s >= spec.hold and not self.is_firing:
                self.false_alarms += not self._changed_s <= now_s
                self._note_detection(now_s)
                self.raise_(finding.words)
            return
        self._alarm_since_s = nan
        if not self._quiet_since_s <= now_s:
            self._quiet_since_s = now_s
        if now_s - self._quiet_since_s >= spec.keep:
            self.clear(finding.words)

    def rows(self, from_s: float, to_s: float) -> Rows:
        """Answers that users were meant to get, from one instant to before another."""
        return self._watched(self._world.predictions.between(from_s, to_s))

    def labeled(self, from_s: float, to_s: float) -> Rows:
        """Those of which the label came in between, in the order in which labels came."""
        rows = self._watched(self._world.predictions.known_between(from_s, to_s))
        return rows.chosen(np.argsort(rows.known_s, kind="stable"))

    def _watched(self, rows: Rows) -> Rows:
        which = ~rows.is_shadow
        if self._version >= 0:
            which &= rows.version == self._version
        return rows.chosen(which)

    def _is_changed(self, at_s: float) -> bool:
        then_s = self._compared_s
        drifts = self._world.spec.drifts
        return any(abs(each.when.part(at_s) - each.when.part(then_s)) > SAME for each in drifts)

    def _note_truth(self, now_s: float) -> None:
        """Find out when the world stopped being what it is compared with, and whether it is missed.

        Changes are counted from look to look: one that is over before the next is none.
        """
        is_changed = self._is_changed(now_s)
        if not is_changed:
            # What a look sees may reach back to when it was changed still.
            if not self._is_changed(max(now_s - self._base.span_s, self._base.start)):
                self._changed_s = nan
            return
        if not self._changed_s <= now_s:
            self._changed_s = self._when_changed(now_s)
            self._is_noticed = False
        if self.is_firing:
            self._note_detection(now_s)
        elif not self._is_noticed:
            self.unnoticed_s += min(self._base.every, now_s - self._changed_s)

    def _when_changed(self, now_s: float) -> float:
        before_s, after_s = max(0.0, now_s - self._base.every), now_s
        for _ in range(HALVINGS):
            middle_s = (before_s + after_s) / 2
            if self._is_changed(middle_s):
                after_s = middle_s
            else:
                before_s = middle_s
        return after_s

    def _note_detection(self, now_s: float) -> None:
        if self._changed_s <= now_s and not self._is_noticed:
            self._is_noticed = True
            self.detected += 1
            self.detected_after_s.append(now_s - self._changed_s)
