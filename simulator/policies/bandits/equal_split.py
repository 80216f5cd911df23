"""Equal split: every arm gets as many calls, for good. What a test of fixed length does."""

from __future__ import annotations

from typing import Literal

from simulator.policies.bandits.base import Bandit, BanditPolicy, bandit_policies


@bandit_policies.register
class EqualSplit(BanditPolicy):
    """Every arm gets as many calls, whatever they bring."""

    kind: Literal["equal_split"] = "equal_split"

    def start(self, arms: int) -> Bandit:
        return _EqualSplit(arms)


class _EqualSplit(Bandit):
    def preferred(self) -> list[float]:
        return [1 / len(self.calls)] * len(self.calls)
