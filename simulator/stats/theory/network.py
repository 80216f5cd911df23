"""Messages on a network: handshakes, slow start, lost packets, and who waits for them."""

from __future__ import annotations

import math
from typing import Literal

from simulator.stats.theory.limits import require_positive

LATE = 3  # packets that have to arrive after a lost one until it is missed


def handshake_round_trips(
    over: Literal["tcp", "quic"],
    tls: Literal["none", "1.2", "1.3"] = "1.3",
    known: Literal["not", "resumed", "0-rtt"] = "not",
) -> int:
    """Round trips from opening a connection until its first request is sent.

    Args:
        over: TCP, whose handshake comes before that of TLS, or QUIC, which has both in one.
        tls: version of TLS; QUIC knows 1.3 only.
        known: whether the two have met before, and whether the request then goes along with the
            first packets.

    Returns:
        A number of round trips, 0 to 3. What is computed meanwhile takes no time.

    Raises:
        ValueError: there is no such handshake.

    Source:
        RFC 9293, 3.5 (TCP: 1); RFC 5246, 7.3 (TLS 1.2: 2, and 1 if resumed); RFC 8446, 2 (TLS 1.3:
        1, and 0 with early data); RFC 9001, 4.1 (QUIC: 1, and 0).

    >>> handshake_round_trips("tcp", "1.3"), handshake_round_trips("quic")
    (2, 1)
    """
    if (tls != "1.3" and known == "0-rtt") or (over == "quic" and tls != "1.3"):
        raise ValueError(f"{over} with tls {tls} has no handshake that is {known}")
    if tls == "none" and known != "not":
        raise ValueError("without tls there is nothing to resume")
    secured = {"none": 0, "1.2": 2, "1.3": 1}[tls] - (tls == "1.2" and known == "resumed")
    if over == "quic":
        return 0 if known == "0-rtt" else 1
    return 1 + (0 if known == "0-rtt" else secured)


