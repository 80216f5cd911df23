"""What an eviction policy is asked, and what a cache tells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.registry import Family, Spec

eviction_policies = Family("eviction policy")

Uniforms = Callable[[], float]


class EvictionPolicy(Spec):
    """Remembers, entry by entry, what it needs to name the next one to leave."""

    kind: str

    def start(self, capacity: int, uniform: Uniforms) -> Order:
        """The memory of one cache.

        Args:
            capacity: entries that the cache holds, 1 or more.
            uniform: draws from [0, 1).
        """
        raise NotImplementedError


class Order:
    """The memory of one cache: who is in it, and in which order they would leave.

    The cache tells it whatever happens to its keys and asks for a ``victim`` when it is full. A
    request is either ``used`` or ``missed``; an answer that came for a key is either ``added`` or
    ``refilled``. A key is whatever requests ask for: in a scenario, a number. This class remembers
    nothing, which will do for a cache without a limit.
    """

    def added(self, key: Any) -> None:
        """A key came into the cache, in which there is room for it."""

    def refilled(self, key: Any) -> None:
        """A key that is in the cache was filled again."""

    def used(self, key: Any) -> None:
        """A key was asked for and found."""

    def missed(self, key: Any) -> None:
        """A key was asked for and not found."""

    def removed(self, key: Any) -> None:
        """A key left for another reason than for want of room."""

    def admits(self, key: Any) -> bool:
        """Whether a key that is not in the cache, which is full, may take another one's place."""
        return True

    def victim(self) -> Any:
        """Remove and return the key that leaves next; one key at least is in the cache."""
        raise NotImplementedError
