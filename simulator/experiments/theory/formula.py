"""What theory says of one number, and how far that may be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Literal

from simulator.stats.intervals import Interval, mean_interval

Light = Literal["assumptions hold", "nearly", "broken"]

Touched = Literal["timing", "rates", "keys"]
"""What a doubt is about: only when calls come; also how many of them; also what they ask for."""

Measures = Mapping[str, float]
"""Every measure of one run by its full name."""

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that a formula takes for granted and that is not so.

    Attributes:
        words: what is so instead.
        is_grave: whether the formula then says nothing of this system; else it nearly holds.
        touches: what it is about; a formula need not mind what it does not look at.
    """

    words: str
    is_grave: bool = True
    touches: Touched = "timing"


@dataclass(frozen=True, slots=True)
class Formula:
    """A value that theory gives, and where to find the simulated one.

    Attributes:
        component: name of the component or group; empty for the whole system.
        name: of the formula, such as M/M/1.
        measure: what it is a value of.
        unit: of both values.
        expected: the value; None where there is none, as without a steady state.
        simulated: the same of one run.
        doubts: why the formula may be wrong here.
        margin: half-width of the expected value, where it is made of what was seen; else 0.
    """

    component: str
    name: str
    measure: str
    unit: str
    expected: float | None
    simulated: Callable[[Measures], float]
    doubts: Sequence[Doubt]
    margin: float = 0.0


@dataclass(frozen=True, slots=True)
class Beside:
    """A formula's value beside the simulated one.

    Attributes:
        formula: with the expected value.
        interval: of the simulated one; None if no run had a value.
        light: what is true of the formula's assumptions, whatever the values are.
        reasons: why they do not hold, or hold nearly only; empty if they hold.
    """

    formula: Formula
    interval: Interval | None
    light: Light
    reasons: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """As in the output of ``simulator run --json``."""
        formula, interval = self.formula, self.interval
        return {
            "component": formula.component,
            "formula": formula.name,
            "measure": formula.measure,
            "unit": formula.unit,
            "expected": formula.expected,
            "expected_half_width": formula.margin or None,
            "mean": interval.mean if interval else None,
            "half_width": interval.half_width if interval else None,
            "n": interval.n if interval else 0,
            "light": self.light,
            "reasons": list(self.reasons),
        }


def light_of(doubts: Sequence[Doubt]) -> Light:
    """Broken if one doubt is grave, nearly if there is any."""
    if any(each.is_grave for each in doubts):
        return "broken"
    return "nearly" if doubts else "assumptions hold"


def compared(formula: Formula, runs: Sequence[Measures]) -> Beside:
    """Put the simulated value beside the formula's, grave doubts first."""
    expected = formula.expected
    if expected is not None and not isfinite(expected):
        no_value = Doubt("the formula has no finite value")
        formula = replace(formula, expected=None, doubts=[*formula.doubts, no_value])
    values = [value for run in runs if isfinite(value := formula.simulated(run))]
    doubts = sorted(dict.fromkeys(formula.doubts), key=lambda each: not each.is_grave)
    return Beside(
        formula=formula,
        interval=mean_interval(values, CONFIDENCE) if values else None,
        light=light_of(doubts),
        reasons=[each.words for each in doubts],
    )
