"""Zone outage: everything that stands in one zone is gone at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from simulator.errors import unknown_name
from simulator.faults.base import LastingFault, fault_kinds
from simulator.kernel import ComponentSpec


@fault_kinds.register
class ZoneOutage(LastingFault):
    """Power or cooling of a data center fails: whatever stands in the zone crashes, all together.

    It befalls every component, and of a group every replica, whose ``zone`` it is and that can
    crash. What stands in no zone goes on. As in a crash, calls inside fail and callers are refused,
    which is what a network says of hosts that are gone; with ``hang`` it says nothing.
    """

    kind: Literal["zone_outage"] = "zone_outage"
    zone: str = Field(description="the zone, as components name it")
    hang: bool = Field(False, description="silence instead of failures and refusals")

    @property
    def whom(self) -> str:
        return f"zone {self.zone}"

    def targets(self, components: Mapping[str, ComponentSpec]) -> list[str]:
        return [
            member
            for name, spec in components.items()
            if spec.can_have("crash")
            for member, zone in spec.zones(name).items()
            if zone == self.zone
        ]

    def misfits(
        self, components: Mapping[str, ComponentSpec], are_all: bool
    ) -> Iterator[tuple[str, str]]:
        zones = {zone for name, spec in components.items() for zone in spec.zones(name).values()}
        if self.zone not in zones and are_all:
            yield "zone", unknown_name("zone", self.zone, sorted(zones))
        elif are_all and not self.targets(components):
            yield "zone", f"nothing that stands in zone {self.zone!r} can crash"

    def begin(self, target: Any) -> None:
        target.crash(self.hang)

    def end(self, target: Any) -> None:
        target.recover(self.hang)
