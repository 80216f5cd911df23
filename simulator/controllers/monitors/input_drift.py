"""Input drift: whether features are still spread as they were.

It needs no labels, and so it is early. It knows nothing of whether a change does harm: a feature
that hardly counts may move, and what makes a positive may change while all features stay. And it is
many tests at a time: of fifty features at 5 % each, nearly every look finds one that has moved
(``correction``, or a number of features that have to have moved).

Left out: what two features have to do with one another; embeddings.

Source: Rabanser, Günnemann and Lipton, "Failing loudly: an empirical study of methods for detecting
dataset shift", *NeurIPS* 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from pydantic import Field

from simulator.controllers.base import Plan, Site, controller_kinds
from simulator.controllers.monitors.columns import ManyColumnsMonitor, ManyColumnsSpec
from simulator.errors import unknown_name
from simulator.kernel import Simulation
from simulator.world.predictions import Rows


@controller_kinds.register
class InputDrift(ManyColumnsSpec):
    """Watches the features that models see."""

    kind: Literal["input_drift"] = "input_drift"
    features: tuple[str, ...] | None = Field(
        None, min_length=1, description="features that are watched; all if not given"
    )

    measures = ManyColumnsMonitor.measures

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().objections(plan)
        yield from unknown_features(self.features, plan)

    def build(self, name: str, sim: Simulation, site: Site) -> InputMonitor:
        return InputMonitor(name, sim, self, site)


def unknown_features(
    features: tuple[str, ...] | None, plan: Plan
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Which of the features that a monitor names the world does not have."""
    if plan.world is not None:
        for place, each in enumerate(features or ()):
            if each not in plan.world.features:
                message = unknown_name("feature", each, plan.world.features)
                yield ("features", place), message


class InputMonitor(ManyColumnsMonitor):
    """A monitor of features in one run."""

    def __init__(self, name: str, sim: Simulation, spec: InputDrift, site: Site) -> None:
        super().__init__(name, sim, spec, site)
        self._features = spec.features
        self._places: list[int] = []

    def _set_up(self) -> None:
        super()._set_up()
        self._world.keep_features()
        known = self._world.spec.feature_names()
        self._places = [known.index(each) for each in self._features or known]

    def names(self) -> list[str]:
        return list(self._features or self._world.spec.feature_names())

    def columns(self, rows: Rows) -> np.ndarray:
        return rows.features[:, self._places]
