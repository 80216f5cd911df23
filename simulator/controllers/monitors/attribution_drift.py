"""Attribution drift: whether answers still come about in the same way.

What a feature contributes to a score, its weight times how far it is from its mean, says more than
the feature: one that the model makes much of shows sooner than in the score, where it is one term
among others, and one that hardly counts does not show at all. For a model that adds up features
these are its Shapley values.

Attributions cost what a model costs many times over, so that a part of the answers is explained,
by calls to an ``explainer`` of their own, spread evenly over the time between looks. Those that it
does not answer are not known. Without one it costs nothing, and all is known at once.

Left out: what explanations of other models are like, which are noisy by themselves; a network on
the way to the explainer, and scrapers that see these calls.

Source: Lundberg and Lee, "A unified approach to interpreting model predictions", *NeurIPS* 2017;
Google Cloud, "Monitor feature attribution skew and drift".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from simulator.controllers.base import Process, Site, controller_kinds
from simulator.controllers.monitors.columns import ManyColumnsMonitor, ManyColumnsSpec
from simulator.kernel import OK, Call, Ref, Simulation, count, samples
from simulator.units import Ratio
from simulator.world.predictions import Rows

NOBODYS = -1  # number of a request that no user has made
SPREAD = 2_654_435_761  # of which multiples are spread evenly over 32 bits


class AttributionMonitor(ManyColumnsMonitor):
    """A monitor of attributions in one run."""

    explained = count("answers that were explained")
    unexplained = count("explanations that were asked for and not got", better="lower")
    explanation_s = samples("time that an explanation took")

    def __init__(self, name: str, sim: Simulation, spec: AttributionDrift, site: Site) -> None:
        super().__init__(name, sim, spec, site)
        self._ratio: float = spec.ratio
        self._explainer: Any = site.find(spec.explainer)[0] if spec.explainer else None
        self._fresh_needs: Callable[[], tuple[float, ...]] = tuple
        self._key = 0 if sim.keys else None
        self._asked_row = 0
        self._known: dict[int, float] = {}  # rows that were explained, and when

    def _set_up(self) -> None:
        super()._set_up()
        self._world.keep_features()
        if self._explainer is not None:
            self._fresh_needs = self.sim.needs.renewed(f"{self.name}.explanations")[0]
            self.sim.process(self._explain())

    def names(self) -> list[str]:
        return self._world.spec.feature_names()

    def columns(self, rows: Rows) -> np.ndarray:
        """By how much each feature raised the score of each row, or lowered it."""
        found = np.empty_like(rows.features)
        for place in np.unique(rows.version):
            model = self._world.models[self._world.predictions.names[place]]
            which = rows.version == place
            means = self._world.spec.means_at(model.spec.trained_at)
            found[which] = np.abs((rows.features[which] - means) * model.learned.weights)
        return found

    def taken(self, from_s: float, to_s: float) -> Rows:
        if self._explainer is None:
            rows = self._sampled(self.rows(from_s, to_s))
            self.explained += len(rows) if to_s == self.sim.now else 0
            return rows
        log = self._world.predictions
        if to_s == self.sim.now:
            self._known = {row: at_s for row, at_s in self._known.items() if at_s >= from_s}
        places = [row for row, at_s in self._known.items() if from_s <= at_s < to_s]
        first = min(places, default=0)
        rows = log.since(first, max(places, default=-1) + 1)
        return rows.chosen(np.array(sorted(places), dtype=int) - first)

    def _sampled(self, rows: Rows) -> Rows:
        return rows.chosen(self._is_sampled(rows))

    def _is_sampled(self, rows: Rows) -> np.ndarray:
        luck = (rows.number.astype(np.uint64) * np.uint64(SPREAD)) % np.uint64(2**32)
        return luck < self._ratio * 2**32

    def _explain(self) -> Process:
        """Ask for explanations of what was answered in the interval before, one after another."""
        every_s = self._base.every
        while True:
            yield self.sim.timeout(every_s)
            log = self._world.predictions
            rows = log.since(self._asked_row)
            is_asked = self._is_sampled(rows) & ~rows.is_shadow
            if self._version >= 0:
                is_asked &= rows.version == self._version
            places = self._asked_row + np.flatnonzero(is_asked)
            self._asked_row += len(rows)
            self.sim.process(self._ask(places.tolist(), every_s / (len(places) + 1)))

    def _ask(self, places: list[int], gap_s: float) -> Process:
        for place in places:
            yield self.sim.timeout(gap_s)
            request = (NOBODYS, 0, self._key, *self._fresh_needs())
            self._explainer.accept(Call(request, self, (place, self.sim.now)))

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        place, asked_s = state
        if outcome != OK:
            self.unexplained += 1
            return
        self.explained += 1
        self.explanation_s.append(self.sim.now - asked_s)
        self._known[place] = self.sim.now


@controller_kinds.register
class AttributionDrift(ManyColumnsSpec):
    """Watches how much each feature contributes to scores."""

    kind: Literal["attribution_drift"] = "attribution_drift"
    ratio: Annotated[Ratio, Field(gt=0)] = Field(
        1.0, description="part of the answers that are explained"
    )
    explainer: Ref | None = Field(
        None, description="server that explains; explanations cost nothing if not given"
    )

    measures = AttributionMonitor.measures

    def build(self, name: str, sim: Simulation, site: Site) -> AttributionMonitor:
        return AttributionMonitor(name, sim, self, site)
