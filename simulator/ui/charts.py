"""A chart as the app shows it: with words for those who do not see it, and with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from simulator.plots import over_time
from simulator.plots.said import spans_words
from simulator.plots.spans import spans
from simulator.scenario import Scenario
from simulator.ui.words import variant_words
from simulator.units import clock

Design = Mapping[str, Any]


def chart(picture: alt.LayerChart, words: str, numbers: pd.DataFrame, key: str) -> None:
    """Draw a chart, and its numbers on demand."""
    st.altair_chart(_described(picture, words), key=key)
    with st.expander("The numbers of this chart"):
        title = words.partition(". ")[0]
        st.dataframe(numbers, hide_index=True, alt=f"Numbers of the chart: {title}")


def _described(picture: alt.LayerChart, words: str) -> alt.LayerChart:
    """The chart as one thing that has a text, not as hundreds of points that have one each.

    The text stands in the chart itself: given to Streamlit, it would be the name of every button
    beside the chart as well.
    """
    quiet = picture.configure_mark(aria=False).configure_axis(aria=False)
    return quiet.configure_legend(aria=False).properties(description=words)


def for_each(
    designs: list[tuple[Design, Scenario]], draw: Callable[[Design, Scenario], None]
) -> None:
    """Draw the same chart for every design, under its name if there are several."""
    runs = designs[0][0]["replications"]
    if runs > 1:
        st.caption(f"Drawn is the first of {runs} runs.")
    for design, scenario in designs:
        if len(designs) > 1:
            st.subheader(variant_words(design["variant"]), anchor=False)
        if design["curves"] is None:
            st.caption("No run of it has finished.")
        else:
            draw(design, scenario)


def alternative(design: Design, scenario: Scenario, title: str, message: str) -> str:
    """What a chart over time shows, for those who do not see it.

    Args:
        design, scenario: whose run is drawn.
        title: what is drawn.
        message: what the numbers come to.
    """
    until_s = over_time.end_s(design["curves"])
    frame = f"{title}, {variant_words(design['variant'])}, from 0 s to {clock(until_s)}."
    return " ".join([frame, message, spans_words(spans(scenario, design["curves"]))]).rstrip()
