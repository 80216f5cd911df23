"""How messages share connections: HTTP/1.1, HTTP/2 and HTTP/3 over TCP, TLS and QUIC.

A transport is asked how many round trips it takes until the first request may be sent, how many
connections there may be, what may share one, and after how long an answer that is missing is sent
for again. The link that asks does the rest.

Round trips before the first request, and the sources they are from:

===============  =========  =======  =======  ==================================
handshake        TCP alone  TLS 1.2  TLS 1.3  QUIC, which has TLS 1.3 inside
===============  =========  =======  =======  ==================================
full             1          3        2        1
resumed          -          2        2        1
0-rtt            -          -        1        0
===============  =========  =======  =======  ==================================

Source: RFC 9293 (TCP), RFC 5246 and RFC 8446 (TLS), RFC 9000 (QUIC), RFC 6928 (initial window),
RFC 9112, RFC 9113 and RFC 9114 (HTTP).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from simulator.policies.retransmission import RoundTrips
from simulator.registry import Family, Spec
from simulator.units import Seconds

Handshake = Literal["full", "resumed", "0-rtt"]

transports = Family("transport")


class Transport(Spec):
    """Connections: how many, how they begin, and how long they are kept."""

    kind: str
    connections: int = Field(1, ge=1, le=100_000, description="most connections open at a time")
    handshake: Handshake = Field(
        "full", description="how a connection is secured: anew, as one before it, or with its data"
    )
    idle_timeout: Seconds | None = Field(
        None,
        description="how long a connection without calls is kept; for ever if not given, and with "
        "0s not at all",
    )
    warm: bool = Field(
        False, description="whether all connections are open, and used to much, when a run begins"
    )
    slow_start: bool = Field(
        True, description="whether a new connection sends little at first, then doubles it"
    )
    initial_window: int = Field(
        10, ge=1, le=1000, description="segments that a new connection sends at once (RFC 6928)"
    )

    is_exclusive: ClassVar[bool] = False
    """Whether a connection is one call's until that is answered."""

    keeps_order: ClassVar[bool] = False
    """Whether a lost packet holds up what other calls sent after it over the same connection."""

    def contradictions(self) -> Iterator[str]:
        if self.warm and self.idle_timeout == 0:
            yield "warm connections are kept; give another idle_timeout than 0s"

    def round_trips(self) -> int:
        """Round trips from opening a connection to sending the first request."""
        raise NotImplementedError

    def timeout_s(self, trips: RoundTrips, least_s: float) -> float:
        """How long to wait before a packet is sent again, in seconds.

        Args:
            trips: the round trips seen so far.
            least_s: the least that TCP waits.
        """
        return trips.tcp_timeout_s(least_s)


def _as_name(value: Any) -> Any:
    return f"{value:g}" if isinstance(value, float) else value


Tls = Annotated[
    Literal["none", "1.2", "1.3"],
    BeforeValidator(_as_name, json_schema_input_type=Literal["none", "1.2", "1.3"] | float),
]


class OverTcp(Transport):
    """Connections of TCP, with or without TLS."""

    tls: Tls = Field("none", description="version of TLS: none, 1.2 or 1.3")

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.tls == "none" and self.handshake != "full":
            yield f"handshake: {self.handshake} is of TLS; give tls, or leave it out"
        if self.tls == "1.2" and self.handshake == "0-rtt":
            yield "handshake: 0-rtt needs tls: 1.3"

    def round_trips(self) -> int:
        if self.tls == "none":
            return 1
        if self.tls == "1.2":
            return 3 if self.handshake == "full" else 2
        return 1 if self.handshake == "0-rtt" else 2


@transports.register
class Http1(OverTcp):
    """HTTP/1.1 with connections that are kept: one call at a time over each.

    A call that finds none free waits, so that C connections answer at most C / (RTT + S) calls a
    second, S being the time to an answer behind the link. A call that is taken back closes its
    connection, since what is still to come over it belongs to nobody.
    """

    kind: Literal["http1"] = "http1"
    connections: int = Field(6, ge=1, le=100_000, description="most connections open at a time")

    is_exclusive = True


@transports.register
class Http2(OverTcp):
    """HTTP/2: any number of calls at a time over one connection.

    They share its order, too: a lost packet holds up whatever was sent after it, whosever it is
    (head-of-line blocking). Of several connections a call takes the one with the fewest calls.
    """

    kind: Literal["http2"] = "http2"

    keeps_order = True


@transports.register
class Http3(Transport):
    """HTTP/3 over QUIC: any number of calls over one connection, each with an order of its own.

    A lost packet holds up its own call only. The handshake has TLS 1.3 in it. A packet at the end
    of a message is sent again after a probe timeout, which has no minimum of its own.
    """

    kind: Literal["http3"] = "http3"

    def round_trips(self) -> int:
        return 0 if self.handshake == "0-rtt" else 1

    def timeout_s(self, trips: RoundTrips, least_s: float) -> float:
        return trips.quic_timeout_s()
