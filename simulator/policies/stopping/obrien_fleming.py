"""O'Brien and Fleming: hardly anything is enough at first, and nearly the usual at the end.

It takes hardly more users than a test with one look.

Source: O'Brien and Fleming, "A multiple testing procedure for clinical trials", *Biometrics* 35(3),
1979.
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
class OBrienFleming(LookingRule):
    """Several looks with bounds that fall from look to look."""

    kind: Literal["obrien_fleming"] = "obrien_fleming"

    def start(self, plan: TrialPlan) -> Trial:
        bounds, inflation = _design(self.looks, plan.alpha, plan.power)
        return GroupSequentialTrial(plan.units * inflation, bounds)


@lru_cache(maxsize=256)  # the same in every run
def _design(looks: int, alpha: float, power: float) -> tuple[list[float], float]:
    # Here, because it brings SciPy along, which most scenarios do without.
    from simulator.stats.trials.looks import inflation_of_looks, obrien_fleming_bounds

    bounds = obrien_fleming_bounds(looks, alpha)
    return bounds.tolist(), inflation_of_looks(bounds, alpha, power)
