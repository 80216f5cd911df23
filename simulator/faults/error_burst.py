"""Error burst: a component does its work and then reports an error."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from simulator.faults.base import LastingFault, TargetedFault, fault_kinds
from simulator.units import Ratio


@fault_kinds.register
class ErrorBurst(LastingFault, TargetedFault):
    """A part of the calls fails, after its full service.

    Of several at a time each breaks its part of what the others let through.
    """

    kind: Literal["error_burst"] = "error_burst"
    ratio: Ratio = Field(1.0, gt=0, description="part of the calls that fails")

    def begin(self, target: Any) -> None:
        target.break_calls(self.ratio)

    def end(self, target: Any) -> None:
        target.mend_calls(self.ratio)
