"""The knobs of a case study: widgets that change a few values of its scenario."""

from __future__ import annotations

from typing import Any

import streamlit as st

from simulator.experiments.knobs import default_of, stops, unit_of
from simulator.scenario import Scenario
from simulator.scenario.model import Knob
from simulator.ui.shelf import Opened
from simulator.ui.words import capital
from simulator.units import human

FEW_CHOICES = 3


def knobs(opened: Opened) -> dict[str, Any]:
    """Draw all knobs; path -> value of those that are not where the file has them."""
    scenario = opened.scenario
    changes = {}
    for place, knob in enumerate(scenario.knobs):
        value = _knob(scenario, knob, _key(opened, place))
        if value != default_of(scenario, knob):
            changes[knob.path] = value
    return changes


def reset(opened: Opened) -> None:
    """Turn all knobs back to where the file has them."""
    scenario = opened.scenario
    for place, knob in enumerate(scenario.knobs):
        default = default_of(scenario, knob)
        st.session_state[_key(opened, place)] = _stops(scenario, knob).index(default)


def _key(opened: Opened, place: int) -> str:
    return f"knob:{opened.case}:{place}"


def _stops(scenario: Scenario, knob: Knob) -> list[Any]:
    return stops(knob, default_of(scenario, knob), unit_of(scenario, knob))


def _knob(scenario: Scenario, knob: Knob, key: str) -> Any:
    """Draw a knob; its value. The widget holds the place of the stop: a value may be nothing."""
    default, unit, values = (f(scenario, knob) for f in (default_of, unit_of, _stops))
    symbol = unit.symbol if unit else ""
    st.session_state.setdefault(key, values.index(default))
    options = {
        "label": knob.label,
        "options": range(len(values)),
        "format_func": lambda place: said(values[place], symbol),
        "key": key,
        "help": f"{said(default, symbol)} in the file; `{knob.path}`",
        "persist_state": "session",
    }
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return values[st.select_slider(**options)]
    if len(values) <= FEW_CHOICES:
        return values[st.segmented_control(**options, required=True)]
    return values[st.selectbox(**options)]


def said(value: Any, symbol: str) -> str:
    """A knob's value as one would say it.

    >>> said(0.25, "s"), said("least_outstanding", ""), said({"kind": "ratio"}, ""), said(True, "")
    ('250 ms', 'Least outstanding', 'Ratio', 'Yes')
    """
    if value is None:
        return "Not set"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return human(value, symbol)
    if isinstance(value, dict):
        value = value.get("kind", "other")
    return capital(str(value).replace("_", " "))
