"""Connections: how much one may send at once, who waits for it, what it still lacks."""

from __future__ import annotations

from typing import Final

from simulator.components.link.packets import Message
from simulator.kernel import Call, Timer

WIDE: Final = 1 << 30  # segments: more than any message has
LEAST_WINDOW: Final = 2  # segments after a loss: RFC 5681, equation 4


class Connection(Timer):
    """One connection, and what goes over it; an event while it is set up, and while it is idle.

    Args:
        now_s: when it is opened.
        round_trips: of its handshake.
        window: segments that it sends at once in the beginning.
    """

    __slots__ = (
        *("since_s", "round_trips", "round_trip_s", "timeout_s", "is_open", "is_closed"),
        *("calls", "waiting", "windows", "sent", "missing", "held_up", "is_watched"),
        *("is_awaited", "is_broken", "tries", "pause_s"),
    )

    def __init__(self, now_s: float, round_trips: int, window: int) -> None:
        self.since_s = now_s  # when it was opened, and later when its last call left
        self.round_trips = round_trips  # that are still to come in the handshake
        self.round_trip_s = 0.0
        self.timeout_s = 0.0
        self.is_open = False  # for messages: the handshake is over
        self.is_closed = False
        self.calls: dict[Message, Call] = {}  # that have it, each by its message
        self.waiting: list[Message] = []  # for the end of the handshake
        self.windows = [window, window]  # segments sent at once, of each direction
        self.sent = 0
        # Of each direction the messages that miss packets, and those that are there behind them,
        # by their order on the connection.
        self.missing: tuple[dict[int, Message], dict[int, Message]] = ({}, {})
        self.held_up: tuple[dict[int, Message], dict[int, Message]] = ({}, {})
        self.is_watched = False
        self.is_awaited = False  # it comes by itself: no call has to set it up
        self.is_broken = False  # closed by a fault, with all calls that had it
        self.tries = 1  # to set it up
        self.pause_s = 0.0  # before the last of them

    def rounds(self, message: Message) -> list[int]:
        """Segments that a message sends before each time it waits for leave to send more."""
        window, left, found = self.windows[message.direction], message.packets, []
        while left > window:
            found.append(window)
            left -= window
            window *= 2
        return found

    def widen(self, message: Message) -> None:
        """Allow more after a message: one segment for each that arrived, as slow start does.

        No more than twice the message: a window that nobody fills does not grow (RFC 7661).
        """
        window, packets = self.windows[message.direction], message.packets
        self.windows[message.direction] = max(window, min(window + packets, 2 * packets))

    def narrow(self, message: Message) -> None:
        """Allow half of what was on the way, after a loss."""
        on_the_way = min(self.windows[message.direction], message.packets)
        self.windows[message.direction] = max(LEAST_WINDOW, on_the_way // 2)

    def note_missing(self, message: Message) -> None:
        """Keep in mind that a message misses packets."""
        self.missing[message.direction][message.order] = message

    def is_behind(self, message: Message) -> bool:
        """Whether something that was sent before a message misses packets."""
        missing = self.missing[message.direction]
        return bool(missing) and next(iter(missing)) < message.order

    def hold_up(self, message: Message) -> None:
        """Keep a message until what was sent before it is there."""
        self.held_up[message.direction][message.order] = message

    def freed(self, direction: int) -> list[Message]:
        """Take out the messages that nothing holds up any more, in their order."""
        held_up = self.held_up[direction]
        found = [held_up[order] for order in sorted(held_up)]
        found = [message for message in found if not self.is_behind(message)]
        for message in found:
            del held_up[message.order]
        return found
