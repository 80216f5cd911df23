"""The pages of the app and their addresses."""

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parent / "pages"


def library() -> st.Page:
    """All case studies."""
    return st.Page(PAGES / "library.py", title="Library", url_path="library", default=True)


def case_study() -> st.Page:
    """One case study: ``?case=slow_replica``."""
    return st.Page(PAGES / "case.py", title="Case study", url_path="case")


def explore() -> st.Page:
    """Studies of one case study: ``?case=slow_replica``."""
    return st.Page(PAGES / "explore.py", title="Look further", url_path="explore")


def play() -> st.Page:
    """One case study as a game: ``?case=on_call_game``."""
    return st.Page(PAGES / "play.py", title="On call", url_path="play")
