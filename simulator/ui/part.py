"""The diagram, and what there is to say about the part that is chosen in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from simulator.scenario import Scenario
from simulator.ui.diagram import diagram
from simulator.ui.knobs import said
from simulator.ui.words import capital, estimate_words, measure_words


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


def _tell(scenario: Scenario, design: Mapping[str, Any] | None, name: str) -> None:
    spec = scenario.system.components[name]
    st.markdown(f"**{name}**: {(type(spec).__doc__ or '').splitlines()[0]}")
    plain = spec.model_dump(mode="json", exclude_none=True, exclude={"kind"})
    rows = [(capital(field.replace("_", " ")), _value(value)) for field, value in plain.items()]
    if design is not None:
        measures = design["components"].get(name, {})
        rows += [
            (capital(measure_words(measure)), estimate_words(found))
            for measure, found in measures.items()
            if found["mean"] is not None
        ]
    st.dataframe(pd.DataFrame(rows, columns=["", name]), hide_index=True, height=240)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_value(each) for each in value)
    if isinstance(value, dict):
        parts = [f"{name} {_value(each)}" for name, each in value.items() if name != "kind"]
        return ", ".join([value.get("kind", ""), *parts]).strip(", ").replace("_", " ")
    return said(value, "")
