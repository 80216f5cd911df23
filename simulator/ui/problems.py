"""What is wrong with a scenario, as a table that one can work through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import streamlit as st


def problems(found: Iterable[Mapping[str, Any]]) -> None:
    """One problem a row: where, what, and the likeliest intention.

    Args:
        found: with ``line``, ``column``, ``path``, ``message`` and ``hint``.
    """
    rows = [
        {
            "Line": f"{each['line']}:{each['column']}",
            "Where": f"`{each['path']}`" if each["path"] else "the file",
            "Problem": plain(each["message"]),
            "Hint": plain(each["hint"]),
        }
        for each in found
    ]
    if rows:
        st.table(pd.DataFrame(rows), hide_index=True, border="horizontal")


def plain(text: str) -> str:
    """Text from a file without a meaning in markdown."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]$:#<>~|" else sign for sign in text)
