"""The knobs of a case study: widgets that change a few values of its scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from simulator.experiments.knobs import default_of, stops, unit_of
from simulator.scenario.model import Knob
from simulator.ui.shelf import Opened
from simulator.ui.words import capital
from simulator.units import Unit, human

FEW_CHOICES = 3


def knobs(opened: Opened) -> dict[str, Any]:
    """Draw all knobs; path -> value of those that are not where the file has them."""
    changes = {}
    for place, knob in enumerate(opened.scenario.knobs):
        value = _knob(opened, place)
        if value != default_of(opened.scenario, knob):
            changes[knob.path] = value
    return changes


def reset(opened: Opened) -> None:
    """Turn all knobs back to where the file has them."""
    turn(opened, {})


def turn(opened: Opened, changes: Mapping[str, Any]) -> None:
    """Turn the knobs of some paths to other values, and all others to where the file has them.

    A value between two stops of a knob becomes a stop of it, for this visitor.
    """
    for place, knob in enumerate(opened.scenario.knobs):
        value = changes.get(knob.path, default_of(opened.scenario, knob))
        st.session_state[_more_key(opened, place)] = value
        st.session_state[_key(opened, place)] = _stops(opened, place).index(value)


def _key(opened: Opened, place: int) -> str:
    return f"knob:{opened.case}:{place}"


def _more_key(opened: Opened, place: int) -> str:
    return f"stop:{opened.case}:{place}"


def _stops(opened: Opened, place: int) -> list[Any]:
    knob = opened.scenario.knobs[place]
    found = stops(knob, *_default_and_unit(opened, knob))
    more = st.session_state.get(_more_key(opened, place))
    return found if more is None or more in found else sorted([*found, more])


def _default_and_unit(opened: Opened, knob: Knob) -> tuple[Any, Unit | None]:
    return default_of(opened.scenario, knob), unit_of(opened.scenario, knob)


def _knob(opened: Opened, place: int) -> Any:
    """Draw a knob; its value. The widget holds the place of the stop: a value may be nothing."""
    knob, values, key = opened.scenario.knobs[place], _stops(opened, place), _key(opened, place)
    default, unit = _default_and_unit(opened, knob)
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
    >>> said([0.01, 1.0], "ratio"), said({"kind": "head", "share": 0.1}, "")
    ('1 %, 100 %', 'Head, share 0.1')
    """
    if value is None:
        return "Not set"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return human(value, symbol)
    if isinstance(value, list):
        return ", ".join(said(each, symbol) for each in value)
    if isinstance(value, dict):
        more = [f"{key} {each}" for key, each in value.items() if key != "kind"]
        value = ", ".join([value.get("kind", "other"), *more])
    return capital(str(value).replace("_", " "))
