"""Peeking: the test is made at every look as if it were the only one, and ends when it says so.

Wrong, and what a dashboard with a p-value invites to do.

Source: Armitage, McPherson and Rowe, "Repeated significance tests on accumulating data", *Journal
of the Royal Statistical Society A* 132(2), 1969.
"""

from __future__ import annotations

from typing import Literal

from simulator.policies.stopping.base import (
    GroupSequentialTrial,
    LookingRule,
    Trial,
    TrialPlan,
    single_bound,
    stopping_rules,
)


@stopping_rules.register
class Peeking(LookingRule):
    """Several looks, each with the bound of a single one."""

    kind: Literal["peeking"] = "peeking"

    def start(self, plan: TrialPlan) -> Trial:
        return GroupSequentialTrial(plan.units, [single_bound(plan.alpha)] * self.looks)
