"""What a shedding policy is.

A policy is a frozen spec. Its ``start`` returns a ``Shedder``, the memory of one station, which is
told of the calls that begin to wait and of those that are next. It sees how long they have waited
and how many there are, and nothing of how long they will take.
"""

from __future__ import annotations

from simulator.kernel import Shedder
from simulator.registry import Family, Spec

shedding_policies = Family("shedding policy")


class SheddingPolicy(Spec):
    """Decides which waiting calls are dropped."""

    kind: str

    def start(self) -> Shedder:
        """The memory of one station."""
        raise NotImplementedError
