"""The link whose messages go over connections, which have to be set up and are shared."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from simulator.components.link.connection import WIDE, Connection
from simulator.components.link.messages import MessageLink
from simulator.components.link.packets import RESPONSE, SEGMENT_BYTES, Message
from simulator.kernel import CANCELED, FAILED, Call, Simulation, count, level, samples
from simulator.policies.retransmission import FIRST_TIMEOUT_S, backed_off_s
from simulator.policies.transport import Transport

if TYPE_CHECKING:
    from simulator.components.link import LinkSpec


class ConnectedLink(MessageLink):
    """Calls take a connection, wait for one, or open one; with the answer they give it back."""

    connections = level("connections open, and being opened", peaks=True)
    busy = level("connections with calls")
    queued = level("calls that wait for a connection", better="lower", peaks=True)
    handshakes = count("connections set up", better="lower")
    closed = count("connections closed, idle ones and those of calls taken back")
    reused = count("calls that found a connection set up", better="higher")
    held_up = count("messages that waited behind lost packets of others", better="lower")
    wait_s = samples("time that a call waited until a connection was its own, or one to share")
    set_up_s = samples("time that it took to set up a connection")
    held_up_s = samples("time that those messages waited behind lost packets of others")
    rounds = samples("round trips over which an answer was sent", unit="")

    def __init__(self, name: str, sim: Simulation, spec: LinkSpec, transport: Transport) -> None:
        super().__init__(name, sim, spec)
        self._transport = transport
        self._is_exclusive = transport.is_exclusive
        self._keeps_order = transport.keeps_order
        self._most = transport.connections
        self._all: dict[Connection, None] = {}
        self._open: list[Connection] = []  # those that are shared
        self._idle: list[Connection] = []  # those that are not; the one used last at the end
        self._line: deque[Message] = deque()
        self._shaken_due: Any = (self._shake,)
        # A list: to the run, no call is on its way just because a connection is idle.
        self._idle_due: Any = [self._end_idleness]
        for _ in range(self._most if transport.warm else 0):
            self._make_warm()

    def _make_warm(self) -> None:
        connection = self._new()
        connection.is_open = True
        connection.windows = [WIDE, WIDE]
        self._keep(connection)

    def accept(self, call: Call) -> None:
        message = Message(call, self.sim.now)
        call.memo = message
        connection = self._find()
        if connection is not None:
            self._take(message, connection)
            return
        message.pace = 0.0
        self.queued += 1
        self.queued_area -= self.sim.now
        if self.queued > self.queued_peak:
            self.queued_peak = self.queued
        call.give_up = self._leave_line
        self._line.append(message)

    # Connections: found, taken, set up, given back

    def _find(self) -> Connection | None:
        """A connection for a new call: a free one, a new one, one to share, or none."""
        if self._idle:
            return self._idle.pop()
        if self._is_exclusive:
            return self._new() if self.connections < self._most else None
        fewest = min(self._open, key=_streams, default=None)
        if fewest is None or (fewest.calls and self.connections < self._most):
            return self._new()
        return fewest

    def _new(self) -> Connection:
        self.connections += 1
        self.connections_area -= self.sim.now
        if self.connections > self.connections_peak:
            self.connections_peak = self.connections
        window = self._transport.initial_window if self._transport.slow_start else WIDE
        connection = Connection(self.sim.now, self._transport.round_trips(), window)
        self._all[connection] = None
        if not self._is_exclusive:
            self._open.append(connection)
        return connection

    def _take(self, message: Message, connection: Connection) -> None:
        call: Call = message.call
        call.give_up = self._abandon
        message.connection = connection
        if not connection.calls:
            self.busy += 1
            self.busy_area -= self.sim.now
        connection.calls[message] = call
        self.wait_s.append(self.sim.now - message.came_s)
        if connection.is_open:
            self.reused += 1
            self._begin(message)
            return
        connection.waiting.append(message)
        if len(connection.waiting) > 1 or connection.is_awaited:
            message.pace = 0.0  # another call sets it up, or nobody in particular
            return
        message.pace = 1.0
        there_s = call.request[self._there] * self._slowness + self._added_s
        back_s = call.request[self._back] * self._slowness + self._added_s
        connection.round_trip_s = there_s + back_s
        connection.timeout_s = FIRST_TIMEOUT_S
        self._shake(connection)

    def _shake(self, connection: Connection) -> None:
        """Go on with a handshake: one round trip, or a timeout if one of its packets is lost."""
        if not connection.round_trips:
            self._secure(connection)
        elif self._loss and self._luck() >= (1 - self._loss) ** 2:
            self.lost += 1
            self.retransmitted += 1
            self.hold(connection, connection.timeout_s, self._shaken_due)
            connection.timeout_s = backed_off_s(connection.timeout_s)
        else:
            connection.round_trips -= 1
            self.hold(connection, connection.round_trip_s, self._shaken_due)

    def _secure(self, connection: Connection) -> None:
        """What is to be done when all packets of a handshake are there."""
        self._end_set_up(connection)

    def _end_set_up(self, connection: Connection) -> None:
        connection.is_open = True
        self.handshakes += 1
        self.set_up_s.append(self.sim.now - connection.since_s)
        waiting, connection.waiting = connection.waiting, []
        for message in waiting:
            if message.call is not None:  # else taken back meanwhile
                self._begin(message)
        if not connection.calls:
            self._free(connection)

    def _release(self, message: Message) -> None:
        """A call gives its connection back."""
        connection = message.connection
        assert connection is not None
        del connection.calls[message]
        if not connection.calls:
            self.busy -= 1
            self.busy_area += self.sim.now
            if connection.is_open:
                self._free(connection)

    def _free(self, connection: Connection) -> None:
        """Nobody has a connection any more: it is kept for a while, or not at all."""
        if self._transport.idle_timeout == 0:
            self._close(connection)
        self._pass_place_on(connection)

    def _pass_place_on(self, connection: Connection) -> None:
        """Let the call that has waited the longest have a connection, or one in its place."""
        while self._line:
            message = self._line.popleft()
            if message.call is not None:
                self._leave_queue(message)
                self._take(message, self._new() if connection.is_closed else connection)
                return
        if not connection.is_closed:
            self._keep(connection)

    def _leave_queue(self, message: Message) -> None:
        self.queued -= 1
        self.queued_area += self.sim.now

    # Idle connections

    def _keep(self, connection: Connection) -> None:
        """Keep a connection that nobody has, until it has been idle for too long."""
        connection.since_s = self.sim.now
        if self._is_exclusive:
            self._idle.append(connection)
        if self._transport.idle_timeout is not None and not connection.is_watched:
            connection.is_watched = True
            self.hold(connection, self._transport.idle_timeout, self._idle_due)

    def _end_idleness(self, connection: Connection) -> None:
        connection.is_watched = False
        if connection.calls or connection.is_closed:
            return
        idle_s = self._transport.idle_timeout
        assert idle_s is not None
        left_s = connection.since_s + idle_s - self.sim.now
        if left_s > 0:  # it was used meanwhile
            connection.is_watched = True
            self.hold(connection, left_s, self._idle_due)
        else:
            self._close(connection)

    def _close(self, connection: Connection) -> None:
        connection.is_closed = True
        del self._all[connection]
        self.closed += 1
        self.connections -= 1
        self.connections_area += self.sim.now
        pool = self._idle if self._is_exclusive else self._open
        if connection in pool:
            pool.remove(connection)

    # Calls that are taken back

    def _leave_line(self, call: Call) -> None:
        message: Message = call.memo
        message.call = call.memo = None
        self._leave_queue(message)

    def _forsake(self, message: Message) -> int:
        """Give a connection back, or close it if the answer that nobody waits for may come yet."""
        connection = message.connection
        assert connection is not None
        if connection.is_broken:
            return FAILED
        if not self._is_exclusive or not connection.is_open:
            self._release(message)
            return CANCELED
        self.busy -= 1
        self.busy_area += self.sim.now
        connection.calls.clear()
        self._close(connection)
        self._pass_place_on(connection)
        return CANCELED

    # Messages on a connection

    def _stall_s(self, message: Message) -> float:
        connection = message.connection
        assert connection is not None
        rounds = connection.rounds(message)
        if message.direction == RESPONSE:
            self.rounds.append(len(rounds) + 1.0)
        # Leave comes a round trip after the first segment of a round, which is sent meanwhile.
        segment_s = SEGMENT_BYTES * self._s_per_byte
        stall_s = 0.0
        for sent in rounds:
            stall_s += max(0.0, message.round_trip_s + (1 - sent) * segment_s)
        return stall_s

    def _leave(self, message: Message) -> None:
        connection = message.connection
        assert connection is not None
        connection.sent += 1
        message.order = connection.sent
        super()._leave(message)

    def _timeout_s(self) -> float:
        return self._transport.timeout_s(self._trips, self.spec.min_rto)

    def _miss(self, message: Message, is_soon_noticed: bool) -> None:
        super()._miss(message, is_soon_noticed)
        connection = message.connection
        assert connection is not None
        connection.narrow(message)
        if self._keeps_order:
            connection.note_missing(message)

    def _land(self, message: Message) -> None:
        connection = message.connection
        assert connection is not None
        if not message.timeout_s:  # nothing of it was missed
            connection.widen(message)
        if not self._keeps_order:
            self._hand_over(message)
            return
        was_missing = connection.missing[message.direction].pop(message.order, None) is not None
        if connection.is_behind(message):
            message.pace = 0.0
            message.waits_since_s = self.sim.now
            connection.hold_up(message)
            self.held_up += 1
            return
        freed = connection.freed(message.direction) if was_missing else []
        for each in freed:
            self.held_up_s.append(self.sim.now - each.waits_since_s)
        self._hand_over(message)
        for each in freed:
            self._hand_over(each)

    def _hand_over(self, message: Message) -> None:
        if message.direction == RESPONSE and message.call is not None:
            self._release(message)
        super()._hand_over(message)


def _streams(connection: Connection) -> int:
    return len(connection.calls)
