"""The link that only takes time: what all links have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.kernel import (
    CANCELED,
    OK,
    Call,
    Component,
    Find,
    Simulation,
    Timer,
    count,
    level,
    samples,
)
from simulator.policies.retransmission import RoundTrips, backed_off_s

if TYPE_CHECKING:
    from simulator.components.link import LinkSpec


class Link(Component):
    """Every message is one packet and takes its latency; the call itself is what is on the way."""

    in_transit = level("messages on the way")
    lost = count("packets lost", better="lower")
    retransmitted = count("packets sent again", better="lower")
    network_s = samples("time that an answered call spent at the link, there and back together")
    resting = "network"

    def __init__(self, name: str, sim: Simulation, spec: LinkSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._there = sim.needs.add(f"{name}.request_latency", spec.latency)
        self._back = sim.needs.add(f"{name}.response_latency", spec.latency)
        self._luck = sim.uniforms(f"{name}.loss")
        self._probe_latency_s = sim.draws(f"{name}.probes", spec.latency)
        self._trips = RoundTrips(2 * spec.latency.average())
        self._loss: float = spec.loss
        self._losses: list[float] = [spec.loss]
        self._slowness = 1.0
        self._added_s = 0.0
        self._spikes: list[tuple[float, float]] = []
        self._arrived = (self._arrive,)
        self._arrived_late = (self._arrive_late,)
        self._delivered = (self._deliver,)
        self._resend_due = (self._resend,)
        self._probed_due = (self._probe_next,)
        self._answered_due = (self._end_probe,)

    def connect(self, find: Find) -> None:
        (self._next,) = find(self.spec.next)

    def pace(self, call: Call) -> float:
        packet: _Packet | None = call.memo
        return 1.0 if packet is None else packet.pace

    def accept(self, call: Call) -> None:
        now_s = self.sim.now
        self.in_transit += 1
        self.in_transit_area -= now_s
        call.since_s = now_s
        call.memo = None
        call.give_up = self._vanish
        latency_s = call.request[self._there] * self._slowness + self._added_s
        if self._loss and self._luck() < self._loss:
            call.memo = packet = _Packet(call, OK, latency_s, self._arrived_late)
            self._lose(packet, self._trips.tcp_timeout_s(self.spec.min_rto))
        else:
            self.hold(call, latency_s, self._arrived)

    def _arrive(self, call: Call) -> None:
        now_s = self.sim.now
        self.in_transit -= 1
        self.in_transit_area += now_s
        call.give_up = None
        call.back = (self, now_s - call.since_s, call.back)  # `return_to`, written out
        self._next.accept(call)

    def _arrive_late(self, packet: _Packet) -> None:
        call = packet.call
        if call.memo is packet:  # else taken back meanwhile
            call.memo = None
            self._arrive(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if outcome == CANCELED:
            call.answer(outcome)
            return
        if state is None:
            self._send_probe(call, outcome, self._answered_due)
            return
        now_s = self.sim.now
        self.in_transit += 1
        self.in_transit_area -= now_s
        there_s: float = state
        call.since_s = now_s - there_s
        call.give_up = self._vanish
        latency_s = call.request[self._back] * self._slowness + self._added_s
        # Not the call itself: if it was lost in a crash it still lies in the event list.
        call.memo = packet = _Packet(call, outcome, latency_s, self._delivered)
        if self._loss and self._luck() < self._loss:
            self._lose(packet, self._trips.tcp_timeout_s(self.spec.min_rto))
        else:
            self.hold(packet, latency_s, self._delivered)

    def _deliver(self, packet: _Packet) -> None:
        call = packet.call
        if call.memo is not packet:  # taken back meanwhile
            return
        now_s = self.sim.now
        self.in_transit -= 1
        self.in_transit_area += now_s
        self.network_s.append(now_s - call.since_s)
        call.memo = call.give_up = None
        call.answer(packet.outcome)

    def _vanish(self, call: Call) -> None:
        self.in_transit -= 1
        self.in_transit_area += self.sim.now
        call.memo = None

    def _lose(self, packet: _Packet, timeout_s: float) -> None:
        self.lost += 1
        packet.pace = 0.0
        packet.timeout_s = timeout_s
        self.hold(packet, timeout_s, self._resend_due)

    def _resend(self, packet: _Packet) -> None:
        if packet.call.memo is not packet:  # taken back meanwhile
            return
        self.retransmitted += 1
        if self._loss and self._luck() < self._loss:
            self._lose(packet, backed_off_s(packet.timeout_s))
        else:
            packet.pace = 1.0
            self.hold(packet, packet.latency_s, packet.then)

    # Probes: a packet each way, beside pipes and connections.

    def probe(self, call: Call) -> None:
        self._send_probe(call, OK, self._probed_due)

    def _send_probe(self, call: Call, outcome: int, then: Any) -> None:
        latency_s = self._probe_latency_s() * self._slowness + self._added_s
        call.memo = packet = _Packet(call, outcome, latency_s, then)
        call.give_up = self._forget
        if self._loss and self._luck() < self._loss:
            self._lose(packet, self._trips.tcp_timeout_s(self.spec.min_rto))
        else:
            self.hold(packet, latency_s, then)

    def _probe_next(self, packet: _Packet) -> None:
        call = packet.call
        if call.memo is packet:  # else taken back meanwhile
            call.memo = call.give_up = None
            call.return_to(self, None)
            self._next.probe(call)

    def _end_probe(self, packet: _Packet) -> None:
        call = packet.call
        if call.memo is packet:
            call.memo = call.give_up = None
            call.answer(packet.outcome)

    def _forget(self, call: Call) -> None:
        call.memo = None

    # Faults. They change what is sent from now on; what is on the way stays as it is.

    def begin_loss(self, ratio: float) -> None:
        """Lose this part of the packets beside those that are lost anyway."""
        self._losses.append(ratio)
        self._set_loss()

    def end_loss(self, ratio: float) -> None:
        """End a loss of this ratio."""
        self._losses.remove(ratio)
        self._set_loss()

    def _set_loss(self) -> None:
        through = 1.0
        for ratio in self._losses:
            through *= 1.0 - ratio
        self._loss = 1.0 - through

    def begin_spike(self, factor: float, added_s: float) -> None:
        """Let messages take a factor longer, and some time beside that."""
        self._spikes.append((factor, added_s))
        self._set_spikes()

    def end_spike(self, factor: float, added_s: float) -> None:
        """End a spike of this size."""
        self._spikes.remove((factor, added_s))
        self._set_spikes()

    def _set_spikes(self) -> None:
        self._slowness, self._added_s = 1.0, 0.0
        for factor, added_s in self._spikes:
            self._slowness *= factor
            self._added_s += added_s


class _Packet(Timer):
    """An answer on its way, or whatever has to be sent again."""

    __slots__ = ("call", "outcome", "latency_s", "then", "timeout_s", "pace")
    call: Call
    outcome: int
    latency_s: float
    then: Any  # what is done when it is there
    timeout_s: float
    pace: float  # 1 while it gets on, 0 while it waits to be sent again

    def __init__(self, call: Call, outcome: int, latency_s: float, then: Any) -> None:
        self.call = call
        self.outcome = outcome
        self.latency_s = latency_s
        self.then = then
        self.timeout_s = 0.0
        self.pace = 1.0
