"""A job under way: how far it is, a way to end it, and what becomes of it."""

from __future__ import annotations

import streamlit as st

from simulator.ui.jobs import Desk, Job
from simulator.ui.problems import problems
from simulator.ui.results import Shown, archive, show
from simulator.units import human

LOOK_S = 0.4  # between looks at the job


def watch(desk: Desk) -> None:
    """Draw the progress of a running job and show its result when it is over."""
    if desk.job is not None:
        _follow(desk)
    elif failure := st.session_state.pop("failure", None):
        st.error(failure["message"] or "These settings cannot be run.", icon=":material/error:")
        problems(failure["problems"])


@st.fragment(run_every=LOOK_S)
def _follow(desk: Desk) -> None:
    job = desk.take()
    if job is not None:
        _finish(job)
        st.rerun()
    if desk.job is None:
        return
    bar, button = st.columns([5, 1], vertical_alignment="center")
    bar.progress(desk.job.share, text=_words(desk.job))
    label = "End now" if desk.job.state == "stopping" else "Cancel"
    button.button(label, icon=":material/stop:", width="stretch", on_click=desk.cancel)


def _words(job: Job) -> str:
    if job.state == "waiting":
        return "Waiting for other visitors' runs to end"
    if job.state == "stopping":
        return "Stopping the run where it is"
    if job.done == 0:
        return f"First of {job.of} runs, {human(job.share, 'ratio')} of all simulated time is done"
    return f"{job.done} of {job.of} runs, {human(job.requests_per_s)} requests simulated a second"


def _finish(job: Job) -> None:
    is_complete = job.state == "complete"
    if job.document is not None:
        show(job.case, job.purpose, Shown(job.order, job.document, is_complete))
        if is_complete:
            archive().add(job.order.digest(), job.document)
    if job.state == "failed":
        st.session_state["failure"] = job.failure
