"""UCB1: the arm that could be the best, going by the upper end of what is believed of each.

With a half-life it is the discounted UCB, with a window the sliding-window UCB.

Source: Auer, Cesa-Bianchi and Fischer, "Finite-time analysis of the multiarmed bandit problem",
*Machine Learning* 47, 2002; for worlds that change, Garivier and Moulines, "On upper-confidence
bound policies for switching bandit problems", *Algorithmic Learning Theory*, 2011.
"""

from __future__ import annotations

from math import inf, log, sqrt
from typing import Annotated, Literal

from pydantic import Field

from simulator.policies.bandits.base import (
    Bandit,
    LearningPolicy,
    all_to_the_greatest,
    bandit_policies,
)

LITTLE = 1e-9  # of a call: what is left of windows and aging counts as nothing


@bandit_policies.register
class Ucb1(LearningPolicy):
    """All calls go to the arm with the greatest upper confidence bound."""

    kind: Literal["ucb1"] = "ucb1"
    exploration: Annotated[float, Field(gt=0, le=100)] = Field(
        2.0,
        description="c in the bound, mean + sqrt(c ln n / n of the arm); 2 in the source, and less "
        "explores less",
    )

    def start(self, arms: int) -> Bandit:
        return _Ucb1(arms, self)


class _Ucb1(Bandit):
    def __init__(self, arms: int, spec: Ucb1) -> None:
        super().__init__(arms, spec.half_life, spec.window)
        self._exploration: float = spec.exploration

    def preferred(self) -> list[float]:
        reach = self._exploration * log(max(1.0, sum(self.calls)))
        bounds = [
            mean + sqrt(reach / calls) if calls > LITTLE else inf
            for mean, calls in zip(self.means(), self.calls, strict=True)
        ]
        return all_to_the_greatest(bounds)
