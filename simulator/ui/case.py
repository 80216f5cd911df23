"""The page of a case study, from the story to what to take away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import streamlit as st

from simulator.controllers import of_replicas
from simulator.errors import SimulatorError
from simulator.experiments.design import design
from simulator.experiments.job import Order
from simulator.plots import over_time
from simulator.scenario import Scenario
from simulator.scenario.checks import warnings
from simulator.scenario.claims import BASELINE
from simulator.ui import happened, lessons, navigation
from simulator.ui.arrival import arrive, bring_own_file, ignored_words
from simulator.ui.controls import panel
from simulator.ui.diagram import depth
from simulator.ui.header import header
from simulator.ui.jobs import Desk, desk
from simulator.ui.log import log
from simulator.ui.part import part
from simulator.ui.prediction import ask, reveal
from simulator.ui.problems import plain, problems
from simulator.ui.progress import watch
from simulator.ui.results import Shown, shown
from simulator.ui.shelf import OWN, Opened, opened
from simulator.ui.theory import theory
from simulator.ui.traces import traces
from simulator.ui.words import LEVEL_COLORS, capital, variant_words
from simulator.units import human

NO_CURVES: Mapping[str, Any] = {"components": {}}
MOST_BESIDE = 4
"""Layers of a diagram that there is room for beside the question."""


def case_page(case: str) -> None:
    """The case study of that name, or what to do if there is none."""
    trouble = bring_own_file() if case == OWN else ""
    found = opened(case)
    if isinstance(found, Opened):
        arrive(found)
        _page(found, desk())
    elif found is None:
        _unknown(case, trouble)
    else:
        st.error(f"{case} cannot be run.", icon=":material/error:")
        problems(asdict(each) for each in found)


def _unknown(case: str, trouble: str) -> None:
    st.title("No such case study", anchor=False)
    if trouble:
        st.markdown(trouble)
    elif case == OWN:
        st.markdown("Your own file was opened in another tab or before a reload. Open it again.")
    elif case:
        st.markdown(f"There is no case study called `{case}`.")
    else:
        st.markdown("Choose one in the library.")
    st.page_link(navigation.library(), label="To the library", icon=":material/arrow_back:")


def _page(opened: Opened, desk: Desk) -> None:
    _title(opened.scenario)
    if words := ignored_words(opened.case):
        st.warning(plain(words), icon=":material/link_off:")
    result = shown(opened.case, "run")
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(f"**{opened.scenario.question.strip()}**")
    with right:
        _question(opened, result)
    if depth(opened.scenario) <= MOST_BESIDE:
        picture, story = left.container(), st.container()
    else:
        picture, story = st.container(), left.container()
    if opened.scenario.story:
        with story.expander("The story", expanded=result is None):
            st.markdown(opened.scenario.story)
    _play(opened)
    order = panel(opened, desk)
    with picture:
        _picture(opened, order, result)
    watch(desk)
    if result is not None:
        _result(opened, order, result)
        _look_further(opened)
    _take_away(opened, order, desk, has_run=result is not None)


def _question(opened: Opened, result: Shown | None) -> None:
    """The question before the run, or what one said and what it was."""
    truth = result.document["truth"] if result else None
    if truth is None:
        ask(opened)
    else:
        reveal(opened, truth)


def _title(scenario: Scenario) -> None:
    st.page_link(navigation.library(), label="All case studies", icon=":material/arrow_back:")
    st.title(scenario.title, anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(capital(scenario.level), color=LEVEL_COLORS[scenario.level])
        parts = [f"{scenario.minutes} min", ", ".join(scenario.tags)]
        st.caption(" · ".join(filter(None, parts)), width="content")


def _applied(opened: Opened, order: Order, place: int = 0) -> Scenario | None:
    """One design of an order as a scenario; None if it cannot be run, which a job will explain."""
    wanted = order.designs[place]
    settings = {"seed": order.seed, "replications": order.replications}
    variants = () if wanted.variant == BASELINE else (wanted.variant,)
    try:
        return design(opened.scenario, variants, wanted.set, settings).scenario
    except SimulatorError:
        return None


def _picture(opened: Opened, order: Order, result: Shown | None) -> None:
    """The diagram with the numbers of a design that was run, and what is said of one part."""
    drawn, scenario = None, _applied(opened, order) or opened.scenario
    if result is not None:
        pairs = _pairs(opened, result)
        drawn, scenario = pairs[_which(pairs)]
    part(scenario, drawn, opened.case)
    for warning in warnings(scenario):
        st.warning(warning, icon=":material/warning:")


def _which(pairs: happened.Pairs) -> int:
    """The place of the design that the diagram shows."""
    if len(pairs) == 1:
        return 0
    names = [variant_words(design["variant"]) for design, _ in pairs]
    return st.segmented_control(
        "The diagram shows",
        range(len(pairs)),
        format_func=lambda place: names[place],
        default=0,
        required=True,
        key="drawn",
    )


def _pairs(opened: Opened, result: Shown) -> happened.Pairs:
    """The designs that the page shows: the case as its knobs stood, and the variant beside it."""
    first, *others = result.order.designs
    wanted = [first] + [each for each in others if each.set == first.set][:1]
    found = []
    for place, each in enumerate(result.order.designs):
        ran = _ran(result.document, each.variant, each.set)
        scenario = _applied(opened, result.order, place)
        if each in wanted and ran is not None and scenario is not None:
            found.append((ran, scenario))
    return found


def _ran(
    document: Mapping[str, Any], variant: str, changes: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    designs = document["designs"]
    return next((d for d in designs if d["variant"] == variant and d["set"] == changes), None)


def _result(opened: Opened, order: Order, result: Shown) -> None:
    is_stale = order.digest() != result.order.digest()
    if is_stale:
        st.warning(
            "You changed the settings. What follows is from before; run again to see what they do.",
            icon=":material/history:",
        )
    if not result.is_complete:
        st.info(_canceled(result), icon=":material/stop_circle:")
    with st.container(key="dimmed" if is_stale else "result"):
        _happened(opened, result)


def _play(opened: Opened) -> None:
    """The way to the game, where the case is one."""
    if opened.scenario.game is not None:
        st.page_link(
            navigation.play(),
            label="Play it: you are on call",
            icon=":material/sports_esports:",
            query_params={"case": opened.case},
        )


def _look_further(opened: Opened) -> None:
    """The way to the studies of this case, for who has seen it run."""
    st.page_link(
        navigation.explore(),
        label="Look further: sweep, tornado, stability map, explain",
        icon=":material/query_stats:",
        query_params={"case": opened.case},
    )


def _canceled(result: Shown) -> str:
    """What there is of a job that was canceled."""
    stopped_s = [
        instant_s for each in result.document["designs"] for instant_s in each["stopped_s"]
    ]
    if not stopped_s:
        return "Canceled: these are the runs that had finished."
    times = " and ".join(human(each, "s") for each in stopped_s)
    return f"Canceled: no run had finished. This is what there was after {times} of simulated time."


@st.fragment
def _happened(opened: Opened, result: Shown) -> None:
    """A fragment, so that a change of tab draws that tab alone."""
    pairs = _pairs(opened, result)
    st.header("What happened", anchor=False)
    for each, _ in pairs:
        header(each, result.document["wanted"])
    is_scaled = any(of_replicas(scenario.controllers) for _, scenario in pairs)
    replicas = {"Replicas": lambda: happened.replicas(pairs)} if is_scaled else {}
    is_split = any(over_time.share_values(each["curves"] or NO_CURVES) for each, _ in pairs)
    shares = {"Versions": lambda: happened.shares(pairs)} if is_split else {}
    has_signals = any(
        "is_firing" in each.measures
        for _, scenario in pairs
        for each in scenario.controllers.values()
    )
    signals = {"Alarms": lambda: happened.signals(pairs)} if has_signals else {}
    draw = {
        "Latency": lambda: happened.latency(pairs),
        "Outcomes": lambda: happened.outcomes(pairs),
        "Queues": lambda: happened.queues(pairs),
        "Utilization": lambda: happened.utilization(pairs),
        **replicas,
        **shares,
        **signals,
        "Traces": lambda: traces([design for design, _ in pairs], opened.scenario.scenario),
        "Events": lambda: log([design for design, _ in pairs]),
        "Cost": lambda: happened.costs(pairs),
        "Compare": lambda: happened.comparison(result.document, pairs),
        "Theory": lambda: theory([design for design, _ in pairs]),
        "All numbers": lambda: happened.numbers(pairs, opened.scenario.scenario),
    }
    _tabs(draw, "happened")


def _take_away(opened: Opened, order: Order, desk: Desk, has_run: bool) -> None:
    """What to learn, but for what would give the answer away before a run."""
    scenario = opened.scenario
    draw = {}
    if has_run and scenario.findings:
        draw["Findings"] = lambda: lessons.findings(opened, desk)
    if has_run and scenario.quiz:
        draw["Quiz"] = lambda: lessons.quiz(opened)
    if has_run and scenario.interview:
        draw["Interview notes"] = lambda: lessons.interview(opened)
    if scenario.sources:
        draw["Sources"] = lambda: lessons.sources(opened)
    draw["YAML"] = lambda: lessons.file(opened, _applied(opened, order))
    st.header("What to take away" if has_run else "About this case", anchor=False)
    _tabs(draw, "take_away" if has_run else "about")


def _tabs(draw: Mapping[str, Any], key: str) -> None:
    """Tabs that are drawn when they are opened."""
    tabs = st.tabs([*draw], key=key, on_change="rerun")
    for tab, contents in zip(tabs, draw.values(), strict=True):
        if tab.open:
            with tab:
                contents()
