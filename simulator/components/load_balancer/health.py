"""Active health checks: how often a load balancer asks its replicas whether they are well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from simulator.policies.detection import Consecutive, FailureDetector, failure_detectors
from simulator.registry import Spec
from simulator.units import PositiveSeconds, Ratio, Seconds


class HealthCheck(Spec):
    """Asks each replica at regular intervals, from an instant of its own on."""

    interval: PositiveSeconds = Field(5.0, description="time from one check to the next")
    timeout: PositiveSeconds = Field(2.0, description="longest wait for the answer to a check")
    jitter: Ratio = Field(
        0.0, description="spread: each interval is multiplied by a factor uniform on 1 ± jitter"
    )
    detector: Annotated[FailureDetector, failure_detectors] = Field(
        Consecutive(), description="what it takes to be taken for unhealthy, and healthy again"
    )
    answer_time: Seconds = Field(
        0.001, description="time in which a replica answers a check that is not deep, if not slow"
    )
    deep: bool = Field(
        False,
        description="whether a check is a call like any other, which waits for a worker and takes "
        "its time; else it is answered beside them",
    )

    def contradictions(self) -> Iterator[str]:
        shortest_s = self.interval * (1 - self.jitter)
        if self.timeout > shortest_s:
            yield (
                f"timeout ({self.timeout:g} s) must not exceed the shortest time between two "
                f"checks, {shortest_s:g} s"
            )
