"""The values that a knob can be turned to, and the unit that they are in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, get_args

import numpy as np

from simulator.errors import ScenarioError, shown
from simulator.registry import Spec
from simulator.scenario import Scenario
from simulator.scenario.model import Knob
from simulator.scenario.source import parse_scalar
from simulator.scenario.variants import steps, value_at
from simulator.units import Unit, human

STEPS = 20  # of a range
DIGITS = 2  # significant ones, so that stops are values one would choose


def default_of(scenario: Scenario, knob: Knob) -> Any:
    """The knob's value in the scenario: what it stands at before it is turned.

    A policy is named as in the knob's choices: by its kind alone if it has no other parameters
    there, or with those that are written there.
    """
    value = value_at(scenario.plain(), knob.path)
    if not isinstance(value, dict):
        return value
    if value.get("kind") in knob.choices:
        return value["kind"]
    written = (each for each in knob.choices if isinstance(each, dict))
    return next((each for each in written if each.items() <= value.items()), value)


def stops(knob: Knob, default: Any, unit: Unit | None) -> list[Any]:
    """The values that it clicks into, the default among them, ranges in rising order.

    Args:
        knob: from the scenario.
        default: its value in the scenario.
        unit: how texts such as ``50ms`` in its range read.
    """
    if knob.range is None:
        choices = [_number(choice, unit) for choice in knob.choices]
        return choices if default in choices else [default, *choices]
    low, high = (_number(end, unit) for end in knob.range)
    spread = np.geomspace if knob.scale == "log" and low > 0 else np.linspace
    values = {_rounded(value) for value in spread(low, high, STEPS + 1)} | {low, high}
    if isinstance(default, int):
        values = {round(value) for value in values}
    return sorted(values | {default})


def reading(knob: Knob, default: Any, unit: Unit | None, text: str) -> Any:
    """The value that a text turns a knob to: one of its stops, or another one in its range.

    Args:
        knob, default, unit: as for ``stops``.
        text: as after ``--set PATH=``.

    Raises:
        ValueError: the knob cannot be turned to it; says what it can be turned to.
    """
    try:
        value = _number(parse_scalar(text), unit)
    except (ScenarioError, ValueError):
        raise ValueError(f"{shown(text)} is no value of it") from None
    for stop in stops(knob, default, unit):
        if stop == value and isinstance(stop, bool) == isinstance(value, bool):
            return stop
    if knob.range is None:
        raise ValueError(f"{shown(text)} is none of its choices")
    low, high = (_number(end, unit) for end in knob.range)
    fits = isinstance(value, int) or (isinstance(value, float) and not isinstance(default, int))
    if isinstance(value, bool) or not fits:
        raise ValueError(f"{shown(text)} is no value of it")
    if not low <= value <= high:
        symbol = unit.symbol if unit else ""
        raise ValueError(f"{shown(text)} is not from {human(low, symbol)} to {human(high, symbol)}")
    return float(value) if isinstance(default, float) else value


def text_of(value: Any) -> str:
    """A knob's value as a text that ``reading`` reads back.

    >>> [text_of(value) for value in (0.25, 80.0, "lifo", "true", True, None, {"kind": "ratio"})]
    ['0.25', '80', 'lifo', '"true"', 'true', 'null', '{"kind": "ratio"}']
    """
    if isinstance(value, str) and parse_scalar(value) == value:
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value)


def _number(value: Any, unit: Unit | None) -> Any:
    if isinstance(value, list | tuple):
        return [_number(each, unit) for each in value]
    if isinstance(value, dict):
        return value
    return unit.read(value) if unit is not None and not isinstance(value, bool) else value


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def unit_of(scenario: Scenario, knob: Knob) -> Unit | None:
    """The unit of the value that a knob turns; None for a plain number, a name or a policy."""
    *way, last = steps(knob.path)
    here: Any = scenario
    for step in way:
        here = _inside(here, step)
    return unit_of_field(here, str(last)) if isinstance(here, Spec) else None


def unit_of_field(spec: Spec, field: str) -> Unit | None:
    """The unit of a parameter, called as in the file; None for a plain number or no number."""
    fields = {info.alias or name: info for name, info in type(spec).model_fields.items()}
    info = fields.get(field)
    return _mark([*info.metadata, info.annotation]) if info else None


def _inside(here: Any, step: str | int) -> Any:
    if not isinstance(here, Spec):
        return here[step]
    names = {field.alias or name: name for name, field in type(here).model_fields.items()}
    return getattr(here, names[str(step)])


def _mark(parts: Iterable[Any]) -> Unit | None:
    """The unit in an annotation, however deep it stands."""
    for part in parts:
        mark = part if isinstance(part, Unit) else _mark(get_args(part))
        if mark is not None:
            return mark
    return None
