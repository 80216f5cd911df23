"""Prediction drift: whether answers are still spread as they were.

It needs no labels either, and one number stands for all features, each as much as the model makes
of it. So it sees a broken feature the better the more that counts, and says nothing of which one it
is. More positives among the requests move it as well, which may be right.

Source: Google Cloud, "Vertex AI model monitoring", on prediction drift.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from simulator.controllers.base import Site, controller_kinds
from simulator.controllers.monitors.columns import ColumnsMonitor, ColumnsSpec
from simulator.kernel import Simulation
from simulator.world.predictions import Rows

Answer = Literal["score", "probability", "said"]


@controller_kinds.register
class PredictionDrift(ColumnsSpec):
    """Watches what models answer."""

    kind: Literal["prediction_drift"] = "prediction_drift"
    of: Answer = Field(
        "score",
        description="what is watched: the score, the probability that goes with it, or what was "
        "said, 0 or 1",
    )

    measures = ColumnsMonitor.measures

    def build(self, name: str, sim: Simulation, site: Site) -> PredictionMonitor:
        return PredictionMonitor(name, sim, self, site)


class PredictionMonitor(ColumnsMonitor):
    """A monitor of answers in one run."""

    def __init__(self, name: str, sim: Simulation, spec: PredictionDrift, site: Site) -> None:
        super().__init__(name, sim, spec, site)
        self._of: Answer = spec.of

    def names(self) -> list[str]:
        return [self._of]

    def columns(self, rows: Rows) -> np.ndarray:
        return np.asarray(getattr(rows, self._of), dtype=float)[:, np.newaxis]
