"""The workload section: arrivals, keys and request classes together."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simulator.kernel import Simulation
from simulator.kernel.recorder import RequestLog
from simulator.kernel.streams import RequestClass
from simulator.registry import Spec
from simulator.units import PositiveSeconds
from simulator.workload.arrivals import ArrivalProcess, arrival_processes
from simulator.workload.keys import Keys, key_distributions
from simulator.workload.source import Source


class ClassSpec(Spec):
    """A type of request."""

    share: float = Field(gt=0, description="part of all requests, relative to the other classes")
    operation: Literal["read", "write"] = Field("read", description="what a database does for it")
    priority: int = Field(
        0, description="which class goes first where that matters: the larger number"
    )
    weight: float = Field(
        1.0, gt=0, le=1e6, description="part of a shared server it is due, relative to the others"
    )


class Workload(Spec):
    """What users do."""

    arrivals: Annotated[ArrivalProcess, arrival_processes] = Field(description="when requests come")
    keys: Annotated[Keys, key_distributions] | None = Field(
        None, description="which key each asks for"
    )
    classes: dict[str, ClassSpec] = Field(
        {"default": ClassSpec(share=1.0)},
        min_length=1,
        max_length=256,
        description="types of requests, by name",
    )
    deadline: PositiveSeconds | None = Field(
        None, description="an ok answer later than this is worth nothing: it is not goodput"
    )

    def request_classes(self) -> list[RequestClass]:
        """The classes, in order of the file."""
        return [
            RequestClass(name, each.share, each.operation == "write", each.priority, each.weight)
            for name, each in self.classes.items()
        ]

    def source(self, sim: Simulation, log: RequestLog, until_s: float) -> Source:
        """The root of a run."""
        draws = self.keys.draws(sim.streams) if self.keys is not None else None
        return self.arrivals.source(sim, log, draws, until_s)