def slow_start_rounds(segments: int, initial_window: int = 10) -> int:
    """Round trips over which a new connection sends a message, if none is lost.

    Args:
        segments: of the message (n), 1 or more.
        initial_window: segments sent at once in the first round (w), 1 or more; then twice as many
            in each.

    Returns:
        ceil(log2(n / w + 1)), 1 or more; the number of waits in between is one less.

    Raises:
        ValueError: an argument is out of range.

    Source:
        w (2^r - 1) segments have been sent after r rounds; RFC 5681, 3.1, and RFC 6928.

    >>> slow_start_rounds(69)  # 10 + 20 + 39
    3
    """
    require_positive(segments=segments, initial_window=initial_window)
    return (-(-segments // initial_window)).bit_length()


def slow_start_bytes(rounds: int, initial_window: int = 10, segment_bytes: int = 1460) -> int:
    """Most bytes that a new connection sends in so many round trips.

    Args:
        rounds: round trips (r), 1 or more.
        initial_window: segments of the first round (w).
        segment_bytes: of one segment.

    Returns:
        w (2^r - 1) segments, in bytes.

    Raises:
        ValueError: an argument is out of range.

    Source:
        As for ``slow_start_rounds``.

    >>> [slow_start_bytes(rounds) for rounds in (1, 2, 3)]
    [14600, 43800, 102200]
    """
    require_positive(rounds=rounds, initial_window=initial_window, segment_bytes=segment_bytes)
    return segment_bytes * initial_window * (2**rounds - 1)


def slow_start_stall(
    segments: int, round_trip_s: float, segment_s: float, initial_window: int = 10
) -> float:
    """Time in which a new connection has sent all that it may and waits, in seconds.

    Args:
        segments: of the message, 1 or more.
        round_trip_s: of a small packet (R), in seconds.
        segment_s: to put one segment on the wire (s), in seconds; 0 without a limit.
        initial_window: segments of the first round (w).

    Returns:
        The sum of max(0, R + s - w 2^(k-1) s) over all rounds k but the last.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Kurose and Ross, *Computer Networking*, 3rd ed., section 3.7, "Latency modeling".

    >>> slow_start_stall(69, round_trip_s=0.05, segment_s=0.0)
    0.1
    """
    if segment_s < 0 or round_trip_s < 0:
        raise ValueError(f"times must be 0 s or more, got {round_trip_s:g} s and {segment_s:g} s")
    waits = range(slow_start_rounds(segments, initial_window) - 1)
    windows = [initial_window * 2**k for k in waits]
    return math.fsum(max(0.0, round_trip_s + (1 - each) * segment_s) for each in windows)


def exclusive_connections_limit(connections: int, round_trip_s: float, service_s: float) -> float:
    """Most calls a second over connections that have one call at a time (HTTP/1.1).

    Args:
        connections: how many (C), 1 or more.
        round_trip_s: of the network (RTT), in seconds.
        service_s: mean time to an answer behind it (S), in seconds; the sum must be above 0.

    Returns:
        C / (RTT + S) a second.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Little's law: each connection is held for RTT + S by every call.

    >>> exclusive_connections_limit(6, round_trip_s=0.25, service_s=0.5)
    8.0
    """
    require_positive(connections=connections, held_s=round_trip_s + service_s)
    return connections / (round_trip_s + service_s)


def loss_mean_delay(packets: int, loss: float, round_trip_s: float, timeout_s: float) -> float:
    """Mean time that lost packets add to a message, in seconds.

    What is lost of a message is sent again together. That happens after a round trip if none of the
    last three packets is among it (fast retransmission), else after the timeout; whatever is lost
    again waits for a timeout, which doubles each time, without a limit.

    Args:
        packets: of the message (n), 1 or more.
        loss: probability of each to be lost (p), each time it is sent, 0 to below 0.5.
        round_trip_s: in seconds, at most the timeout.
        timeout_s: the first timeout (T), in seconds.

    Returns:
        For a single packet p T / (1 - 2 p), in seconds; there is no mean from p = 0.5 on.

    Raises:
        ValueError: an argument is out of range.

    Source:
        With m = min(n, 3) late packets, P(no late one is lost, and another j times or more) is
        (1 - p)^m (1 - (1 - p^j)^(n - m)); waits are summed over j. RFC 6298, 5.5 (doubling).

    >>> round(loss_mean_delay(1, loss=0.1, round_trip_s=0.1, timeout_s=1.0), 6)
    0.125
    """
    require_positive(packets=packets)
    if not 0 <= loss < 0.5:
        raise ValueError(f"loss must lie in 0 to below 0.5, got {loss:g}")
    if not 0 <= round_trip_s <= timeout_s:
        raise ValueError(f"need 0 <= round trip <= timeout, got {round_trip_s:g}, {timeout_s:g} s")
    late = min(packets, LATE)

    def any_of(count: int, times: int) -> float:
        """One of so many is lost so many times or more."""
        return -math.expm1(count * math.log1p(-(loss**times)))

    def soon(times: int) -> float:
        """The same of one that is not late, while no late one is lost."""
        return (1 - loss) ** late * any_of(packets - late, times)

    mean_s = soon(1) * round_trip_s + (any_of(packets, 1) - soon(1)) * timeout_s
    for times in range(2, 2 + math.ceil(60 / -math.log2(2 * loss)) if loss else 2):
        further = any_of(packets, times) - soon(times) / 2  # as a round trip was first: half
        mean_s += further * timeout_s * 2 ** (times - 1)
    return mean_s


def head_of_line_mean_delay(rate: float, loss: float, timeout_s: float) -> float:
    """Mean time that lost packets add to a message that must wait for all before it, in seconds.

    Poisson messages of one packet each over one connection that keeps their order (HTTP/2 over
    TCP). A packet that is lost k times comes (2^k - 1) timeouts late.

    Args:
        rate: messages a second (λ), above 0.
        loss: probability of a packet to be lost (p), 0 to below 0.25, where the mean ends.
        timeout_s: the first timeout (T), in seconds.

    Returns:
        The integral of 1 - P(own delay <= w) exp(-λ E[(D - w)+]), D being the delay of any packet:
        those that were sent before and are still missing w later are a Poisson number.

    Raises:
        ValueError: an argument is out of range.

    Source:
        The M/G/infinity queue: Gross et al., *Fundamentals of Queueing Theory*, 4th ed., 2.6.2.

    >>> alone = loss_mean_delay(1, loss=0.01, round_trip_s=0.0, timeout_s=1.0)
    >>> round(head_of_line_mean_delay(1e-9, 0.01, 1.0) / alone, 6)  # nobody is behind another
    1.0
    """
    require_positive(rate=rate, timeout_s=timeout_s)
    if not 0 <= loss < 0.25:
        raise ValueError(f"loss must lie in 0 to below 0.25, got {loss:g}")
    delays = [(2**k - 1) * timeout_s for k in range(60)]
    mean_s = 0.0
    for k in range(len(delays) - 1):
        start_s, end_s = delays[k], delays[k + 1]
        late = loss ** (k + 1)  # the probability of a delay beyond w, anywhere in between
        excess_s = sum(
            loss**j * (1 - loss) * (delays[j] - end_s) for j in range(k + 1, len(delays))
        )
        # E[(D - w)+] falls from late * (end - start) + excess to excess, in a straight line.
        slope = rate * late * (end_s - start_s)
        falls = (slope + math.expm1(-slope)) / slope if slope else 0.0
        behind = -math.expm1(-rate * excess_s) + math.exp(-rate * excess_s) * falls
        mean_s += (end_s - start_s) * (late + (1 - late) * behind)
    return mean_s
