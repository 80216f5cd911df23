"""What the pictures of studies have in common: how values and estimates are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.plots.axes import DOLLARS, IN_SECONDS, PER_SECOND, PERCENT, PLAIN
from simulator.units import human

LABELS = {"s": IN_SECONDS, "ratio": PERCENT, "$": DOLLARS, "/s": PER_SECOND, "1/s": PER_SECOND}


@dataclass(frozen=True)
class Turned:
    """A value that a study turns.

    Attributes:
        path: in the scenario.
        name: for people.
        unit: of its numbers, as ``human`` takes it.
        label: says one of its values.
    """

    path: str
    name: str
    unit: str
    label: Callable[[Any], str]


def ticks(unit: str) -> str:
    """How numbers of a unit are written at an axis, as a Vega expression."""
    return LABELS.get(unit, PLAIN)


def is_number(value: Any) -> bool:
    """Whether a value has a place on a ruler."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def shown(estimate: Mapping[str, Any]) -> str:
    """An estimate with its margin.

    >>> shown({"mean": 0.25, "half_width": 0.01, "unit": "s"})
    '250 ms ± 10 ms'
    """
    if estimate["mean"] is None:
        return "no value"
    mean = human(estimate["mean"], estimate["unit"])
    half_width = estimate["half_width"]
    return f"{mean} ± {human(half_width, estimate['unit'])}" if half_width else mean
