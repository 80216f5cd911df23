"""The page that looks at a case study from further away: many designs at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import streamlit as st

from simulator.ui import explored, navigation, study_forms
from simulator.ui.arrival import arrive, bring_own_file
from simulator.ui.controls import start
from simulator.ui.jobs import Desk, desk
from simulator.ui.problems import problems
from simulator.ui.progress import watch
from simulator.ui.results import shown
from simulator.ui.shelf import OWN, Opened, opened
from simulator.ui.studies import Asked, command

PARTIAL_S = 2.0  # between looks at a result that is still being made

ABOUT = {
    "sweep": "Turn one value or two, and see where the objectives are kept and what it costs.",
    "tornado": "Turn one value at a time, a little down and up, and see which one matters most.",
    "stability": "How many runs are still down some time after the trouble is over?",
    "explain": "Where the time goes, and what would happen if one component were free.",
}


def explore_page(case: str) -> None:
    """The studies of the case study of that name."""
    if case == OWN:
        bring_own_file()
    found = opened(case)
    if isinstance(found, Opened):
        arrive(found)
        _page(found, desk())
    elif found is None:
        st.title("No such case study", anchor=False)
        st.page_link(navigation.library(), label="To the library", icon=":material/arrow_back:")
    else:
        st.error(f"{case} cannot be run.", icon=":material/error:")
        problems(asdict(each) for each in found)


def _page(opened: Opened, desk: Desk) -> None:
    st.page_link(
        navigation.case_study(),
        label=f"Back to {opened.scenario.title}",
        icon=":material/arrow_back:",
        query_params={"case": opened.case},
    )
    st.title("Look further", anchor=False)
    st.markdown(f"{opened.scenario.title}: many designs at once, with the same random numbers.")
    forms: dict[str, tuple[str, Callable[[Opened], Asked | None]]] = {
        "Sweep": ("sweep", study_forms.sweep),
        "Tornado": ("tornado", study_forms.tornado),
        "Stability map": ("stability", study_forms.stability),
        "Explain": ("explain", study_forms.explain),
    }
    tabs = st.tabs([*forms], key="study", on_change="rerun")
    for tab, (kind, form) in zip(tabs, forms.values(), strict=True):
        if tab.open:
            with tab:
                _study(opened, desk, kind, form)


def _study(opened: Opened, desk: Desk, kind: str, form: Callable[[Opened], Asked | None]) -> None:
    st.markdown(ABOUT[kind])
    with st.container(border=True, key=f"form-{kind}"):
        asked = form(opened)
        if asked is None:
            return
        _run(opened, desk, asked)
    watch(desk)
    if _is_making(desk, opened, asked):
        _partial(opened, desk, asked)
        return
    result = shown(opened.case, asked.purpose)
    if result is None:
        return
    is_stale = result.order.digest() != asked.order.digest()
    if is_stale:
        words = "You changed the settings. What follows is from before; run again to see more."
        st.warning(words, icon=":material/history:")
    if not result.is_complete:
        words = "Canceled: this is what the finished runs came to."
        st.info(words, icon=":material/stop_circle:")
    with st.container(key="dimmed" if is_stale else "result"):
        explored.draw(opened, result)


def _is_making(desk: Desk, opened: Opened, asked: Asked) -> bool:
    """Whether a study of this kind and case is being made."""
    job = desk.job
    return job is not None and (job.case, job.purpose) == (opened.case, asked.purpose)


@st.fragment(run_every=PARTIAL_S)
def _partial(opened: Opened, desk: Desk, asked: Asked) -> None:
    """What the runs so far come to, while the others are being made."""
    job = desk.job
    if job is not None and job.document is not None and _is_making(desk, opened, asked):
        st.caption("So far:")
        explored.draw_partial(opened, job)


def _run(opened: Opened, desk: Desk, asked: Asked) -> None:
    words, button = st.columns([2, 1], vertical_alignment="center", gap="medium")
    words.caption(f"{asked.words()}.")
    button.button(
        "Run",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=desk.job is not None,
        on_click=start,
        args=(opened, desk, asked.order, asked.purpose),
        key=f"run:{asked.purpose}",
    )
    with st.expander("The same on the command line"):
        st.code(command(opened, asked), language="sh", wrap_lines=True)
