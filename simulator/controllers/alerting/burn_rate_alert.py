"""Burn-rate alert: goes off when an error budget is spent too fast.

Looks whenever its objective has been reckoned anew. See ``simulator.policies.alerting.burn_rates``
for the windows; by default they are those of the Site Reliability Workbook that wake somebody up:
2 % of a 30 days' budget in an hour, or 5 % in six, each confirmed by a window of a twelfth.

Left out: windows of a service that has few calls, merged with those of others.

Source: Beyer et al. (eds.), *The Site Reliability Workbook*, 2018, chapter 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from simulator.controllers.base import (
    Controller,
    ControllerRef,
    LiveController,
    Plan,
    Site,
    controller_kinds,
)
from simulator.controllers.signals import Signal
from simulator.kernel import Simulation, samples
from simulator.policies.alerting import BurnRates, BurnWindow, Hysteresis
from simulator.policies.alerting.burn_rates import WORKBOOK
from simulator.units import Seconds, human


class LiveBurnRateAlert(Signal):
    """Watches the tally of an objective."""

    spent_when_fired = samples("part of the error budget spent when it began to fire", unit="ratio")

    def __init__(self, name: str, sim: Simulation, spec: BurnRateAlert, site: Site) -> None:
        super().__init__(name, sim, site.note)
        self._spec = spec
        self._hysteresis = Hysteresis(0.5, 0.5, spec.wait, spec.keep_firing_for)
        self._slo: Any = None
        self._rates = BurnRates(spec.windows, 0.5, spec.min_events)

    def meet(self, others: Mapping[str, LiveController]) -> None:
        self._slo = others[self._spec.slo]
        spec = self._spec
        self._rates = BurnRates(spec.windows, self._slo.spec.objective, spec.min_events)
        self._slo.listen(self._rates.longest_s(), self._look)

    def _look(self) -> None:
        found = self._rates.exceeded(self._slo.tally)
        if not self._hysteresis.look(self.sim.now, 1.0 if found else 0.0):
            self.clear("no window is above its burn rate any more")
        elif found is not None and not self.is_firing:
            window, rate = found
            self.spent_when_fired.append(self._slo.budget_spent)
            self.raise_(f"burn rate {rate:.3g} over {human(window.long, 's')}")


@controller_kinds.register
class BurnRateAlert(Controller):
    """Fires while the error budget of an objective goes too fast, over one window or several."""

    kind: Literal["burn_rate_alert"] = "burn_rate_alert"
    slo: ControllerRef = Field(description="objective whose budget it guards")
    windows: tuple[BurnWindow, ...] = Field(
        WORKBOOK,
        min_length=1,
        description="rates that are too fast, any of which is enough (by default 14.4 over 1 h and "
        "5 min, and 6 over 6 h and 30 min)",
    )
    min_events: int = Field(
        0, ge=0, description="calls in the long window below which it says nothing"
    )
    wait: Seconds = Field(0.0, alias="for", description="how long that must last before it fires")
    keep_firing_for: Seconds = Field(
        0.0, description="how long all must have been well before it is cleared"
    )

    measures = LiveBurnRateAlert.measures

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().objections(plan)
        spec: Any = plan.controllers.get(self.slo)
        if spec is None:
            return
        if spec.kind != "slo":
            yield ("slo",), f"{self.slo!r} is of kind {spec.kind!r}; must be an slo"
            return
        for place, each in enumerate(self.windows):
            most = 1 / (1 - spec.objective)
            if each.burn_rate >= most:
                limit = f"{most:.4g}, the rate at which everything fails"
                path = ("windows", place, "burn_rate")
                yield path, f"found {each.burn_rate:g}; must be below {limit}"

    def build(self, name: str, sim: Simulation, site: Site) -> LiveBurnRateAlert:
        return LiveBurnRateAlert(name, sim, self, site)
