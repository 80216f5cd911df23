"""Fixed horizon: nobody looks until all planned users are in."""

from __future__ import annotations

from typing import Literal

from simulator.policies.stopping.base import (
    GroupSequentialTrial,
    StoppingRule,
    Trial,
    TrialPlan,
    single_bound,
    stopping_rules,
)


@stopping_rules.register
class FixedHorizon(StoppingRule):
    """One look, at the end."""

    kind: Literal["fixed_horizon"] = "fixed_horizon"

    def start(self, plan: TrialPlan) -> Trial:
        return GroupSequentialTrial(plan.units, [single_bound(plan.alpha)])
