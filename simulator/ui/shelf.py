"""The case studies that can be opened: those that come with the program, and one's own file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from simulator.errors import Problem, ScenarioError
from simulator.scenario import Scenario, parse
from simulator.scenario.load import catalogue

OWN = "own"
"""What an uploaded or pasted file is called in the address."""


@dataclass(frozen=True)
class Opened:
    """A case study and the file it was read from.

    Attributes:
        case: its name in the address.
        scenario: the content.
        text, file, folder: the file, as a job is told it; an uploaded one has no folder.
    """

    case: str
    scenario: Scenario
    text: str
    file: str
    folder: str | None


Read = Opened | list[Problem]
"""A case study, or all that is wrong with its file."""


def shelf() -> dict[str, Read]:
    """Everything that comes with the program, by name."""
    return {case: _from_disk(case, path) for case, path in catalogue().items()}


def opened(case: str) -> Read | None:
    """The case study of that name; None if there is none."""
    if case == OWN:
        text, file = st.session_state.get(OWN, (None, ""))
        return read_own(text, file) if text is not None else None
    path = catalogue().get(case)
    return _from_disk(case, path) if path else None


def _from_disk(case: str, path: Path) -> Read:
    return _read(case, path.read_text("utf-8"), str(path), str(path.parent))


def read_own(text: str, file: str) -> Read:
    """Read somebody's own file, which may name no other file."""
    return _read(OWN, text, file, None)


@st.cache_resource(max_entries=128, show_spinner=False)
def _read(case: str, text: str, file: str, folder: str | None) -> Read:
    try:
        scenario = parse(text, file, Path(folder) if folder else None)
    except ScenarioError as error:
        return error.problems
    return Opened(case, scenario, text, file, folder)
