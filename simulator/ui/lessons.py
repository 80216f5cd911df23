"""What to take away: claims that were checked, questions about the why, notes, the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from simulator.scenario import Scenario
from simulator.ui.controls import start
from simulator.ui.files import yaml_of
from simulator.ui.jobs import Desk
from simulator.ui.orders import findings_order
from simulator.ui.results import shown
from simulator.ui.shelf import Opened
from simulator.ui.words import STATUS_BADGES, capital, finding_words


def findings(opened: Opened, desk: Desk) -> None:
    """Each claim of the file with what the runs say to it."""
    claims = opened.scenario.findings
    verdicts = _verdicts(opened)
    for finding, verdict in zip(claims, verdicts, strict=True):
        status, words = st.columns([1, 6], vertical_alignment="top")
        with status:
            _status(verdict)
        words.markdown(finding.claim)
        if verdict is not None:
            words.caption(f"Measured: {finding_words(verdict)}")
    if any(verdict is None for verdict in verdicts):
        st.button(
            "Check all claims",
            icon=":material/fact_check:",
            help="Runs every variant that a claim is about, with the knobs as in the file.",
            disabled=desk.job is not None,
            on_click=start,
            args=(opened, desk, findings_order(opened), "findings"),
        )


def _status(verdict: Mapping[str, Any] | None) -> None:
    if verdict is None:
        st.badge("Not checked yet", icon=":material/pending:", color="gray")
        return
    icon, color = STATUS_BADGES[verdict["status"]]
    st.badge(capital(verdict["status"]), icon=icon, color=color)


def _verdicts(opened: Opened) -> list[Mapping[str, Any] | None]:
    """From the runs made for the claims, else from those made for the page."""
    found: list[Mapping[str, Any] | None] = [None] * len(opened.scenario.findings)
    for purpose in ("run", "findings"):
        result = shown(opened.case, purpose)
        if result is not None and result.is_complete:
            both = zip(found, result.document["findings"], strict=True)
            found = [after or before for before, after in both]
    return found


def quiz(opened: Opened) -> None:
    """Questions whose answers show once one has been given."""
    for number, question in enumerate(opened.scenario.quiz):
        st.markdown(f"**{number + 1}. {question.ask}**")
        chosen = st.radio(
            question.ask,
            range(len(question.choices)),
            format_func=lambda place, choices=question.choices: choices[place],
            index=None,
            key=f"quiz:{opened.case}:{number}",
            label_visibility="collapsed",
            persist_state="session",
        )
        if chosen is None:
            continue
        if chosen == question.answer:
            st.success(f"Right. {question.because}", icon=":material/check:")
        else:
            right = question.choices[question.answer]
            st.warning(f"The answer is: {right}. {question.because}", icon=":material/close:")


def interview(opened: Opened) -> None:
    """What to say about it in an interview."""
    st.markdown(opened.scenario.interview)


def sources(opened: Opened) -> None:
    """Where facts and figures come from."""
    st.markdown("\n".join(f"- {source}" for source in opened.scenario.sources))


def file(opened: Opened, applied: Scenario | None) -> None:
    """The file, and the same with the knobs as they stand."""
    name = opened.scenario.scenario
    with st.container(horizontal=True):
        _yaml("The file", opened.text, f"{name}.yaml")
        if applied is not None:
            _yaml("With the knobs as they stand", yaml_of(applied), f"{name}_changed.yaml")
    st.code(opened.text, language="yaml", line_numbers=True, height=480)


def _yaml(label: str, text: str, file_name: str) -> None:
    st.download_button(
        label,
        text,
        file_name,
        "application/yaml",
        icon=":material/download:",
        on_click="ignore",
        key=file_name,
    )
