"""What a concurrency policy is told, and what a limiter reads off it.

A policy is a frozen spec. Its ``start`` returns a ``Limit``, the memory of one limiter.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.registry import Family, Spec

Uniforms = Callable[[], float]

concurrency_policies = Family("concurrency policy")


class ConcurrencyPolicy(Spec):
    """Decides how many calls may be under way at a time."""

    kind: str

    def start(self, uniform: Uniforms) -> Limit:
        """The memory of one limiter; ``uniform`` draws from [0, 1)."""
        raise NotImplementedError


class Limit:
    """The memory of one limiter.

    Attributes:
        limit: calls that may be under way at a time, at present; at least 1.
    """

    def __init__(self, limit: int) -> None:
        self.limit: int = limit

    def learn(self, took_s: float, outstanding: int, is_dropped: bool, now_s: float) -> None:
        """Learn that a call has come back.

        Args:
            took_s: time since it went on.
            outstanding: calls that were under way when it went on, itself included.
            is_dropped: whether it came to nothing as it does under overload.
            now_s: the present.
        """
        raise NotImplementedError
