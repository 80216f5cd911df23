"""Round robin: blind, in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any, Literal

from simulator.policies.balancing.base import BalancingPolicy, Picker, Pool, balancing_policies


@balancing_policies.register
class RoundRobin(BalancingPolicy):
    """Each replica in turn. Blind to load: a slow replica goes on getting its full share."""

    kind: Literal["round_robin"] = "round_robin"

    def start(self, pool: Pool) -> Picker:
        return _Turns(pool)


class _Turns(Picker):
    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._turn: Callable[[], int] = cycle(self.places).__next__

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        return self._turn()

    def changed(self) -> None:
        upcoming = self._turn()
        ahead = [place for place in self.places if place >= upcoming]
        behind = [place for place in self.places if place < upcoming]
        self._turn = cycle(ahead + behind).__next__
