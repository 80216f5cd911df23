"""Always valid: a p-value that may be looked at all the time (mixture SPRT).

It is lower than alpha at any time with at most that probability, if there is no difference. Unlike
Wald's test it never finds that there is none: it goes on until its users run out.

Source: Johari, Koomen, Pekelis and Walsh, "Always valid inference: continuous monitoring of A/B
tests", *Operations Research* 70(3), 2022.
"""

from __future__ import annotations

from typing import Any, Literal

from simulator.policies.stopping.base import (
    OpenRule,
    OpenTrial,
    Ruling,
    Trial,
    TrialPlan,
    sign,
    stopping_rules,
)


@stopping_rules.register
class AlwaysValid(OpenRule):
    """Ends as soon as its p-value falls to alpha."""

    kind: Literal["always_valid"] = "always_valid"

    def start(self, plan: TrialPlan) -> Trial:
        return _AlwaysValid(plan, self)


class _AlwaysValid(OpenTrial):
    def __init__(self, plan: TrialPlan, spec: AlwaysValid) -> None:
        super().__init__(plan, spec.first, spec.longest)
        # Here, because it brings SciPy along, which most scenarios do without.
        from simulator.stats.trials import sequential

        self._alpha: float = plan.alpha
        self._test: Any = sequential.AlwaysValid(plan.effect)

    def weigh(self, difference: float, error: float) -> Ruling | None:
        return sign(difference) if self._test.look(difference, error) <= self._alpha else None
