"""What a stopping rule is asked, and what it is told.

A rule is a frozen spec. Its ``start`` returns a ``Trial``, the memory of one trial. It says after
how many users it wants to be looked at next, and rules whenever it is: the treatment is greater, or
less, or there is no difference, or nothing yet.

A trial counts *units*: users, or requests, whatever is taken for independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from simulator.registry import Family, Spec

stopping_rules = Family("stopping rule")

Ruling = Literal["greater", "less", "no_difference"]


class TrialPlan(NamedTuple):
    """What a trial was planned with.

    Attributes:
        units: of both arms together that a test with one look takes, above 0.
        effect: the smallest difference worth finding, above 0, in the unit of the values.
        alpha: probability of finding a difference where there is none.
        power: probability of finding the smallest one.
    """

    units: float
    effect: float
    alpha: float = 0.05
    power: float = 0.8


class StoppingRule(Spec):
    """Decides when a trial ends, and what it has found."""

    kind: str

    def start(self, plan: TrialPlan) -> Trial:
        """The memory of one trial."""
        raise NotImplementedError


class Trial:
    """The memory of one trial.

    Attributes:
        next_units: units of both arms together at which it wants to be looked at next.
        most_units: at which it ends at the latest.
    """

    def __init__(self, next_units: float, most_units: float) -> None:
        self.next_units = next_units
        self.most_units = most_units

    def look(self, units: float, difference: float, error: float) -> Ruling | None:
        """Rule on what is known; None if the trial goes on.

        Args:
            units: of both arms together, ``next_units`` or more.
            difference: of the treatment's mean from the control's.
            error: its standard error; 0 while nothing is known.
        """
        raise NotImplementedError


class GroupSequentialTrial(Trial):
    """Looked at after equal parts of its units, with a bound of |z| for each look.

    A look that comes late, when those of the next one are there already, is that next one.

    Args:
        units: in all.
        bounds: one for each look.
    """

    def __init__(self, units: float, bounds: Sequence[float]) -> None:
        self._bounds: list[float] = list(bounds)
        super().__init__(units / len(self._bounds), units)

    def look(self, units: float, difference: float, error: float) -> Ruling | None:
        looks = len(self._bounds)
        passed = min(looks, int(units / self.most_units * looks * (1 + 1e-12)))
        self.next_units = self.most_units * (passed + 1) / looks
        if passed and abs(difference) > self._bounds[passed - 1] * error > 0:
            return sign(difference)
        return "no_difference" if passed == looks else None


class OpenTrial(Trial):
    """Looked at as often as one likes, after a first part of its units.

    Args:
        plan: of the trial.
        first: part of the units of a test with one look before which nothing is looked at.
        longest: times these units after which it ends.
    """

    def __init__(self, plan: TrialPlan, first: float, longest: float) -> None:
        super().__init__(plan.units * first, plan.units * longest)

    def look(self, units: float, difference: float, error: float) -> Ruling | None:
        found = self.weigh(difference, error) if error > 0 else None
        return found or ("no_difference" if units >= self.most_units else None)

    def weigh(self, difference: float, error: float) -> Ruling | None:
        """Rule on a difference whose error, above 0, is known."""
        raise NotImplementedError


class LookingRule(StoppingRule):
    """Looks a planned number of times."""

    looks: int = Field(5, ge=1, le=1000, description="looks after equal parts of the units")


class PlannedRule(LookingRule):
    """Several looks with bounds that hold for all of them together."""

    def bounds(self, alpha: float) -> np.ndarray:
        """Of |z| at each look, shape ``(looks,)``, for a probability of false alarms."""
        raise NotImplementedError

    def start(self, plan: TrialPlan) -> Trial:
        bounds, inflation = _design(self, plan.alpha, plan.power)
        return GroupSequentialTrial(plan.units * inflation, bounds)


@lru_cache(maxsize=256)  # the same in every run
def _design(rule: PlannedRule, alpha: float, power: float) -> tuple[list[float], float]:
    """The bounds of a rule, and how many times the units of a test with one look it takes."""
    # Here, because it brings SciPy along, which most scenarios do without.
    from simulator.stats.trials.looks import inflation_of_looks

    bounds = rule.bounds(alpha)
    return bounds.tolist(), inflation_of_looks(bounds, alpha, power)


class OpenRule(StoppingRule):
    """Looks whenever it can."""

    first: float = Field(
        0.05,
        gt=0,
        le=1,
        description="part of the units of a test with one look before which it does not look: a "
        "standard error of very few values is none",
    )
    longest: float = Field(
        3.0,
        ge=1,
        le=1000,
        description="times the units of a test with one look after which it ends without a "
        "difference",
    )


def sign(difference: float) -> Ruling:
    """The ruling on a difference that is none by chance."""
    return "greater" if difference > 0 else "less"


@lru_cache(maxsize=256)  # the same in every run
def single_bound(alpha: float) -> float:
    """The bound of |z| of a test with one look."""
    # Here, because it brings SciPy along, which most scenarios do without.
    from simulator.stats.trials.looks import pocock_bounds

    return float(pocock_bounds(1, alpha)[0])
