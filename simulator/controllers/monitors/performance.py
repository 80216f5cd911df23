"""Performance: whether answers are still as good, by the labels that have come in.

It watches what matters, and it is late: an answer is judged only when its label is known, so that
the delay of labels adds to the time that the detector takes
(``simulator.stats.theory.detection_time``). Labels that come sooner for one class than for the
other let the error look better or worse than it is.

Source: Klaise et al., "Monitoring and explainability of models in production", 2020, section 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from pydantic import Field

from simulator.controllers.base import Site, controller_kinds
from simulator.controllers.levels import show
from simulator.controllers.monitors.base import Finding
from simulator.controllers.monitors.columns import ColumnsMonitor, ColumnsSpec
from simulator.kernel import Simulation, level
from simulator.world.predictions import Rows

Of = Literal["error", "miss", "false_alarm", "wrong_alarm", "harm", "usd"]


class PerformanceMonitor(ColumnsMonitor):
    """A monitor of performance in one run."""

    seen = level("mean of what is watched, at the last look")

    def __init__(self, name: str, sim: Simulation, spec: Performance, site: Site) -> None:
        super().__init__(name, sim, spec, site)
        self._of: Of = spec.of

    def names(self) -> list[str]:
        return [self._of]

    def taken(self, from_s: float, to_s: float) -> Rows:
        return self.labeled(from_s, to_s)

    def columns(self, rows: Rows) -> np.ndarray:
        wrong = rows.said != rows.label
        match self._of:
            case "error":
                found = wrong
            case "miss":
                found = wrong[rows.label]
            case "false_alarm":
                found = wrong[~rows.label]
            case "wrong_alarm":
                found = wrong[rows.said]
            case "harm":
                found = rows.harms
            case "usd":
                found = rows.usd
        return found.astype(float)[:, np.newaxis]

    def examine(self, since_s: float, now_s: float) -> Finding | None:
        finding = super().examine(since_s, now_s)
        if finding is not None:
            numbers = self.columns(self.taken(now_s - self._spec.span_s, now_s))
            show(self, "seen", float(numbers.mean()) if len(numbers) else 0.0)
        return finding


@controller_kinds.register
class Performance(ColumnsSpec):
    """Watches how good answers are, once their labels are known."""

    kind: Literal["performance"] = "performance"
    of: Of = Field(
        "error",
        description="what is watched of each answer, 0 or 1: of all answers whether they are wrong "
        "(1 - accuracy) or do harm; of positives whether they were missed (1 - recall), of "
        "negatives whether there was a false_alarm, of alarms whether they were wrong "
        "(wrong_alarm, 1 - precision); or the dollars of each answer (usd)",
    )

    measures = PerformanceMonitor.measures

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.of in ("harm", "usd") and self.compares_with_training():
            yield f"training data tell nothing of {self.of}: the reference must be a window"

    def build(self, name: str, sim: Simulation, site: Site) -> PerformanceMonitor:
        return PerformanceMonitor(name, sim, self, site)
