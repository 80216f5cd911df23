"""The panel beside the diagram: knobs, what to compare with, and Run."""

from __future__ import annotations

import streamlit as st

from simulator.experiments.job import Order
from simulator.ui.address import LARGEST_SEED, Settings, most_replications, query_of
from simulator.ui.jobs import Desk
from simulator.ui.knobs import knobs, reset
from simulator.ui.link import link
from simulator.ui.orders import order_of
from simulator.ui.packing import packed
from simulator.ui.prediction import may_run
from simulator.ui.results import Shown, archive, show
from simulator.ui.shelf import OWN, Opened
from simulator.ui.words import variant_words

NOTHING = ""  # not None, which would give the box a cross to clear it
NARROWEST = 250  # pixels of a knob


def panel(opened: Opened, desk: Desk) -> Order:
    """Draw the panel; the order that Run would place."""
    with st.container(border=True, key="controls"):
        heading = st.container(horizontal=True, vertical_alignment="center")
        heading.header("Try it", icon=":material/tune:", anchor=False, width="content")
        with st.grid(3, min_column_width=NARROWEST, gap="medium"):
            changes = knobs(opened)
            variant = _variant(opened)
        if changes:
            heading.button(
                "Reset", type="tertiary", icon=":material/undo:", on_click=reset, args=(opened,)
            )
        more, run = st.columns([2, 1], gap="medium")
        with more:
            replications, seed = _repetitions(opened)
        settings = Settings(variant, replications, seed, changes)
        order = order_of(opened, settings)
        with heading:
            _link(opened, settings)
        with run:
            _run(opened, desk, order)
    return order


def _link(opened: Opened, settings: Settings) -> None:
    """A way to hand on what the controls say, if a link can carry it."""
    if opened.case == OWN and packed(opened.text) is None:
        st.caption("Your file is too long for a link: hand on the file itself.", width="content")
    else:
        link(query_of(opened, settings), f"link:{opened.case}")


def _variant(opened: Opened) -> str | None:
    variants = opened.scenario.variants
    if not variants:
        return None
    with st.container(gap="xsmall"):
        chosen = st.selectbox(
            "Compare with",
            [NOTHING, *variants],
            format_func=lambda name: variant_words(name) if name else "Nothing yet",
            key=f"variant:{opened.case}",
            persist_state="session",
        )
        if chosen:
            st.caption(variants[chosen].because)
    return chosen or None


def _repetitions(opened: Opened) -> tuple[int, int]:
    settings = opened.scenario.run
    is_changed = any(
        st.session_state[f"{name}:{opened.case}"] != getattr(settings, name)
        for name in ("replications", "seed")
    )
    with st.expander("Runs and random numbers", expanded=is_changed):
        replications = st.number_input(
            "Runs of each design",
            min_value=1,
            max_value=most_replications(opened.scenario),
            key=f"replications:{opened.case}",
            persist_state="session",
            help="More runs make the intervals narrower: four times as many halve them.",
        )
        seed = st.number_input(
            "Seed",
            min_value=0,
            max_value=LARGEST_SEED,
            key=f"seed:{opened.case}",
            persist_state="session",
            help="Fixes every random number; designs that are compared share them.",
        )
    return replications, seed


def _run(opened: Opened, desk: Desk, order: Order) -> None:
    is_running = desk.job is not None
    st.button(
        "Run",
        type="primary",
        icon=":material/play_arrow:",
        shortcut="Ctrl+Enter",
        width="stretch",
        disabled=is_running or not may_run(opened),
        on_click=start,
        args=(opened, desk, order, "run"),
    )
    if not may_run(opened):
        st.caption("Answer the question above first, or skip it.")


def start(opened: Opened, desk: Desk, order: Order, purpose: str) -> None:
    """Show the result of an order at once if it is known, else have it run."""
    known = archive().find(order.digest())
    if known is not None:
        show(opened.case, purpose, Shown(order, known, is_complete=True))
    else:
        desk.start(order, opened.case, purpose)
