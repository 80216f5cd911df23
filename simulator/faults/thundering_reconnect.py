"""Thundering reconnect: all connections are closed at one instant, and all come back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.faults.base import Note, Process, ScheduledFault, TargetedFault, fault_kinds
from simulator.kernel import Component, Simulation
from simulator.policies.retrying import Backoff, Immediate, backoffs
from simulator.units import PositiveSeconds


@fault_kinds.register
class ThunderingReconnect(ScheduledFault, TargetedFault):
    """Every connection of a link is closed, as when a gateway restarts or its certificate expires.

    Calls over them fail, and whoever works on them learns of it. Each connection is then set up
    anew, whether somebody needs it or not: after a pause, with all round trips of the handshake,
    and with the computing that the link's ``handshakes`` takes. Without pauses, or with the same
    for all, everybody comes at one instant. A try that is refused, or not done within ``timeout``,
    is followed by another after the next pause of the ``backoff``.
    """

    kind: Literal["thundering_reconnect"] = "thundering_reconnect"
    backoff: Annotated[Backoff, backoffs] = Field(
        Immediate(), description="pause of each connection before each try to set it up"
    )
    timeout: PositiveSeconds | None = Field(
        None, description="longest that a try may take; no limit if not given"
    )

    def processes(self, sim: Simulation, targets: list[Component], note: Note, name: str) -> Any:
        for target in targets:
            pause_s = self.backoff.start(sim.uniforms(f"{name}.{target.name}"))
            yield self._strike(sim, target, note, pause_s)

    def _strike(self, sim: Simulation, target: Any, note: Note, pause_s: Any) -> Process:
        for instant_s in self.strikes():
            yield sim.timeout(instant_s - sim.now)
            note(target.name, instant_s, instant_s)
            target.disconnect(pause_s, self.timeout)
