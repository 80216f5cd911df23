"""Packet loss: a link loses some of what is sent over it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from simulator.faults.base import LastingFault, TargetedFault, fault_kinds
from simulator.units import Ratio


@fault_kinds.register
class PacketLoss(LastingFault, TargetedFault):
    """A part of the packets gets lost and has to be sent again; with 100 % nothing gets through.

    Of several at a time each loses its part of what the others and the link itself let through.
    Packets that are sent again are as likely to get lost as any: an outage ends with the first
    timeout after its end, and timeouts double while it lasts.
    """

    kind: Literal["packet_loss"] = "packet_loss"
    ratio: Ratio = Field(gt=0, description="part of the packets that gets lost")

    def begin(self, target: Any) -> None:
        target.begin_loss(self.ratio)

    def end(self, target: Any) -> None:
        target.end_loss(self.ratio)
