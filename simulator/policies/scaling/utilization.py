"""As Kubernetes' horizontal pod autoscaler with a resource metric, utilization of the CPU.

A worker that serves a call is a core in use. Above all workers are never more than fully used: the
more calls wait, the more replicas are needed, and utilization does not show how many. From a target
of 70 % one step takes at most 10/7 times as many replicas, however many calls wait.

Left out: memory; several containers in a pod; work that a replica has while it starts.

Source: Kubernetes, ``pkg/controller/podautoscaler/replica_calculator.go`` (``groupPods``, with the
flags ``--horizontal-pod-autoscaler-cpu-initialization-period`` and ``-initial-readiness-delay``).
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
from simulator.policies.scaling.replica_calculator import TOLERANCE, Pod, by_utilization
from simulator.units import SHARE, Ratio, Seconds

Target = Annotated[float, Field(ge=0.01, le=10, allow_inf_nan=False), SHARE]


@scaling_policies.register
class Utilization(ScalingPolicy):
    """Keeps the average utilization of ready replicas near a target."""

    kind: Literal["utilization"] = "utilization"
    target: Target = Field(0.8, description="utilization to keep, in whole percent")
    tolerance: Ratio = Field(
        TOLERANCE, description="difference of measured over target from 1 that changes nothing"
    )
    initialization_period: Seconds = Field(
        300.0,
        description="time from its start in which the metric of a replica counts only if it has "
        "been ready for a whole scrape (Kubernetes: 5 min)",
    )
    initial_readiness_delay: Seconds = Field(
        30.0,
        description="time from its start in which a replica that is not ready any more counts as "
        "never ready (Kubernetes: 30 s)",
    )

    def start(self) -> Scaler:
        return _Utilization(self)

    def needs_workers(self) -> bool:
        return True


class _Utilization(Scaler):
    def __init__(self, spec: Utilization) -> None:
        self._target = round(spec.target * 100)
        self._tolerance: float = spec.tolerance
        self._initialization_s: float = spec.initialization_period
        self._delay_s: float = spec.initial_readiness_delay

    def advise(self, sight: Sight) -> Advice | None:
        pods = [self._pod(each, sight) for each in sight.seen]
        if all(each.value is None or each.is_unready for each in pods):
            return None
        replicas, found = by_utilization(pods, sight.replicas, self._target, self._tolerance)
        return Advice(replicas, f"utilization {found} %, target {self._target} %")

    def _pod(self, seen: Seen, sight: Sight) -> Pod:
        value = None if seen.busy is None else int(seen.busy * 1000)
        return Pod(value, sight.workers * 1000, self._is_unready(seen, sight))

    def _is_unready(self, seen: Seen, sight: Sight) -> bool:
        if seen.is_pending:
            return True
        if seen.busy is None or sight.scraped_s is None:
            return False  # it is missing
        if seen.started_s + self._initialization_s > sight.now_s:
            return not seen.is_ready or sight.scraped_s < seen.since_s + sight.window_s
        return not seen.is_ready and seen.started_s + self._delay_s > seen.since_s
