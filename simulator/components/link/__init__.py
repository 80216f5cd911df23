"""Link: the network between two components.

Calls go through it and their answers come back through it, each way after a latency of its own;
request i takes the i-th latency of either direction in every variant. With a ``bandwidth``, a pipe
for each direction that all calls share, a message takes its bytes over the bandwidth, after those
before it. An answer that is not ok has no body, and takes its latency only.

With a ``transport`` calls go over connections, which are set up in some round trips (TCP, TLS,
QUIC) by the first call that needs them and are kept. Over HTTP/1.1 a call has its connection for
itself until it is answered, and others wait; over HTTP/2 and HTTP/3 all calls share one. A new
connection sends ten segments, then waits a round trip for leave to send twice as many, and so on
(slow start); one that has been used much sends all at once.

A packet, up to 1,460 bytes of a message, is lost with probability ``loss``, each on its own, in
either direction. What is lost of a message is sent again together: after a round trip if at least
three packets of the message came after it (fast retransmission), else after a timeout, which
doubles each time and is at least ``min_rto`` (not for HTTP/3). Over HTTP/2 everything that was sent
later over the same connection waits for it; over HTTP/3, and without a transport, nothing else.
A loss halves what its connection sends at once. Packets of a handshake get lost, too, and the first
timeout is 1 s then. Lost packets are counted, all of them.

A handshake takes round trips alone, unless ``handshakes`` names a server that computes for each of
them before the connection is there, such as cores that do nothing else. If it refuses, the calls
that waited for the connection fail as it says.

In traces a call *waits* for a connection, for others in the pipe, and for lost packets, its own or
those of others, to be sent again; all the rest is *network*, the handshake of the call that opens a
connection among it. A call that is taken back lets go at once, wherever it is, but what has been
handed to the network is sent all the same; over HTTP/1.1 its connection is closed.

Left out: packets of acknowledgments and their loss, losses that come in bursts or from full queues
(congestion between links, windows that grow after slow start), how packets of several messages are
mixed, word of a loss that packets of later messages bring (a busy connection would often be spared
the timeout), bandwidth of what is sent again and of handshakes, handshakes on the cores that serve
calls, timeouts of what is only late, connections given up after many timeouts, windows that shrink
while a connection is idle, limits to the streams of a connection.

Source: RFC 6298 (timeout), RFC 5681 (fast retransmission, windows), RFC 9002 (the same for QUIC);
Kurose and Ross, *Computer Networking*, 3rd ed., section 3.7 (latency of slow start).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.components.link.connected import ConnectedLink
from simulator.components.link.messages import MessageLink
from simulator.components.link.plain import Link
from simulator.components.link.reconnecting import ReconnectingLink
from simulator.distributions import Time
from simulator.distributions.byte_sizes import ConstantBytes, Size
from simulator.kernel import ComponentSpec, Ref, RequestClass, Simulation, components
from simulator.policies.transport import Transport, transports
from simulator.units import SHARE, BitsPerSecond, Seconds

__all__ = ["ConnectedLink", "Link", "LinkSpec", "MessageLink", "ReconnectingLink"]

EMPTY = ConstantBytes(value=0.0)

Loss = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False), SHARE]


@components.register
class LinkSpec(ComponentSpec):
    """Carries calls and their answers, which takes time."""

    kind: Literal["link"] = "link"
    next: Ref = Field(description="where it leads")
    latency: Time = Field(description="time on the way, one way; drawn for each message")
    bandwidth: BitsPerSecond | None = Field(
        None, description="of each direction; no limit if not given"
    )
    request_size: Size = Field(EMPTY, description="bytes of a request")
    response_size: Size = Field(EMPTY, description="bytes of an answer that is ok")
    loss: Loss = Field(0.0, description="part of the packets that gets lost")
    min_rto: Seconds = Field(
        1.0, description="least retransmission timeout: RFC 6298 says 1 s, Linux takes 200 ms"
    )
    transport: Annotated[Transport, transports] | None = Field(
        None, description="connections; without, as if any number of them were open already"
    )

    handshakes: Ref | None = Field(
        None, description="server that computes for each handshake; takes no computing if not given"
    )

    suffers = frozenset({"packet_loss", "latency_spike", "thundering_reconnect"})

    def contradictions(self) -> Iterator[str]:
        if self.handshakes is not None and self.transport is None:
            yield "handshakes needs transport: there are no connections to set up"

    def can_have(self, fault: str) -> bool:
        return fault in self.suffers and (
            fault != "thundering_reconnect" or self.transport is not None
        )

    @property
    def is_plain(self) -> bool:
        """Whether all it does is to take time."""
        return self.bandwidth is None and self.request_size == self.response_size == EMPTY

    def work(self, classes: Sequence[RequestClass]) -> tuple[float, int] | None:
        """That of the pipe that is busier, or of connections that have one call at a time.

        How long these wait for an answer cannot be told here; they are held for a round trip in any
        case.
        """
        found: list[tuple[float, int]] = []
        if self.bandwidth is not None:
            mean_bytes = max(self.request_size.average(), self.response_size.average())
            found.append((mean_bytes * 8 / self.bandwidth, 1))
        if self.transport is not None and self.transport.is_exclusive:
            found.append((2 * self.latency.average(), self.transport.connections))
        return max(found, key=lambda each: each[0] / each[1], default=None)

    def freed(self) -> dict[str, Any]:
        free = {"latency": 0.0, "bandwidth": None, "loss": 0.0}
        return {**free, "transport": None, "handshakes": None}

    def onward(self) -> dict[str, float] | None:
        return {self.next: 1.0} if self.handshakes is None else None

    def build(self, name: str, sim: Simulation) -> Link:
        if self.transport is not None:
            return ReconnectingLink(name, sim, self, self.transport)
        return (Link if self.is_plain else MessageLink)(name, sim, self)
