"""Target tracking on a metric of the whole group, as with external metrics of Kubernetes and KEDA.

With ``target_average`` each replica is to have no more than its part (type AverageValue, which is
what KEDA makes of its triggers); with ``target`` the metric as a whole is to be that, and is taken
to go down in proportion to the number of ready replicas (type Value).

Source: Kubernetes, ``pkg/controller/podautoscaler/replica_calculator.go``
(``GetExternalMetricReplicas``, ``GetExternalPerPodMetricReplicas``); KEDA documentation, "Scaling
Deployments".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from simulator.policies.scaling.base import Advice, Scaler, ScalingPolicy, Sight, scaling_policies
from simulator.policies.scaling.replica_calculator import TOLERANCE, by_value, by_value_for_each
from simulator.units import Ratio

Amount = Annotated[float, Field(ge=0.001, le=1e9, allow_inf_nan=False)]


@scaling_policies.register
class ExternalValue(ScalingPolicy):
    """Keeps what all replicas have together near a target: calls a second, or calls there."""

    kind: Literal["external_value"] = "external_value"
    metric: Literal["arrivals_per_s", "in_flight", "queued"] = Field(
        "arrivals_per_s",
        description="calls a second that come to the group, or calls there, or calls that wait",
    )
    target: Amount | None = Field(None, description="for all replicas together")
    target_average: Amount | None = Field(None, description="for each replica")
    tolerance: Ratio = Field(
        TOLERANCE, description="difference of measured over target from 1 that changes nothing"
    )

    def contradictions(self) -> Iterator[str]:
        if (self.target is None) == (self.target_average is None):
            yield "give either target or target_average"

    def start(self) -> Scaler:
        return _ExternalValue(self)


class _ExternalValue(Scaler):
    def __init__(self, spec: ExternalValue) -> None:
        self._metric: str = spec.metric
        self._words = spec.metric.replace("_per_s", "/s").replace("_", " ")
        self._is_average: bool = spec.target_average is not None
        self._target = round((spec.target or spec.target_average or 0.0) * 1000)
        self._tolerance: float = spec.tolerance

    def advise(self, sight: Sight) -> Advice | None:
        found = self._value(sight)
        if found is None or sight.scraped_s is None:
            return None
        value, target, now = int(found * 1000), self._target, max(1, sight.replicas)
        if self._is_average:
            replicas = by_value_for_each(value, target, now, self._tolerance)
        else:
            replicas = by_value(value, target, now, sight.ready, self._tolerance)
        each = " a replica" if self._is_average else ""
        return Advice(replicas, f"{found:.4g} {self._words}, target {target / 1000:g}{each}")

    def _value(self, sight: Sight) -> float | None:
        if self._metric == "arrivals_per_s":
            return sight.arrivals_per_s
        return sight.in_flight if self._metric == "in_flight" else sight.queued
