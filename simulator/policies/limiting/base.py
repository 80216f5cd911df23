"""What a limiting policy is asked, and what a rate limiter tells it.

A policy is a frozen spec. Its ``start`` returns a ``Limiter``, the memory of one limit: that of all
calls, of one class of them, or of one key. A limiter is asked how long calls would have to wait
until they conform, and told of those that were let through. Nobody has to tell it that time passes.
"""

from __future__ import annotations

from math import floor, inf
from typing import Final, Self

from pydantic import Field

from simulator.registry import Family, Spec
from simulator.units import PositiveSeconds

limiting_policies = Family("limiting policy")

ROUNDING_S: Final = 1e-9  # a shorter wait is rounding: calls exactly at the rate conform


class LimitingPolicy(Spec):
    """Decides when a call conforms to a limit."""

    kind: str

    def start(self) -> Limiter:
        """The memory of one limit, at the beginning of which nothing has been let through."""
        raise NotImplementedError

    def part(self, of: int, place: int) -> LimitingPolicy:
        """The policy of one of several limiters that share the limit evenly.

        Args:
            of: how many there are.
            place: which of them, from 0.
        """
        raise NotImplementedError

    def most_parts(self) -> int:
        """How many limiters may share the limit such that each of them ever lets a call through."""
        raise NotImplementedError


class WindowedPolicy(LimitingPolicy):
    """So many calls in a window of time."""

    limit: int = Field(ge=1, le=10**9, description="most calls in a window")
    window: PositiveSeconds = Field(description="length of a window")

    def part(self, of: int, place: int) -> Self:
        return self.model_validate(dict(self) | {"limit": share_of(self.limit, of, place)})

    def most_parts(self) -> int:
        return self.limit


class Limiter:
    """The memory of one limit."""

    def wait_s(self, now_s: float, calls: int = 1) -> float:
        """Seconds until so many calls conform at once; 0 if they do now, inf if they never will.

        Args:
            now_s: not before it was asked last.
            calls: 0 or more.
        """
        raise NotImplementedError

    def book(self, at_s: float, calls: int = 1) -> None:
        """Count calls that are let through, whether they conform or not.

        Args:
            at_s: when; also a time that is still to come, or one that has passed.
            calls: 0 or more.
        """
        raise NotImplementedError

    def copy(self) -> Limiter:
        """Another memory of the same."""
        raise NotImplementedError

    def reserve(self, now_s: float, longest_s: float = 0.0, calls: int = 1) -> float:
        """Book calls for the instant at which they conform, unless that is too far away.

        Whoever comes later gets a later instant, or the same one.

        Returns:
            Seconds until then, at most ``longest_s``; or inf, and nothing is booked.
        """
        wait_s = self.wait_s(now_s, calls)
        if wait_s > longest_s + ROUNDING_S:
            return inf
        self.book(now_s + wait_s, calls)
        return wait_s


def window_at(instant_s: float, window_s: float) -> int:
    """The number of the window in which an instant lies; the first one, 0, begins at 0.

    >>> window_at(59.9, 60.0), window_at(60.0, 60.0)
    (0, 1)
    """
    return floor((instant_s + ROUNDING_S) / window_s)


def share_of(limit: int, of: int, place: int) -> int:
    """A part of a whole limit; the first parts get what does not divide.

    >>> [share_of(11, 4, place) for place in range(4)]
    [3, 3, 3, 2]
    """
    return limit // of + (place < limit % of)
