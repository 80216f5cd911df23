"""The diagram, and what there is to say about the part that is chosen in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from simulator.experiments.knobs import unit_of_field
from simulator.registry import Spec
from simulator.scenario import Scenario
from simulator.ui.diagram import diagram, table
from simulator.ui.knobs import said
from simulator.ui.words import capital, estimate_words, measure_words
from simulator.units import Unit


def part(scenario: Scenario, design: Mapping[str, Any] | None, case: str) -> None:
    """Draw the diagram; a click on a part tells what it is and what it did.

    Args:
        scenario: with everything applied.
        design: what its runs came to; None before the first.
        case: name of the case study.
    """
    key, chosen = f"diagram:{case}", f"part:{case}"

    def choose() -> None:
        name = st.session_state[key].node
        st.session_state[chosen] = None if st.session_state.get(chosen) == name else name

    selected = st.session_state.get(chosen)
    diagram(scenario, design, selected, key, choose)
    if selected in scenario.system.components:
        with st.container(border=True, key="part"):
            _tell(scenario, design, selected)
    else:
        st.caption("Choose a part of the diagram to see what it is.")
    with st.expander("The diagram in words"):
        st.table(pd.DataFrame(table(scenario, design)), hide_index=True, border="horizontal")


def _tell(scenario: Scenario, design: Mapping[str, Any] | None, name: str) -> None:
    spec = scenario.system.components[name]
    st.markdown(f"**{name}**: {(type(spec).__doc__ or '').splitlines()[0]}")
    rows = parameters(spec)
    if design is not None:
        measures = design["components"].get(name, {})
        rows += [
            (capital(measure_words(measure)), estimate_words(found))
            for measure, found in measures.items()
            if found["mean"] is not None
        ]
    st.dataframe(pd.DataFrame(rows, columns=["", name]), hide_index=True, height=240)


def parameters(spec: Spec) -> list[tuple[str, str]]:
    """The parameters that say something, each in words with its unit."""
    rows = []
    for name, field in type(spec).model_fields.items():
        value = getattr(spec, name)
        if name != "kind" and value not in (None, (), {}):
            unit = unit_of_field(spec, field.alias or name)
            rows.append((capital(name.replace("_", " ")), _value(value, unit)))
    return rows


def _value(value: Any, unit: Unit | None) -> str:
    if isinstance(value, Spec):
        parts = [f"{name.lower()} {words}" for name, words in parameters(value)]
        return ", ".join([getattr(value, "kind", "").replace("_", " "), *parts])
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_value(each, unit)}" for name, each in value.items())
    if isinstance(value, tuple):
        return ", ".join(_value(each, unit) for each in value)
    return said(value, unit.symbol if unit else "")
