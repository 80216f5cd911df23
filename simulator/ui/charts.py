"""A chart as the app shows it: with words for those who do not see it, and with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from simulator.plots import over_time
from simulator.plots.spans import spans
from simulator.scenario import Scenario
from simulator.ui.words import variant_words
from simulator.units import human

Design = Mapping[str, Any]


def chart(picture: alt.LayerChart, words: str, numbers: pd.DataFrame, key: str) -> None:
    """Draw a chart, and its numbers on demand."""
    st.altair_chart(picture, alt=words, key=key)
    with st.expander("The numbers of this chart"):
        st.dataframe(numbers, hide_index=True, alt=f"Numbers of the chart: {words}")


def for_each(
    designs: list[tuple[Design, Scenario]], draw: Callable[[Design, Scenario], None]
) -> None:
    """Draw the same chart for every design, under its name if there are several."""
    runs = designs[0][0]["replications"]
    if runs > 1:
        st.caption(f"Drawn is the first of {runs} runs.")
    for design, scenario in designs:
        if len(designs) > 1:
            st.markdown(f"###### {variant_words(design['variant'])}")
        if design["curves"] is None:
            st.caption("No run of it has finished.")
        else:
            draw(design, scenario)


def occasions(design: Design, scenario: Scenario) -> str:
    """What the shaded parts of a chart are, in words."""
    found = spans(scenario, over_time.end_s(design["curves"]))
    parts = [
        f"{span.label} from {human(span.start_s, 's')} to {human(span.end_s, 's')}"
        for span in found
        if span.label
    ]
    return "; ".join(parts)
