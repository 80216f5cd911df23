"""Slowdown: a component works on, but slower (grey failure)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from simulator.faults.base import LastingFault, fault_kinds


@fault_kinds.register
class Slowdown(LastingFault):
    """All work takes a factor longer, also what is left of the work begun.

    Several at a time multiply.
    """

    kind: Literal["slowdown"] = "slowdown"
    factor: float = Field(gt=0, le=1e6, description="how many times longer work takes")

    def begin(self, target: Any) -> None:
        target.slow_down(self.factor)

    def end(self, target: Any) -> None:
        target.speed_up(self.factor)
