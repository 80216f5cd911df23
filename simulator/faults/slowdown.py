"""Slowdown: a component, or one slow node among its equals, works on, but slower."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from simulator.faults.base import LastingFault, TargetedFault, fault_kinds


@fault_kinds.register
class Slowdown(LastingFault, TargetedFault):
    """All work takes a factor longer, also what is left of the work begun.

    Of one replica (``of: api[2]``) it is the *slow node*, a gray failure: it answers every health
    check, since those ask whether it is there and not how fast it is. Several at a time multiply.
    """

    kind: Literal["slowdown"] = "slowdown"
    factor: float = Field(gt=0, le=1e6, description="how many times longer work takes")

    def begin(self, target: Any) -> None:
        target.slow_down(self.factor)

    def end(self, target: Any) -> None:
        target.speed_up(self.factor)
