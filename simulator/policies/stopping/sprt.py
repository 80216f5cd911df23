"""Sequential probability ratio test of a difference: is it as large as matters, or none?

Two tests of Wald side by side, with half of alpha each: the smallest difference worth finding
against none, and the same the other way round. It ends when one of them finds its difference, or
both find none. What is known of the difference is taken to be normal, with the error it has.

A true difference between none and the smallest one keeps it busy longest.

Source: Wald, "Sequential tests of statistical hypotheses", *Annals of Mathematical Statistics*
16(2), 1945; for two sides, Sobel and Wald, "A sequential decision procedure for choosing one of
three hypotheses concerning the unknown mean of a normal distribution", *Annals of Mathematical
Statistics* 20(4), 1949.
"""

from __future__ import annotations

from math import log
from typing import Literal

from simulator.policies.stopping.base import (
    OpenRule,
    OpenTrial,
    Ruling,
    Trial,
    TrialPlan,
    stopping_rules,
)


@stopping_rules.register
class Sprt(OpenRule):
    """Two tests of Wald, one for each direction."""

    kind: Literal["sprt"] = "sprt"

    def start(self, plan: TrialPlan) -> Trial:
        return _Sprt(plan, self)


class _Sprt(OpenTrial):
    def __init__(self, plan: TrialPlan, spec: Sprt) -> None:
        super().__init__(plan, spec.first, spec.longest)
        half = plan.alpha / 2
        self._effect: float = plan.effect
        self._upper: float = log(plan.power / half)
        self._lower: float = log((1 - plan.power) / (1 - half))
        self._is_none: dict[float, bool] = {1.0: False, -1.0: False}  # by direction

    def weigh(self, difference: float, error: float) -> Ruling | None:
        for direction in (1.0, -1.0):
            evidence = self._effect * (direction * difference - self._effect / 2) / error**2
            if evidence <= self._lower:
                self._is_none[direction] = True
            elif evidence >= self._upper and not self._is_none[direction]:
                return "greater" if direction > 0 else "less"
        return "no_difference" if all(self._is_none.values()) else None
