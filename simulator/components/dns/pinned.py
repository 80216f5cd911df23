"""Users who keep a connection, and so the target that a name once stood for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.components.dns.names import Dns
from simulator.kernel import FAILED, Call, Find, Simulation, count
from simulator.kernel.call import PROBE

if TYPE_CHECKING:
    from simulator.components.dns import DnsSpec


class PinnedDns(Dns):
    """Names that are looked up for connections, not for calls."""

    pinned = count("calls sent over a connection that was open")

    def __init__(self, name: str, sim: Simulation, spec: DnsSpec) -> None:
        super().__init__(name, sim, spec)
        self._pinned_s: float = spec.pinned_for or 0.0
        self._users: int = spec.users
        # By user: whereto its connection leads, and until when.
        self._open_to: list[int] = []
        self._open_until_s: list[float] = []

    def connect(self, find: Find) -> None:
        super().connect(find)
        age = self.sim.uniforms(f"{self.name}.connections")
        for user in range(self._users):
            known = self._known[user * self._resolvers // self._users]
            self._open_to.append(known[user % len(known)])
            self._open_until_s.append(self._pinned_s * age())

    def accept(self, call: Call) -> None:
        user = int(call.request[self._luck] * self._users)
        if self.sim.now < self._open_until_s[user]:
            self.pinned += 1
            place = self._open_to[user]
            self._note(place)
            call.return_to(self, place)
            self._targets[place].accept(call)
        else:
            super().accept(call)

    def _send(self, call: Call, resolver: int) -> None:
        """Open a connection."""
        user = int(call.request[self._luck] * self._users)
        known = self._known[resolver]
        self._turn += 1
        place = known[self._turn % len(known)]
        self._open_to[user] = place
        self._open_until_s[user] = self.sim.now + self._pinned_s
        self._note(place)
        call.return_to(self, place)
        self._targets[place].accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if call.request is PROBE:
            super().returned(call, outcome, state)
            return
        if outcome == FAILED:
            place: int = state
            user = int(call.request[self._luck] * self._users)
            if self._open_to[user] == place:
                self._open_until_s[user] = self.sim.now
        call.answer(outcome)
