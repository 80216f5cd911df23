"""How many retries all calls of a client together may make.

A budget bounds by how much a failure multiplies the load, which no pause does: pauses only move
retries to a later time.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.registry import Family, Spec

Clock = Callable[[], float]

budgets = Family("retry budget")


class RetryBudget(Spec):
    """A limit to the retries of all calls of a client together."""

    kind: str

    def start(self, now: Clock) -> Budget:
        """The budget of one client, which no other one shares.

        Args:
            now: the clock, in seconds.
        """
        raise NotImplementedError

    def learns(self) -> bool:
        """Whether it must be told what becomes of every try (``Budget.answered``)."""
        return False


class Budget:
    """What one client remembers of its tries."""

    def earn(self) -> None:
        """Gain what a first try is worth."""

    def spend(self) -> bool:
        """Pay for one retry; whether it may be made."""
        raise NotImplementedError

    def answered(self, is_ok: bool) -> None:
        """Learn what became of a try, before ``spend`` is asked about the next one."""
