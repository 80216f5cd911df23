"""Opening one's own scenario: uploaded or pasted, checked, and shown like any other."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from simulator.scenario.source import MAX_BYTES
from simulator.ui import navigation
from simulator.ui.problems import problems
from simulator.ui.shelf import OWN, Opened, read_own

MOST_MEGABYTES = 1
PASTED = "pasted.yaml"


def own_file() -> None:
    """Ask for a file; list its problems or open it."""
    st.header("Open your own YAML", anchor=False)
    upload, paste = st.tabs(["Upload a file", "Paste it"])
    uploaded = upload.file_uploader(
        "A scenario file, up to 1 MB",
        type=["yaml", "yml"],
        max_upload_size=MOST_MEGABYTES,
        key="upload",
    )
    with paste.form("paste", border=False):
        pasted = st.text_area("The text of a scenario file", height=200, max_chars=MAX_BYTES)
        was_pasted = st.form_submit_button("Check and open", icon=":material/check:")
    if was_pasted and pasted.strip():
        _open(pasted, PASTED)
    elif uploaded is not None:
        _open(uploaded.getvalue().decode("utf-8", errors="replace"), uploaded.name)


def _open(text: str, file: str) -> None:
    found = read_own(text, file)
    if isinstance(found, Opened):
        st.session_state[OWN] = (text, file)
        st.switch_page(navigation.case_study(), query_params={"case": OWN})
    words = f"{len(found)} problem" + "s" * (len(found) != 1)
    st.error(f"{file} cannot be run: {words}.", icon=":material/error:")
    problems(asdict(each) for each in found)
