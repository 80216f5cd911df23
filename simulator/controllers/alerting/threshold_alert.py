"""Threshold alert: goes off when a value that is shown is above a limit.

The value is one of those that a scraper shows, or the bad part of an objective's calls over a
window. Against noise there are two levels (``fire_above`` and ``clear_below``), a wait before it
fires (``for``) and one before it is cleared (``keep_firing_for``), see
``simulator.policies.alerting.hysteresis``.

Left out: values that are too low; limits that follow the time of day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import nan
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
from simulator.controllers.scraper import Value
from simulator.controllers.signals import Signal
from simulator.kernel import Simulation, count
from simulator.policies.alerting import Hysteresis
from simulator.units import PositiveSeconds, Quantity, Seconds, human

UNITS: Mapping[str, str] = {
    "in_flight": "",
    "calls_per_s": "/s",
    "error_ratio": "ratio",
    "summed_quantile": "s",
    "averaged_quantile": "s",
    "worst_quantile": "s",
}


class LiveThresholdAlert(Signal):
    """Looks at one value, again and again."""

    looks = count("times that it looked")

    def __init__(self, name: str, sim: Simulation, spec: ThresholdAlert, site: Site) -> None:
        super().__init__(name, sim, site.note)
        self._spec = spec
        self._watched: Any = None
        self._hysteresis = Hysteresis(
            spec.fire_above, spec.lower(), spec.wait, spec.keep_firing_for
        )

    def meet(self, others: Mapping[str, LiveController]) -> None:
        self._watched = others[self._spec.of]
        if self._watches_slo():
            self._watched.listen(self._spec.window, self._look)

    def start(self) -> None:
        if not self._watches_slo():
            self.sim.process(self._look_again())

    def _watches_slo(self) -> bool:
        return hasattr(self._watched, "tally")

    def _look_again(self) -> Process:
        while True:
            yield self.sim.timeout(self._spec.interval)
            self._look()

    def _look(self) -> None:
        self.looks += 1
        value = self._value()
        words = f"{self._spec.value} {human(value, UNITS[self._spec.value])}"
        if self._hysteresis.look(self.sim.now, value):
            self.raise_(words)
        else:
            self.clear(words)

    def _value(self) -> float:
        if not self._watches_slo():
            return self._watched.value(self._spec.value)
        found = self._watched.tally.over(self._spec.window)
        return found.ratio if found.events >= max(self._spec.min_events, 1) else nan


@controller_kinds.register
class ThresholdAlert(Controller):
    """Fires while a value is above a limit."""

    kind: Literal["threshold_alert"] = "threshold_alert"
    of: ControllerRef = Field(description="scraper or slo that shows the value")
    value: Value = Field("error_ratio", description="which value; an slo shows error_ratio only")
    fire_above: Quantity = Field(description="level above which it fires")
    clear_below: Quantity | None = Field(
        None, description="level down to which it goes on firing; as fire_above if not given"
    )
    wait: Seconds = Field(
        0.0, alias="for", description="how long the value must have been above before it fires"
    )
    keep_firing_for: Seconds = Field(
        0.0, description="how long the value must have been well before it is cleared"
    )
    interval: PositiveSeconds = Field(
        15.0, description="time between two looks at a scraper; an slo has its own interval"
    )
    window: PositiveSeconds = Field(
        300.0, description="window of the ratio of an slo; a scraper has its own window"
    )
    min_events: int = Field(
        0, ge=0, description="calls of an slo in the window below which it says nothing"
    )

    measures = LiveThresholdAlert.measures

    def lower(self) -> float:
        """The level at which it is cleared."""
        return self.fire_above if self.clear_below is None else self.clear_below

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.lower() > self.fire_above:
            limit = f"fire_above ({self.fire_above:g})"
            yield f"clear_below ({self.lower():g}) must be at most {limit}"

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().objections(plan)
        spec = plan.controllers.get(self.of)
        if spec is None:
            return
        if spec.kind not in ("scraper", "slo"):
            yield ("of",), f"{self.of!r} is of kind {spec.kind!r}; must be a scraper or an slo"
        elif spec.kind == "slo" and self.value != "error_ratio":
            yield ("value",), f"{self.of!r} is an slo, which shows error_ratio only"

    def build(self, name: str, sim: Simulation, site: Site) -> LiveThresholdAlert:
        return LiveThresholdAlert(name, sim, self, site)
