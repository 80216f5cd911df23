"""When a packet that was not acknowledged is sent again.

Source: RFC 6298 (TCP: sections 2 and 5), RFC 9002 (QUIC: sections 5.3 and 6.2).
"""

from __future__ import annotations

from typing import Final

FIRST_TIMEOUT_S: Final = 1.0  # before any round trip is known: RFC 6298, 2.1
LONGEST_TIMEOUT_S: Final = 60.0  # RFC 6298, 2.5
GRANULARITY_S: Final = 0.001  # of the clock: RFC 9002, 6.1.2
ACK_DELAY_S: Final = 0.025  # the longest that a receiver of QUIC waits: RFC 9000, 18.2


class RoundTrips:
    """A smoothed round trip time and its variation, from the round trips seen so far.

    Args:
        first_s: the first one, in seconds.
    """

    __slots__ = ("smoothed_s", "variation_s")

    def __init__(self, first_s: float) -> None:
        self.smoothed_s = first_s
        self.variation_s = first_s / 2

    def note(self, trip_s: float) -> None:
        """Learn of another round trip; not of one that something was sent again for."""
        self.variation_s += (abs(self.smoothed_s - trip_s) - self.variation_s) / 4
        self.smoothed_s += (trip_s - self.smoothed_s) / 8

    def tcp_timeout_s(self, least_s: float) -> float:
        """The retransmission timeout of TCP, in seconds; 1 s at least, says the RFC."""
        return max(least_s, self.smoothed_s + max(GRANULARITY_S, 4 * self.variation_s))

    def quic_timeout_s(self) -> float:
        """The probe timeout of QUIC, in seconds."""
        return self.smoothed_s + max(GRANULARITY_S, 4 * self.variation_s) + ACK_DELAY_S


def backed_off_s(timeout_s: float) -> float:
    """The timeout after one that has passed, in seconds: twice as long, up to a limit."""
    return min(2 * timeout_s, max(timeout_s, LONGEST_TIMEOUT_S))
