"""The address of what a page shows: kept in the browser's address bar, and copied on demand."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent

_draw = st.components.v2.component(
    "simulator_link",
    html=(HERE / "link.html").read_text("utf-8"),
    css=(HERE / "link.css").read_text("utf-8"),
    js=(HERE / "link.js").read_text("utf-8"),
)


def link(query: str, key: str) -> None:
    """Draw a button that copies the address of this page.

    Args:
        query: the part of the address after the question mark.
        key: of the component.
    """
    _draw(key=key, data={"query": query}, width="content")
