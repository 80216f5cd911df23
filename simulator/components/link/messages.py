"""The link whose messages have a size: they share its bandwidth, and are cut into packets."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from simulator.components.link.packets import (
    REQUEST,
    RESPONSE,
    SEGMENT_BYTES,
    Message,
    lost_packets,
)
from simulator.components.link.plain import Link
from simulator.kernel import CANCELED, OK, Call, Simulation, count, level, ratio, samples
from simulator.policies.retransmission import backed_off_s

if TYPE_CHECKING:
    from simulator.components.link import LinkSpec


class MessageLink(Link):
    """A pipe in each direction, into which messages are put one after the other."""

    transmitted_bytes = count("bytes sent, both ways, those sent again among them")
    queued_messages = level("messages that wait for those before them in the pipe", better="lower")
    sending_requests = level("whether a request is being sent: 1, or 0")
    sending_responses = level("whether a response is being sent: 1, or 0")
    pipe_wait_s = samples("time that a message waited for those before it in the pipe")
    first_byte_s = samples("time from a call to the first byte of its answer")
    request_utilization = ratio("part of the time in which requests are sent", "sending_requests")
    response_utilization = ratio(
        "part of the time in which responses are sent", "sending_responses"
    )

    def __init__(self, name: str, sim: Simulation, spec: LinkSpec) -> None:
        super().__init__(name, sim, spec)
        self._request_size = sim.needs.add(f"{name}.request_size", spec.request_size)
        self._response_size = sim.needs.add(f"{name}.response_size", spec.response_size)
        self._s_per_byte = 8 / spec.bandwidth if spec.bandwidth else 0.0
        self._pipes: tuple[deque[Message], deque[Message]] = (deque(), deque())
        self._sent_due: Any = (self._sent,)
        self._landed_due: Any = (self._land,)
        self._missed_due: Any = (self._send_again,)

    def pace(self, call: Call) -> float:
        message: Message = call.memo
        return message.pace

    def accept(self, call: Call) -> None:
        message = Message(call, self.sim.now)
        call.memo = message
        call.give_up = self._abandon
        self._begin(message)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if state is None:
            super().returned(call, outcome, state)
            return
        message: Message = state
        if outcome == CANCELED:
            call.answer(self._forsake(message))
            return
        message.call = call
        message.since_s = self.sim.now
        message.direction = RESPONSE
        message.outcome = outcome
        call.memo = message
        call.give_up = self._abandon
        self._begin(message)

    def _begin(self, message: Message) -> None:
        """Hand a message to the network; from here on it goes its way whatever happens."""
        now_s = self.sim.now
        call: Call = message.call
        there_s = call.request[self._there] * self._slowness + self._added_s
        back_s = call.request[self._back] * self._slowness + self._added_s
        message.round_trip_s = there_s + back_s
        if message.direction == REQUEST:
            message.latency_s = there_s
            message.load(call.request[self._request_size])
        else:
            message.latency_s = back_s
            message.load(call.request[self._response_size] if message.outcome == OK else 0.0)
        self.in_transit += 1
        self.in_transit_area -= now_s
        message.waits_since_s = now_s
        if not self._s_per_byte:
            self._transmit(message)
        elif self._is_sending(message.direction):
            message.pace = 0.0
            self.queued_messages += 1
            self.queued_messages_area -= now_s
            self._pipes[message.direction].append(message)
        else:
            self._set_sending(message.direction, 1)
            self._transmit(message)

    def _is_sending(self, direction: int) -> int:
        return self.sending_requests if direction == REQUEST else self.sending_responses

    def _set_sending(self, direction: int, by: int) -> None:
        if direction == REQUEST:
            self.sending_requests += by
            self.sending_requests_area -= self.sim.now * by
        else:
            self.sending_responses += by
            self.sending_responses_area -= self.sim.now * by

    def _transmit(self, message: Message) -> None:
        """Put a message on the wire; the pipe is its own until its last byte is."""
        message.pace = 1.0
        message.stall_s = self._stall_s(message)
        self.transmitted_bytes += message.size_bytes
        if not self._s_per_byte:
            message.tail_s = message.stall_s
            self._leave(message)
            return
        self.pipe_wait_s.append(self.sim.now - message.waits_since_s)
        behind = message.size_bytes - min(message.size_bytes, SEGMENT_BYTES)
        message.tail_s = message.stall_s + behind * self._s_per_byte
        self.hold(message, message.size_bytes * self._s_per_byte, self._sent_due)

    def _stall_s(self, message: Message) -> float:
        """Time in which a message waits for leave to send more."""
        return 0.0

    def _sent(self, message: Message) -> None:
        pipe = self._pipes[message.direction]
        if pipe:
            self.queued_messages -= 1
            self.queued_messages_area += self.sim.now
            self._transmit(pipe.popleft())
        else:
            self._set_sending(message.direction, -1)
        self._leave(message)

    def _leave(self, message: Message) -> None:
        """The last byte of a message is on the wire: which of its packets get there?"""
        message.timeout_s = 0.0  # nothing is missed yet
        if self._loss:
            message.lost, late = lost_packets(message.packets, self._loss, self._luck)
            if message.lost:
                self.lost += message.lost
                self._miss(message, late == 0)
                return
        self._trips.note(message.round_trip_s)
        self.hold(message, message.latency_s + message.stall_s, self._landed_due)

    def _timeout_s(self) -> float:
        return self._trips.tcp_timeout_s(self.spec.min_rto)

    def _miss(self, message: Message, is_soon_noticed: bool) -> None:
        """Wait for what was lost to be sent again.

        If enough packets came after it, the other side says within a round trip that it is
        missing (fast retransmission); else nothing is said, and a timeout has to pass.
        """
        message.pace = 0.0
        message.timeout_s = self._timeout_s()
        wait_s = message.timeout_s
        if is_soon_noticed:
            wait_s = min(wait_s, message.round_trip_s)
        else:
            message.timeout_s = backed_off_s(message.timeout_s)
        self.hold(message, wait_s, self._missed_due)

    def _send_again(self, message: Message) -> None:
        self.retransmitted += message.lost
        self.transmitted_bytes += min(message.lost * SEGMENT_BYTES, message.size_bytes)
        if self._loss:
            message.lost, _ = lost_packets(message.lost, self._loss, self._luck)
            if message.lost:
                self.lost += message.lost
                self.hold(message, message.timeout_s, self._missed_due)
                message.timeout_s = backed_off_s(message.timeout_s)
                return
        message.lost = 0
        message.pace = 1.0
        self.hold(message, message.latency_s + message.stall_s, self._landed_due)

    def _land(self, message: Message) -> None:
        self._hand_over(message)

    def _hand_over(self, message: Message) -> None:
        """All of a message is there."""
        now_s = self.sim.now
        self.in_transit -= 1
        self.in_transit_area += now_s
        if message.call is None:  # taken back on the way
            return
        call: Call = message.call
        message.call = call.memo = call.give_up = None
        if message.direction == REQUEST:
            message.there_s = now_s - message.since_s
            call.back = (self, message, call.back)  # `return_to`, written out
            self._next.accept(call)
        else:
            self.network_s.append(message.there_s + now_s - message.since_s)
            self.first_byte_s.append(now_s - message.tail_s - message.came_s)
            call.answer(message.outcome)

    def _abandon(self, call: Call) -> None:
        """A call is taken back; its message goes on without it."""
        message: Message = call.memo
        message.call = call.memo = None
        self._forsake(message)

    def _forsake(self, message: Message) -> int:
        """Nobody waits for the answer any more; what to say who asked."""
        return CANCELED
