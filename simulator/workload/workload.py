"""The workload section: arrivals, keys and request classes together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from simulator.kernel import Simulation
from simulator.kernel.recorder import RequestLog
from simulator.kernel.streams import RequestClass, Streams, flatten
from simulator.registry import Spec
from simulator.units import PositiveSeconds, Ratio
from simulator.workload.arrivals import ArrivalProcess, arrival_processes
from simulator.workload.keys import Keys, key_distributions
from simulator.workload.source import Source

AnyKeys = Annotated[Keys, key_distributions]


class ClassSpec(Spec):
    """A type of request."""

    share: float = Field(
        1.0, gt=0, description="part of all requests, relative to the other classes"
    )
    operation: Literal["read", "write"] = Field("read", description="what its requests do")
    write_ratio: Ratio | None = Field(
        None, description="part of its requests that write; all or none, as operation says, if not"
    )
    keys: AnyKeys | None = Field(
        None, description="which key its requests ask for; as workload.keys if not given"
    )
    deadline: PositiveSeconds | None = Field(
        None, description="an ok answer later than this is no goodput; as workload.deadline if not"
    )
    priority: int = Field(
        0, description="which class goes first where that matters: the larger number"
    )
    weight: float = Field(
        1.0, gt=0, le=1e6, description="part of a shared server it is due, relative to the others"
    )

    def contradictions(self) -> Iterator[str]:
        if self.write_ratio is not None and self.operation == "write":
            yield "give either operation: write or write_ratio"

    def kinds(self, name: str) -> list[RequestClass]:
        """What the kernel has to know of it: one class, or its reads and its writes."""
        ratio = self.write_ratio
        if ratio is None:
            ratio = float(self.operation == "write")
        parts = [(False, 1 - ratio), (True, ratio)]
        return [
            RequestClass(name, self.share * part, writes, self.priority, self.weight)
            for writes, part in parts
            if part
        ]


class Workload(Spec):
    """What users do."""

    arrivals: Annotated[ArrivalProcess, arrival_processes] = Field(description="when requests come")
    keys: AnyKeys | None = Field(None, description="which key each asks for")
    classes: dict[str, ClassSpec] = Field(
        {"default": ClassSpec()},
        min_length=1,
        max_length=256,
        description="types of requests, by name",
    )
    deadline: PositiveSeconds | None = Field(
        None, description="an ok answer later than this is worth nothing: it is not goodput"
    )

    def contradictions(self) -> Iterator[str]:
        without = [name for name, each in self.classes.items() if each.keys is None]
        if self.keys is None and 0 < len(without) < len(self.classes):
            yield f"give keys also for {', '.join(without)}, or workload.keys for all"

    def has_keys(self) -> bool:
        """Whether requests say which key they ask for."""
        return self.keys is not None or all(each.keys for each in self.classes.values())

    def key_count(self) -> int:
        """How many keys there are to ask for."""
        own = [each.keys or self.keys for each in self.classes.values()]
        return max(each.count if each is not None else 0 for each in own)

    def request_classes(self) -> list[RequestClass]:
        """The classes, in order of the file; one of which only a part writes is two."""
        return [kind for name, each in self.classes.items() for kind in each.kinds(name)]

    def expected_classes(self, until_s: float) -> list[RequestClass]:
        """The same with the part that each has in all requests from 0 to ``until_s``."""
        classes = self.request_classes()
        shares = self.arrivals.shares(classes, until_s)
        return [replace(each, share=share) for each, share in zip(classes, shares, strict=True)]

    def deadlines_s(self) -> list[float | None]:
        """How late an ok answer may be to be goodput, for each class in order of the file."""
        return [each.deadline or self.deadline for each in self.classes.values()]

    def source(self, sim: Simulation, log: RequestLog, until_s: float) -> Source:
        """The root of a run."""
        return self.arrivals.source(sim, log, self.keys_in_order(sim), until_s)

    def keys_in_order(self, sim: Simulation) -> Iterator[int] | None:
        """The key of each request, in order of arrival; None if there are no keys."""
        if not self.has_keys():
            return None
        if self.keys is not None and not any(each.keys for each in self.classes.values()):
            return flatten(self.keys.blocks(sim.streams))
        choices = [self._key_blocks(each.name, sim.streams) for each in sim.needs.classes]
        return flatten(sim.needs.by_class(choices))

    def _key_blocks(self, name: str, streams: Streams) -> Iterator[np.ndarray]:
        own = self.classes[name].keys
        if own is not None:
            return own.blocks(streams, f"workload.keys.{name}")
        assert self.keys is not None
        return self.keys.blocks(streams)
