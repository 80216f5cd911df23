"""What a breaking policy is asked, and what a circuit breaker tells it.

A policy is a frozen spec. Its ``start`` returns a ``Breaker``, the memory of one circuit breaker: a
machine of three states. *Closed*, all calls go on; *open*, none; *half-open*, a few do, and what
comes of them decides which of the others is next.
"""

from __future__ import annotations

from math import inf
from typing import Final

from simulator.registry import Family, Spec

CLOSED: Final = 0
HALF_OPEN: Final = 1
OPEN: Final = 2

# What a call that was let through came to.
GOOD: Final = 0
BAD: Final = 1
IGNORED: Final = 2

breaking_policies = Family("breaking policy")


class BreakingPolicy(Spec):
    """Decides when a circuit breaker opens and closes."""

    kind: str

    def start(self) -> Breaker:
        """The memory of one circuit breaker, which is closed."""
        raise NotImplementedError


class Breaker:
    """The memory of one circuit breaker.

    Attributes:
        state: ``CLOSED``, ``OPEN`` or ``HALF_OPEN``, as it was left by what was last asked or told.
        generation: a number that changes when results of the calls let through so far cease to be
            of the same period; ``note`` gets back the one that there was when the call went on.
        alarm_s: when ``wake`` must be called, since the state changes then by itself, if it is
            still of the same generation; infinite if it does not. An instant in seconds.
    """

    def __init__(self) -> None:
        self.state: int = CLOSED
        self.generation: int = 0
        self.alarm_s: float = inf

    def admit(self, now_s: float) -> bool:
        """Whether a call may go on; if so, it counts as one that has."""
        raise NotImplementedError

    def note(self, generation: int, verdict: int, lasted_s: float, now_s: float) -> None:
        """Learn what came of a call that was let through.

        Args:
            generation: that of the breaker when the call went on.
            verdict: ``GOOD``, ``BAD``, or ``IGNORED`` for one that says nothing.
            lasted_s: time since the call went on.
            now_s: the present.
        """
        raise NotImplementedError

    def wake(self, now_s: float) -> None:
        """Change the state, which is due now."""
