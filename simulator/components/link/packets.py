"""Messages on their way, the packets they are cut into, and which of these get lost."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, log1p
from typing import TYPE_CHECKING, Any, Final

from simulator.kernel import OK, Call, Timer

if TYPE_CHECKING:
    from simulator.components.link.connection import Connection

REQUEST: Final = 0  # directions
RESPONSE: Final = 1

SEGMENT_BYTES: Final = 1460  # of Ethernet's 1500, less the headers of IPv4 and TCP
LAST: Final = 3  # packets that have to come after a lost one until it is missed


class Message(Timer):
    """A request on its way, and later the response to it.

    An event of its own, and not the call that it is of: what has been handed to the network goes
    on when the call is taken back.
    """

    __slots__ = (
        *("call", "connection", "direction", "outcome", "order", "came_s", "since_s", "there_s"),
        *("size_bytes", "packets", "latency_s", "round_trip_s", "stall_s", "tail_s"),
        *("lost", "timeout_s", "pace", "waits_since_s"),
    )
    call: Any  # None once it was taken back, and while the call is elsewhere
    connection: Connection | None  # over which it goes, if there is such a thing
    direction: int
    outcome: int  # that the response brings
    came_s: float  # when the call came
    since_s: float  # the same, and later when the answer to it came
    there_s: float  # time that the request took
    order: int  # among the messages of its connection
    size_bytes: int
    packets: int
    latency_s: float
    round_trip_s: float
    stall_s: float  # time in which it waits for leave to send more
    tail_s: float  # from its first segment to its last
    lost: int  # packets that are missing
    timeout_s: float
    pace: float  # 1 while it gets on, 0 while it waits
    waits_since_s: float

    def __init__(self, call: Call, came_s: float) -> None:
        self.call = call
        self.connection = None
        self.direction = REQUEST
        self.outcome = OK
        self.came_s = self.since_s = came_s
        self.there_s = self.latency_s = self.round_trip_s = self.stall_s = self.tail_s = 0.0
        self.timeout_s = self.waits_since_s = 0.0
        self.order = self.size_bytes = self.lost = 0
        self.packets = 1
        self.pace = 1.0

    def load(self, size: float) -> None:
        """Let it have a size in bytes; even an empty one is a packet."""
        self.size_bytes = ceil(size)
        self.packets = max(1, -(-self.size_bytes // SEGMENT_BYTES))


def lost_packets(packets: int, ratio: float, luck: Callable[[], float]) -> tuple[int, int]:
    """How many of some packets get lost, and how many of these are among the last three.

    Args:
        packets: sent one after the other.
        ratio: part that gets lost, each on its own.
        luck: draws from [0, 1).
    """
    if ratio >= 1:
        return packets, min(packets, LAST)
    lost = late = 0
    # From one lost packet to the next in one step: a long message rarely loses any.
    place = int(log1p(-luck()) / log1p(-ratio))
    while place < packets:
        lost += 1
        late += place >= packets - LAST
        place += 1 + int(log1p(-luck()) / log1p(-ratio))
    return lost, late
