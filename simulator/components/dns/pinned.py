"""Users who keep a connection, and so the target that a name once stood for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.components.dns.names import Dns, Resolver
from simulator.kernel import FAILED, Call, Find, Simulation, count

if TYPE_CHECKING:
    from simulator.components.dns import DnsSpec


class PinnedDns(Dns):
    """Names that are looked up for connections, not for calls."""

    pinned = count("calls sent over a connection that was open")

    def __init__(self, name: str, sim: Simulation, spec: DnsSpec) -> None:
        super().__init__(name, sim, spec)
        self._pinned_s: float = spec.pinned_for or 0.0
        self._users: list[User] = []

    def connect(self, find: Find) -> None:
        super().connect(find)
        age = self.sim.uniforms(f"{self.name}.connections")
        users = self.spec.users
        for place in range(users):
            known = self._resolvers[place * self._count // users].known
            self._users.append(User(known[place % len(known)], self._pinned_s * age()))

    def accept(self, call: Call) -> None:
        user = self._user(call)
        if self.sim.now < user.until_s:
            self.pinned += 1
            self._go(call, user)
        else:
            super().accept(call)

    def _user(self, call: Call) -> User:
        return self._users[int(call.request[self._luck] * len(self._users))]

    def _send(self, call: Call, resolver: Resolver) -> None:
        """Open a connection."""
        user = self._user(call)
        user.target = resolver.next()
        user.until_s = self.sim.now + self._pinned_s
        self._go(call, user)

    def _go(self, call: Call, user: User) -> None:
        target = user.target
        self._note(target)
        call.return_to(self, target)
        self._targets[target].accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if outcome == FAILED:
            user = self._user(call)
            if user.target == state:
                user.until_s = self.sim.now
        call.answer(outcome)


class User:
    """Whereto the connection of a user leads, and until when it is used."""

    __slots__ = ("target", "until_s")

    def __init__(self, target: int, until_s: float) -> None:
        self.target = target
        self.until_s = until_s
