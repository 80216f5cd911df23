"""Pocock: the same bound at every look, so high that it holds for all of them together.

It takes more users than a test with one look if there is no difference, and fewer on average if
there is one; those it may take at most are as many as its power asks for.

Source: Pocock, "Group sequential methods in the design and analysis of clinical trials",
*Biometrika* 64(2), 1977.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from simulator.policies.stopping.base import (
    GroupSequentialTrial,
    LookingRule,
    Trial,
    TrialPlan,
    stopping_rules,
)


@stopping_rules.register
class Pocock(LookingRule):
    """Several looks with one bound for all."""

    kind: Literal["pocock"] = "pocock"

    def start(self, plan: TrialPlan) -> Trial:
        bounds, inflation = _design(self.looks, plan.alpha, plan.power)
        return GroupSequentialTrial(plan.units * inflation, bounds)


@lru_cache(maxsize=256)  # the same in every run
def _design(looks: int, alpha: float, power: float) -> tuple[list[float], float]:
    # Here, because it brings SciPy along, which most scenarios do without.
    from simulator.stats.trials.looks import inflation_of_looks, pocock_bounds

    bounds = pocock_bounds(looks, alpha)
    return bounds.tolist(), inflation_of_looks(bounds, alpha, power)
