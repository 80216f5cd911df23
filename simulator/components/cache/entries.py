"""What a cache remembers of a key, of a load under way and of a write still to be done."""

from __future__ import annotations

from typing import Any

from simulator.kernel import Call, Timer


class Entry:
    """An answer that is held.

    Attributes:
        expires_s: when its time to live ends.
        ttl_s: how long that is.
        load_s: how long its last load took; 0 if it has not been loaded.
        is_spent: whether a request has found it past its time to live.
        version: number of the write whose result it is; 0 for what was there at first.
        unsaved: what the origin does not know yet.
    """

    __slots__ = ("expires_s", "is_spent", "load_s", "ttl_s", "unsaved", "version")

    def __init__(self) -> None:
        self.expires_s = 0.0
        self.ttl_s = 0.0
        self.load_s = 0.0
        self.is_spent = False
        self.version = 0
        self.unsaved: Unsaved | None = None


class Load:
    """A call to the origin under way.

    Attributes:
        begun_s: when it was sent.
        waiting: the requests that wait for it; None if it is the request itself that was sent on.
    """

    __slots__ = ("begun_s", "waiting")

    def __init__(self, begun_s: float, waiting: list[Call] | None) -> None:
        self.begun_s = begun_s
        self.waiting = waiting


class Unsaved(Timer):
    """Writes to one entry that have been answered; the origin gets the last. Its own event.

    Attributes:
        key: of the entry.
        request: of the last of them.
        version: of the last of them.
        writes: how many they are.
    """

    __slots__ = ("key", "request", "version", "writes")

    def __init__(self, key: Any) -> None:
        self.key = key
        self.request: tuple[Any, ...] = ()
        self.version = 0
        self.writes = 0

    def again(self) -> Unsaved:
        """The same writes, as another event."""
        copy = Unsaved(self.key)
        copy.request, copy.version, copy.writes = self.request, self.version, self.writes
        return copy
