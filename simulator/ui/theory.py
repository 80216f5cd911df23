"""Closed forms beside the simulated values, each with a light."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from simulator.ui import tables
from simulator.ui.words import variant_words


def theory(designs: list[Mapping[str, Any]]) -> None:
    """Draw what theory says of each design."""
    st.markdown("**What formulas say of each part, beside what was simulated**")
    for design in designs:
        name = variant_words(design["variant"])
        if len(designs) > 1:
            st.subheader(name, anchor=False)
        if not design["theory"]:
            st.caption("No formula is known for any part of this system.")
            continue
        words = f"Formulas beside simulated values, {name}"
        st.table(tables.theory(design), hide_index=True, border="horizontal", alt=words)
    st.caption(
        "The light says whether what a formula takes for granted is so in this system, and never "
        "whether the numbers agree. Where it is not green, it is the simulation that counts."
    )
