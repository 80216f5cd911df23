"""What a visitor brings along in the address: taken over once, then the page leads."""

from __future__ import annotations

import streamlit as st

from simulator.ui.address import FILE, TEXT, Settings, settings_of
from simulator.ui.knobs import turn
from simulator.ui.packing import unpacked
from simulator.ui.shelf import OWN, Opened

MOST_TOLD = 4  # parts of an address that could not be used


def bring_own_file() -> str:
    """Open the file that the address carries, if there is one; what is wrong with it, if it is."""
    text = st.query_params.get(TEXT)
    if OWN in st.session_state or text is None:
        return ""
    try:
        st.session_state[OWN] = (unpacked(text), st.query_params.get(FILE, "scenario.yaml"))
    except ValueError as error:
        return f"The address holds a file that cannot be read: {error}."
    return ""


def arrive(opened: Opened) -> None:
    """Set the controls as the address says, the first time that this visitor opens the case."""
    met = st.session_state.setdefault("met", {})
    if met.get(opened.case) == opened.text:
        return
    if opened.case in met:
        _forget(opened.case)
    met[opened.case] = opened.text
    settings, ignored = settings_of(opened, st.query_params.to_dict())
    _set(opened, settings)
    st.session_state.setdefault("ignored", {})[opened.case] = ignored


def _set(opened: Opened, settings: Settings) -> None:
    turn(opened, settings.changes)
    for name in ("variant", "replications", "seed"):
        value = getattr(settings, name)
        st.session_state[f"{name}:{opened.case}"] = "" if value is None else value


def _forget(case: str) -> None:
    """Drop what was said and run of another file that had the same name in the address."""
    st.session_state.get("answers", {}).pop(case, None)
    for kept in [each for each in st.session_state.get("shown", {}) if each[0] == case]:
        del st.session_state["shown"][kept]
    for key in [each for each in st.session_state if str(each).split(":")[1:2] == [case]]:
        del st.session_state[key]


def ignored_words(case: str) -> str:
    """What of the address could not be used, in one sentence; empty if all could."""
    found = st.session_state.get("ignored", {}).get(case, [])
    if not found:
        return ""
    more = len(found) - MOST_TOLD
    told = [*found[:MOST_TOLD], f"and {more} more parts"] if more > 0 else found
    return f"Ignored in the address: {'; '.join(told)}."
