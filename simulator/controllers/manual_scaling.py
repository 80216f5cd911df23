"""Manual scaling: as many replicas as somebody says, who is no program.

New replicas come as with an autoscaler; those that have to go are the ones that became ready last.

Left out: everything that would decide by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from simulator.controllers.base import ReplicaController, Site, controller_kinds
from simulator.controllers.life_cycle import LifeCycle
from simulator.controllers.scaled_fleet import ScaledFleet
from simulator.kernel import Simulation


@controller_kinds.register
class ManualScaling(LifeCycle, ReplicaController):
    """Lets a group have as many replicas as an action wants (``scale``)."""

    kind: Literal["manual_scaling"] = "manual_scaling"
    max_replicas: int = Field(ge=1, le=10_000, description="never more, draining ones counted")

    measures = ScaledFleet.measures

    def places(self, spec: Any) -> int:
        return max(self.max_replicas, spec.replicas)

    def misfits(self, spec: Any) -> Iterator[tuple[str, str]]:
        if spec.replicas > self.max_replicas:
            limit = f"must be at most {self.max_replicas}"
            yield "max_replicas", f"{self.of} begins with {spec.replicas} replicas; {limit}"

    def build(self, name: str, sim: Simulation, site: Site) -> ScaledFleet:
        members, balancers = site.find(self.of), site.senders(self.of)
        begin = site.specs[self.of].replicas  # type: ignore[attr-defined]
        return ScaledFleet(name, sim, self, members, balancers, begin)
