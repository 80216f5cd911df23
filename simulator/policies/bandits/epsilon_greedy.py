"""Epsilon greedy: nearly always the best so far, and now and then any.

Source: Sutton and Barto, *Reinforcement Learning*, 2nd ed., 2018, section 2.2.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simulator.policies.bandits.base import (
    Bandit,
    LearningPolicy,
    all_to_the_greatest,
    bandit_policies,
)
from simulator.units import Ratio


@bandit_policies.register
class EpsilonGreedy(LearningPolicy):
    """A fixed part of the calls goes to all arms alike, the rest to the best so far."""

    kind: Literal["epsilon_greedy"] = "epsilon_greedy"
    epsilon: Annotated[Ratio, Field(gt=0)] = Field(
        0.1, description="part of the calls that goes to all arms alike"
    )

    def start(self, arms: int) -> Bandit:
        return _EpsilonGreedy(arms, self)


class _EpsilonGreedy(Bandit):
    def __init__(self, arms: int, spec: EpsilonGreedy) -> None:
        super().__init__(arms, spec.half_life, spec.window)
        self._epsilon: float = spec.epsilon

    def preferred(self) -> list[float]:
        even = self._epsilon / len(self.calls)
        best = all_to_the_greatest(self.means())
        return [even + (1 - self._epsilon) * share for share in best]
