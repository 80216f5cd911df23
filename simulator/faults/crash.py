"""Crash: a component loses its work and is gone for a while."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from simulator.faults.base import LastingFault, TargetedFault, fault_kinds


@fault_kinds.register
class Crash(LastingFault, TargetedFault):
    """What is queued and in service fails at once; what comes meanwhile is refused.

    With ``hang`` there is silence instead: nobody is told anything, and whoever waits has to give
    up. Afterwards the component is empty and works as before.
    """

    kind: Literal["crash"] = "crash"
    hang: bool = Field(False, description="silence instead of failures and refusals")

    def begin(self, target: Any) -> None:
        target.crash(self.hang)

    def end(self, target: Any) -> None:
        target.recover(self.hang)
