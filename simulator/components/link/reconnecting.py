"""The link whose connections may all be closed at once, and cost somebody computing to set up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simulator.components.link.connected import ConnectedLink
from simulator.components.link.connection import Connection
from simulator.components.link.packets import Message
from simulator.kernel import FAILED, OK, Call, Component, Find, Simulation, Timer, count
from simulator.kernel.call import IGNORED, Caller
from simulator.kernel.patience import LAST
from simulator.policies.retransmission import FIRST_TIMEOUT_S
from simulator.policies.retrying.backoff import Pause
from simulator.policies.transport import Transport

if TYPE_CHECKING:
    from simulator.components.link import LinkSpec


class ReconnectingLink(ConnectedLink):
    """After all connections were closed at once each of them is set up anew, by itself.

    Calls that come meanwhile wait for one that is there again. A try to set one up that is refused,
    or takes too long, is followed by another after a pause; whoever computes for a handshake that
    has been given up goes on in vain.
    """

    broken = count("connections closed by a fault, with the calls over them", better="lower")
    refused = count("handshakes that came to nothing", better="lower")

    def __init__(self, name: str, sim: Simulation, spec: LinkSpec, transport: Transport) -> None:
        super().__init__(name, sim, spec, transport)
        self._computes: Component | None = None
        self._handshakes = _Handshakes(self)
        self._fresh_needs: Callable[[], tuple[Any, ...]] = tuple
        self._latency_s = sim.draws(f"{name}.reconnects", spec.latency)
        self._pause_s: Pause | None = None
        self._longest_s: float | None = None
        # Lists: to the run, no call is on its way just because a connection will be set up.
        self._come_due: Any = [self._come]
        self._late_due: Any = [self._be_late]

    def connect(self, find: Find) -> None:
        super().connect(find)
        if self.spec.handshakes is not None:
            (self._computes,) = find(self.spec.handshakes)
            self._fresh_needs = self.sim.needs.renewed(f"{self.name}.handshakes")[0]

    # Handshakes

    def _secure(self, connection: Connection) -> None:
        if self._computes is None:
            self._end_set_up(connection)
        else:
            key = 0 if self.sim.keys else None
            request = (-1, 0, key, *self._fresh_needs())
            self._computes.accept(Call(request, self._handshakes, connection))

    def computed(self, connection: Connection, outcome: int) -> None:
        """Somebody has computed for a handshake, or refused to."""
        if connection.is_closed:  # given up meanwhile
            return
        if outcome == OK:
            self._end_set_up(connection)
            return
        self.refused += 1
        if connection.is_awaited:
            self._try_again(connection)
        else:
            self._give_up_on(connection, outcome)

    def _give_up_on(self, connection: Connection, outcome: int) -> None:
        """Nobody sets this one up: calls that waited for it learn what came of it."""
        calls = self._break(connection)
        for message, call in calls.items():
            self._fail(message, call, outcome)
        self._pass_place_on(connection)

    def _end_set_up(self, connection: Connection) -> None:
        connection.is_awaited = False
        super()._end_set_up(connection)

    # All connections closed at once

    def disconnect(self, pause_s: Pause, longest_s: float | None) -> None:
        """Close every connection, fail the calls over them, and set all of them up anew.

        Args:
            pause_s: before each try, from the tries made so far, this one included.
            longest_s: that a try may take, in seconds; None for no limit.
        """
        self._pause_s, self._longest_s = pause_s, longest_s
        lost = []
        for connection in [*self._all]:
            self.broken += 1
            lost.append(self._break(connection))
        for _ in lost:  # before anybody learns of it, and may send something at once
            self._await(self._new())
        for calls in lost:
            for message, call in calls.items():
                self._fail(message, call, FAILED)

    def _break(self, connection: Connection) -> dict[Message, Call]:
        """Close a connection; the calls that had it are nobody's until they are told."""
        calls, connection.calls = connection.calls, {}
        connection.waiting = []
        connection.is_broken = True
        connection.callbacks = IGNORED  # whatever it lay in the event list for
        self._close(connection)
        if calls:
            self.busy -= 1
            self.busy_area += self.sim.now
        return calls

    def _fail(self, message: Message, call: Call, outcome: int) -> None:
        """Tell whoever made a call, and whoever it has come to, that its connection is gone."""
        if message.call is call:  # here: its message goes on without it
            message.call = call.memo = None
            self.drop(call, outcome)
        elif call.back is not None:
            call.cancel()

    # Set up anew

    def _await(self, connection: Connection) -> None:
        """Let a connection be set up after a pause."""
        assert self._pause_s is not None
        connection.is_awaited = True
        connection.pause_s = self._pause_s(connection.tries, connection.pause_s)
        self.hold(connection, connection.pause_s, self._come_due)

    def _come(self, connection: Connection) -> None:
        there_s = self._latency_s() * self._slowness + self._added_s
        back_s = self._latency_s() * self._slowness + self._added_s
        connection.round_trip_s = there_s + back_s
        connection.timeout_s = FIRST_TIMEOUT_S
        if self._longest_s is not None:
            self.hold(_Alarm(connection), self._longest_s, self._late_due, LAST)
        self._shake(connection)

    def _be_late(self, alarm: _Alarm) -> None:
        connection = alarm.connection
        if connection.is_awaited and not connection.is_closed:
            self.refused += 1
            self._try_again(connection)

    def _try_again(self, connection: Connection) -> None:
        """Another one takes the place of a connection, and its calls, after a pause."""
        waiting = connection.waiting
        calls = self._break(connection)
        other = self._new()
        if calls:
            self.busy += 1
            self.busy_area -= self.sim.now
        other.calls, other.waiting = calls, waiting
        for message in calls:
            message.connection = other
        other.tries, other.pause_s = connection.tries + 1, connection.pause_s
        other.since_s = connection.since_s
        self._await(other)


class _Handshakes(Caller):
    """Whom answers to handshakes come back to, apart from answers to calls."""

    def __init__(self, link: ReconnectingLink) -> None:
        self._link = link

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        connection: Connection = state
        self._link.computed(connection, outcome)


class _Alarm(Timer):
    """Rings when a try to set up a connection has taken too long."""

    __slots__ = ("connection",)

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
