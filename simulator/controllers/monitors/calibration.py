"""Calibration: whether as many are positive as the model says.

Probabilities that are right add up to the number of positives, in all and within every range of
them. If what they add up to is too far from it, given how many rows there are, the world is not the
one of training: more or fewer positives, or positives that look otherwise. Labels that are known
too early bias it, since positives that have not shown themselves yet count as negatives.

The expected calibration error is the mean distance of what was expected and observed over ranges of
equal width, weighted by rows. Of few rows it is above 0 by chance alone.

Source: Spiegelhalter, "Probabilistic prediction in patient management and clinical trials",
*Statistics in Medicine* 5, 1986, for the test; Naeini, Cooper and Hauskrecht, "Obtaining well
calibrated probabilities using Bayesian binning", *AAAI* 2015, for the error.
"""

from __future__ import annotations

from math import sqrt
from typing import Literal

import numpy as np
from pydantic import Field

from simulator.controllers.base import Site, controller_kinds
from simulator.controllers.levels import show
from simulator.controllers.monitors.base import Finding, Monitor, MonitorSpec
from simulator.kernel import Simulation, level
from simulator.units import Ratio
from simulator.world.predictions import Rows


class CalibrationMonitor(Monitor):
    """A monitor of calibration in one run."""

    expected = level("mean probability of positives that the model gave", unit="ratio")
    observed = level("part that turned out to be positive", unit="ratio")
    calibration_error = level("expected calibration error", better="lower", unit="ratio")

    def __init__(self, name: str, sim: Simulation, spec: Calibration, site: Site) -> None:
        super().__init__(name, sim, spec, site)
        self._spec = spec

    def _set_up(self) -> None:
        super()._set_up()
        trained_s = [
            each.spec.trained_at
            for each in self._world.models.values()
            if self._spec.model in (None, each.name)
        ]
        self._compared_s = trained_s[0]

    def examine(self, since_s: float, now_s: float) -> Finding | None:
        rows = self.labeled(now_s - self._spec.span_s, now_s)
        if len(rows) < self._spec.least:
            return None
        expected, observed = float(rows.probability.mean()), float(rows.label.mean())
        error = expected_calibration_error(rows, self._spec.bins)
        show(self, "expected", expected)
        show(self, "observed", observed)
        show(self, "calibration_error", error)
        spread = sqrt(float((rows.probability * (1 - rows.probability)).sum())) / len(rows)
        sigmas = min((observed - expected) / max(spread, 1e-12), 1e9)
        most = self._spec.error
        is_alarm = abs(sigmas) > self._spec.sigmas or (most is not None and error > most)
        words = f"{100 * observed:.3g} % positive, {100 * expected:.3g} % expected"
        return Finding(is_alarm, abs(sigmas), words)


@controller_kinds.register
class Calibration(MonitorSpec):
    """Watches whether as many requests are positive as the model expects."""

    kind: Literal["calibration"] = "calibration"
    sigmas: float = Field(
        3.0,
        gt=0,
        le=100,
        description="how far what is observed may be from what is expected, in standard errors",
    )
    error: Ratio | None = Field(
        None, description="calibration error above which there is an alarm, too; none if not given"
    )
    bins: int = Field(10, ge=1, le=1000, description="ranges of probability")

    measures = CalibrationMonitor.measures

    def build(self, name: str, sim: Simulation, site: Site) -> CalibrationMonitor:
        return CalibrationMonitor(name, sim, self, site)


def expected_calibration_error(rows: Rows, bins: int) -> float:
    """Mean distance of expected and observed positives over ranges of probability, 0 to 1."""
    places = np.minimum((rows.probability * bins).astype(int), bins - 1)
    off = np.bincount(places, rows.label - rows.probability, minlength=bins)
    return float(np.abs(off).sum() / len(rows))
