"""Explore, then commit: an A/B test that ends, and the winner gets everything from then on.

Source: Lattimore and Szepesvari, *Bandit Algorithms*, 2020, chapter 6.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.bandits.base import (
    Bandit,
    BanditPolicy,
    all_to_the_greatest,
    bandit_policies,
)


@bandit_policies.register
class ExploreThenCommit(BanditPolicy):
    """Every arm gets as many calls at first; then the one that brought most gets all, for good."""

    kind: Literal["explore_then_commit"] = "explore_then_commit"
    explore: int = Field(
        ge=1, description="calls of each arm whose reward has to be known before it commits"
    )

    def start(self, arms: int) -> Bandit:
        return _ExploreThenCommit(arms, self.explore)


class _ExploreThenCommit(Bandit):
    def __init__(self, arms: int, explore: int) -> None:
        super().__init__(arms)
        self._explore = explore
        self._committed: list[float] | None = None

    def preferred(self) -> list[float]:
        if self._committed is None and min(self.calls) >= self._explore:
            self._committed = all_to_the_greatest(self.means())
        return self._committed or [1 / len(self.calls)] * len(self.calls)
