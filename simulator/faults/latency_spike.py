"""Latency spike: the way over a link takes longer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from simulator.faults.base import LastingFault, TargetedFault, fault_kinds
from simulator.units import Seconds


@fault_kinds.register
class LatencySpike(LastingFault, TargetedFault):
    """Whatever is sent meanwhile takes a time more, or a factor longer, each way.

    What is on the way already is not affected. Of several at a time, factors multiply and then
    times add up.
    """

    kind: Literal["latency_spike"] = "latency_spike"
    added: Seconds = Field(0.0, description="time added each way")
    factor: float = Field(1.0, gt=0, le=1e6, description="how many times longer the way takes")

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.added == 0 and self.factor == 1:
            yield "give added, factor or both"

    def begin(self, target: Any) -> None:
        target.begin_spike(self.factor, self.added)

    def end(self, target: Any) -> None:
        target.end_spike(self.factor, self.added)
