"""Monitors that watch columns of numbers, each with a detector of its own.

What the columns are is said by each kind: features, scores, errors, attributions. A detector that
compares windows is shown what came within the window; a sequential one what came since the look
before. One alarm of any column is an alarm, unless more of them are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from simulator.controllers.base import Plan, Site
from simulator.controllers.monitors.base import Finding, Monitor, MonitorSpec
from simulator.controllers.monitors.references import (
    AnyReference,
    FirstWindow,
    TrainingData,
    training_rows,
)
from simulator.kernel import Simulation
from simulator.policies.detecting import Detector, Watch, detectors
from simulator.policies.detecting.multiplicity import Correction, significant
from simulator.world.predictions import Rows

if TYPE_CHECKING:
    from simulator.world import Model

FEW = 2  # rows without which nothing can be compared with


class ColumnsSpec(MonitorSpec):
    """Watches columns of numbers with a detector each."""

    detector: Annotated[Detector, detectors] = Field(description="how a change is told from noise")
    reference: AnyReference = Field(
        TrainingData(), description="what is compared with, by detectors that do"
    )

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.window is not None and not self.detector.is_windowed:
            yield f"{self.detector.kind} takes each number once, so that it has no window"
        ends_s = self.compares_until_s()
        if ends_s > self.start:
            yield f"from ({self.start:g} s) must not be before the reference ends ({ends_s:g} s)"

    def compares_until_s(self) -> float:
        """When the stretch of time ends that it has to wait for, in seconds; 0 if for none."""
        is_waited_for = isinstance(self.reference, FirstWindow) and self.detector.needs_reference
        return self.reference.until_s if is_waited_for else 0.0

    def compares_with_training(self) -> bool:
        """Whether it compares with what a model was trained on."""
        return isinstance(self.reference, TrainingData) and self.detector.needs_reference

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().objections(plan)
        if plan.world is None or not self.compares_with_training() or self.model is not None:
            return
        if len(plan.world.models) != 1:
            yield (), "needs model, the version whose training data are compared with"


class ColumnsMonitor(Monitor):
    """A monitor of columns in one run."""

    def __init__(self, name: str, sim: Simulation, spec: ColumnsSpec, site: Site) -> None:
        super().__init__(name, sim, spec, site)
        self._spec = spec
        self._watches: list[Watch] = []

    def _set_up(self) -> None:
        super()._set_up()
        reference = self._spec.reference
        if not self._spec.detector.needs_reference:
            return
        if isinstance(reference, FirstWindow):
            self._compared_s = reference.until_s
        else:
            self._compared_s = self._trained_model().spec.trained_at

    def names(self) -> list[str]:
        """Of the columns."""
        raise NotImplementedError

    def columns(self, rows: Rows) -> np.ndarray:
        """The numbers of some rows, shape ``(numbers, columns)``."""
        raise NotImplementedError

    def taken(self, from_s: float, to_s: float) -> Rows:
        """The rows that there are to be seen of a stretch of time."""
        return self.rows(from_s, to_s)

    def judged(self, alarms: list[bool]) -> list[bool]:
        """Which columns have changed, by what their detectors say."""
        return alarms

    def examine(self, since_s: float, now_s: float) -> Finding | None:
        spec = self._spec
        if not self._watches:
            self._begin()
        from_s = now_s - spec.span_s if spec.detector.is_windowed else since_s
        numbers = self.columns(self.taken(from_s, now_s))
        if len(numbers) < spec.least or not self._watches:
            return None
        alarms = [watch.see(column) for watch, column in zip(self._watches, numbers.T, strict=True)]
        changed = self.judged(alarms)
        statistics = [each.statistic for each in self._watches]
        worst = int(np.nanargmax(statistics)) if not np.isnan(statistics).all() else 0
        words = f"{self.names()[worst]}: {spec.detector.kind} {statistics[worst]:.4g}"
        return Finding(self.is_enough(changed), min(statistics[worst], 1e9), words)

    def is_enough(self, changed: list[bool]) -> bool:
        """Whether so many columns that have changed are an alarm."""
        return any(changed)

    def p_values(self) -> np.ndarray:
        """Of the columns at the last look, NaN where there is none, shape ``(columns,)``."""
        return np.array([each.p_value for each in self._watches])

    def _begin(self) -> None:
        """Start the detectors, if there is enough to compare with."""
        spec = self._spec
        if spec.detector.needs_reference:
            reference = self.columns(self._reference_rows())
            if len(reference) < FEW:
                return
            self._watches = [spec.detector.start(column) for column in reference.T]
        else:
            self._watches = [spec.detector.start(np.zeros(0)) for _ in self.names()]

    def _trained_model(self) -> Model:
        models = self._world.models
        return models[self._spec.model or next(iter(models))]

    def _reference_rows(self) -> Rows:
        reference = self._spec.reference
        if isinstance(reference, FirstWindow):
            return self.taken(reference.start, reference.until_s)
        assert isinstance(reference, TrainingData)
        model = self._trained_model()
        rng = self.sim.streams.generator(f"{self.name}.training")
        return training_rows(self._world, model, reference.rows, rng)


class ManyColumnsSpec(ColumnsSpec):
    """Watches several columns, of which some may raise an alarm by chance."""

    correction: Correction = Field(
        "none", description="what is done about there being many, of detectors with an alpha"
    )
    changed: int = Field(1, ge=1, description="columns that have to have changed for an alarm")

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.correction != "none" and self.detector.alarm_probability() is None:
            yield f"a correction needs a detector with an alpha: {self.detector.kind} has none"


class ManyColumnsMonitor(ColumnsMonitor):
    """A monitor of several columns in one run."""

    def __init__(self, name: str, sim: Simulation, spec: ManyColumnsSpec, site: Site) -> None:
        super().__init__(name, sim, spec, site)
        self._many = spec

    def judged(self, alarms: list[bool]) -> list[bool]:
        alpha = self._many.detector.alarm_probability()
        if self._many.correction == "none" or alpha is None:
            return alarms
        return significant(self.p_values(), alpha, self._many.correction).tolist()

    def is_enough(self, changed: list[bool]) -> bool:
        return sum(changed) >= self._many.changed
