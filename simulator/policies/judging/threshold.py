"""Threshold: bounds on what users of the candidate see, fixed or relative to the control arm.

What most teams begin with. It knows nothing of chance: with few users a bound is missed or kept by
luck, which is what ``min_users`` is against, and with many a loose bound lets harm pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan, nan
from typing import Literal

import numpy as np
from pydantic import Field

from simulator.policies.judging.base import (
    CONTINUE,
    FAIL,
    PASS,
    Evidence,
    Judge,
    JudgeMemory,
    Verdict,
    judges,
)
from simulator.registry import Spec
from simulator.units import Quantity, human

Bounded = Literal[
    "failed_ratio",
    "harmed_ratio",
    "usd_mean",
    "latency_mean_s",
    "latency_p50_s",
    "latency_p95_s",
    "latency_p99_s",
]
UNITS = {"failed_ratio": "ratio", "harmed_ratio": "ratio", "usd_mean": "$"}
PERCENTS = {"latency_p50_s": 50, "latency_p95_s": 95, "latency_p99_s": 99}


class Bound(Spec):
    """What is demanded of the candidate."""

    measure: Bounded = Field(description="what is bounded, over all users since the trial began")
    at_most: Quantity | None = Field(None, description="largest value allowed")
    at_least: Quantity | None = Field(None, description="smallest value allowed")
    relative: bool = Field(
        False, description="whether the bound is a multiple of what the control arm has"
    )
    tolerance: Quantity = Field(
        0.0,
        ge=0,
        description="by how much a bound may be missed, in the unit of the measure: where the "
        "control arm has next to no failures, a multiple of them says little",
    )

    def contradictions(self) -> Iterator[str]:
        if (self.at_most is None) == (self.at_least is None):
            yield "give either at_most or at_least"

    def limit(self, control: Evidence) -> float:
        """The value that must not be passed; NaN if it is relative to nothing known."""
        bound = self.at_most if self.at_most is not None else self.at_least
        assert bound is not None  # validated
        limit = bound * measured(control, self.measure) if self.relative else bound
        return limit + self.tolerance if self.at_most is not None else limit - self.tolerance

    def is_missed(self, value: float, limit: float) -> bool:
        """Whether a value is beyond the limit; what is not known is not."""
        return value > limit if self.at_most is not None else value < limit


def measured(arm: Evidence, measure: str) -> float:
    """A measure of an arm over all its users; NaN where there is nothing to measure."""
    if measure == "failed_ratio":
        return arm.failed_ratio
    if measure == "harmed_ratio":
        return arm.harmed_ratio
    values = arm.usd if measure == "usd_mean" else arm.latency_s
    if not values.size:
        return nan
    percent = PERCENTS.get(measure)
    return float(values.mean() if percent is None else np.percentile(values, percent))


@judges.register
class Threshold(Judge):
    """Fails a candidate that misses a bound; passes one that keeps them all."""

    kind: Literal["threshold"] = "threshold"
    bounds: tuple[Bound, ...] = Field(min_length=1, description="all of which it has to keep")
    min_users: int = Field(
        100, ge=1, description="users that each arm must have before anything is said"
    )

    def start(self) -> JudgeMemory:
        return ThresholdMemory(self)


class ThresholdMemory(JudgeMemory):
    """Looks at every bound, and fails at the first that is missed."""

    def __init__(self, spec: Threshold) -> None:
        self._spec = spec

    def judge(self, control: Evidence, candidate: Evidence) -> Verdict:
        users = min(candidate.users, control.users) if self._is_relative() else candidate.users
        if users < self._spec.min_users:
            return Verdict(CONTINUE, 50.0, f"{users} of {self._spec.min_users} users so far")
        kept, unknown = 0, ""
        for bound in self._spec.bounds:
            value, limit = measured(candidate, bound.measure), bound.limit(control)
            if bound.is_missed(value, limit):
                return Verdict(FAIL, 0.0, _missed(bound, value, limit))
            if isnan(value) or isnan(limit):
                unknown = f"nothing is known of {bound.measure} so far"
            else:
                kept += 1
        if unknown:
            return Verdict(CONTINUE, 50.0, unknown)
        return Verdict(PASS, 100.0, f"keeps {kept} of {kept} bounds")

    def _is_relative(self) -> bool:
        return any(bound.relative for bound in self._spec.bounds)


def _missed(bound: Bound, value: float, limit: float) -> str:
    unit = UNITS.get(bound.measure, "s")
    beyond = "above" if bound.at_most is not None else "below"
    return f"{bound.measure} is {human(value, unit)}, {beyond} {human(limit, unit)}"
