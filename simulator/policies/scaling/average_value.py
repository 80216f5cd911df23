"""As Kubernetes' horizontal pod autoscaler with a metric of pods: their average is to be a target.

Source: Kubernetes, ``pkg/controller/podautoscaler/replica_calculator.go`` (``GetMetricReplicas``).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simulator.policies.scaling.base import (
    Advice,
    Scaler,
    ScalingPolicy,
    Seen,
    Sight,
    scaling_policies,
)
from simulator.policies.scaling.replica_calculator import TOLERANCE, Pod, by_average
from simulator.units import Ratio

Amount = Annotated[float, Field(ge=0.001, le=1e6, allow_inf_nan=False)]


@scaling_policies.register
class AverageValue(ScalingPolicy):
    """Keeps the average number of calls at each replica near a target.

    Unlike utilization it goes on growing when all workers are busy.
    """

    kind: Literal["average_value"] = "average_value"
    metric: Literal["in_flight", "queued"] = Field(
        "in_flight", description="calls that wait and are served at a replica, or wait only"
    )
    target: Amount = Field(description="calls at each replica, on average")
    tolerance: Ratio = Field(
        TOLERANCE, description="difference of measured over target from 1 that changes nothing"
    )

    def start(self) -> Scaler:
        return _AverageValue(self)


class _AverageValue(Scaler):
    def __init__(self, spec: AverageValue) -> None:
        self._counts_all: bool = spec.metric == "in_flight"
        self._words = spec.metric.replace("_", " ")
        self._target = round(spec.target * 1000)
        self._tolerance: float = spec.tolerance

    def advise(self, sight: Sight) -> Advice | None:
        pods = [Pod(self._value(each), 0, each.is_pending) for each in sight.seen]
        if all(each.value is None or each.is_unready for each in pods):
            return None
        replicas, found = by_average(pods, sight.replicas, self._target, self._tolerance)
        words = f"{found / 1000:g} {self._words} a replica, target {self._target / 1000:g}"
        return Advice(replicas, words)

    def _value(self, seen: Seen) -> int | None:
        calls = seen.in_flight if self._counts_all else seen.queued
        return None if calls is None else int(calls * 1000)
