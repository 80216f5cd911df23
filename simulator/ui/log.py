"""The event log: what happened in the run that the charts show, in an order of one's choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from simulator.ui import tables
from simulator.ui.words import variant_words

ORDERS = {"at_s": "Time", "component": "Place", "kind": "Kind"}


def log(designs: list[Mapping[str, Any]]) -> None:
    """Draw the log of each design's first run."""
    runs = designs[0]["replications"]
    of = f"the first of {runs} runs" if runs > 1 else "the run"
    heading = st.container(horizontal=True, vertical_alignment="bottom")
    heading.markdown(f"**What happened in {of}, and when**", width="content")
    order = heading.segmented_control(
        "Sorted by",
        [*ORDERS],
        format_func=lambda each: ORDERS[each],
        default="at_s",
        required=True,
        key="log_order",
        persist_state="session",
    )
    for design in designs:
        name = variant_words(design["variant"])
        if len(designs) > 1:
            st.subheader(name, anchor=False)
        if not design["events"]:
            st.caption("No run of it has finished.")
            continue
        words = f"Events of {of}, {name}, sorted by {ORDERS[order].lower()}"
        st.table(tables.events(design, order), hide_index=True, border="horizontal", alt=words)
