"""Widgets that say which values a study turns, out of the knobs of a case study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from simulator.experiments.knobs import default_of, stops, text_of, unit_of
from simulator.plots.turned import Turned, is_number
from simulator.scenario.model import Knob
from simulator.ui.knobs import said
from simulator.ui.shelf import Opened

FEWEST, MOST = 2, 9  # values of a range


@dataclass(frozen=True)
class Turning:
    """A knob and the values that it is turned to, two or more."""

    turned: Turned
    values: Sequence[Any]

    @property
    def text(self) -> str:
        """As after ``--over``."""
        return f"{self.turned.path}=[{', '.join(map(text_of, self.values))}]"


def turned_by(opened: Opened, knob: Knob) -> Turned:
    """What a knob turns, and how its values are said."""
    unit = unit_of(opened.scenario, knob)
    symbol = unit.symbol if unit else ""
    return Turned(knob.path, knob.label, symbol, partial(_said, symbol=symbol))


def _said(value: Any, symbol: str) -> str:
    return said(value, symbol)


def stops_of(opened: Opened, knob: Knob) -> list[Any]:
    """The values that a knob clicks into."""
    return stops(knob, default_of(opened.scenario, knob), unit_of(opened.scenario, knob))


def turns_numbers(opened: Opened, knob: Knob) -> bool:
    """Whether a knob turns a number, over a range or among several."""
    return all(map(is_number, stops_of(opened, knob)))


def choose_values(opened: Opened, place: int, key: str, count: int) -> Turning | None:
    """Draw what a knob is turned to; None as long as it is less than two values.

    Args:
        opened: the case study.
        place: of the knob.
        key: of the widgets.
        count: values of a range, unless the visitor says otherwise.
    """
    knob = opened.scenario.knobs[place]
    turned, values = turned_by(opened, knob), stops_of(opened, knob)
    if turns_numbers(opened, knob):
        chosen = _of_range(turned, values, f"{key}:{opened.case}:{place}", count)
    else:
        chosen = _of_choices(turned, values, f"{key}:{opened.case}:{place}")
    return Turning(turned, chosen) if len(chosen) >= FEWEST else None


def _of_range(turned: Turned, values: Sequence[Any], key: str, count: int) -> list[Any]:
    ends = st.select_slider(
        turned.name,
        range(len(values)),
        value=(0, len(values) - 1),
        format_func=lambda place: turned.label(values[place]),
        key=f"{key}:ends",
        help=f"`{turned.path}`",
        persist_state="session",
    )
    first, last = ends
    most = min(MOST, last - first + 1)
    if most <= FEWEST:
        return list(values[first : last + 1])
    wanted = st.number_input(
        "Steps",
        FEWEST,
        MOST,
        count,
        key=f"{key}:count",
        persist_state="session",
    )
    places = np.linspace(first, last, min(wanted, most)).round().astype(int)
    return [values[place] for place in dict.fromkeys(places.tolist())]


def _of_choices(turned: Turned, values: Sequence[Any], key: str) -> list[Any]:
    places = st.multiselect(
        turned.name,
        range(len(values)),
        default=range(min(len(values), MOST)),
        format_func=lambda place: turned.label(values[place]),
        key=f"{key}:choices",
        help=f"`{turned.path}`",
        persist_state="session",
    )
    return [values[place] for place in sorted(places)]


def around(opened: Opened, knob: Knob, by: float) -> Turning | None:
    """A knob turned down and up by a part of its value, within its range.

    Args:
        opened: the case study.
        knob: of a number.
        by: the part, such as 0.2.

    Returns:
        None if there is no room on either side.
    """
    default, values = default_of(opened.scenario, knob), stops_of(opened, knob)
    lowest, highest = min(values), max(values)
    ends = [default * (1 - by), default * (1 + by)]
    if isinstance(default, int):
        ends = [min(round(ends[0]), default - 1), max(round(ends[1]), default + 1)]
    low, high = max(lowest, ends[0]), min(highest, ends[1])
    digits = [each if isinstance(each, int) else float(f"{each:.3g}") for each in (low, high)]
    return Turning(turned_by(opened, knob), digits) if digits[0] < digits[1] else None
