"""What happened: the tabs of a result."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import streamlit as st

from simulator.controllers import of_replicas
from simulator.plots import over_time
from simulator.plots.cost import cost
from simulator.plots.marks import (
    OF_QUEUES,
    OF_REPLICAS,
    OF_REQUESTS,
    OF_SHARES,
    OF_SIGNALS,
    OF_UTILIZATION,
    marks,
)
from simulator.plots.said import cost_words, latency_words, levels_words, outcomes_words
from simulator.plots.spans import spans
from simulator.scenario import Scenario
from simulator.ui import tables
from simulator.ui.charts import alternative, chart, for_each
from simulator.ui.words import capital, difference_words, estimate_words, variant_words
from simulator.units import human

Design = Mapping[str, Any]
Pairs = list[tuple[Design, Scenario]]
"""Designs and their scenarios with everything applied; the first is what is compared with."""

MOST_MARKS = 12  # on one chart; more hide it
POINTED = {"queued": OF_QUEUES, "utilization": OF_UTILIZATION}
"""Curve -> kinds of event that its chart points out."""


def latency(pairs: Pairs) -> None:
    """Percentiles over time, and who is not in them."""
    heading = st.container(horizontal=True, vertical_alignment="center")
    heading.markdown("**Latency of requests answered ok, by their arrival**", width="content")
    log = heading.toggle("Log scale", key="log", persist_state="session")
    top_s = over_time.highest_latency([each["curves"] for each, _ in pairs if each["curves"]])

    def draw(design: Design, scenario: Scenario) -> None:
        curves = design["curves"]
        shaded, (line, bound_s) = spans(scenario, curves), _objective(scenario)
        pointed = marks(design["events"], OF_REQUESTS)
        picture = over_time.latency(curves, shaded, bound_s, top_s, log, pointed)
        message = latency_words(curves, line, bound_s)
        words = alternative(design, scenario, "Latency of requests answered ok", message)
        numbers = over_time.table(curves, {f"{k} (s)": v for k, v in curves["latency"].items()})
        chart(picture, words, numbers, f"latency:{design['variant']}")
        st.caption(_left_out(design))

    for_each(pairs, draw)


def _objective(scenario: Scenario) -> tuple[str, float | None]:
    """Which percentile has an objective, and its bound; the first of several."""
    for each in scenario.slo:
        if each.measure.startswith("latency_p") and each.at_most is not None:
            return each.measure.removeprefix("latency_").removesuffix("_s"), each.at_most
    return "p99", None


def _left_out(design: Design) -> str:
    """How many requests no percentile counts."""
    unfinished = design["unfinished"]
    if not unfinished:
        return "Every request had an outcome when the runs stopped."
    return (
        f"Over all runs {human(unfinished)} requests had no outcome when the run stopped; "
        "percentiles leave them out, which flatters an overloaded system."
    )


def outcomes(pairs: Pairs) -> None:
    """What became of the requests of each second."""
    st.markdown("**Requests a second by what became of them**")

    def draw(design: Design, scenario: Scenario) -> None:
        curves = design["curves"]
        shaded = spans(scenario, curves)
        picture = over_time.outcomes(curves, shaded, marks(design["events"], OF_REQUESTS))
        message = outcomes_words(curves)
        words = alternative(design, scenario, "Requests a second by outcome, stacked", message)
        numbers = over_time.table(curves, over_time.outcome_values(curves))
        chart(picture, words, numbers, f"outcomes:{design['variant']}")

    for_each(pairs, draw)


def queues(pairs: Pairs) -> None:
    """How many calls waited, component by component."""
    _levels(pairs, "queued", "Calls waiting in each queue", is_ratio=False)


def utilization(pairs: Pairs) -> None:
    """How busy the components were."""
    _levels(pairs, "utilization", "Busy time over capacity", is_ratio=True)
    measures = {
        measure
        for design, _ in pairs
        for levels in (design["curves"] or {"components": {}})["components"].values()
        for measure in levels
        if measure.endswith("_ratio")
    }
    for measure in sorted(measures):
        _levels(pairs, measure, capital(measure.replace("_", " ")), is_ratio=True)


def replicas(pairs: Pairs) -> None:
    """How many replicas there were, state by state, where controllers make them come and go."""
    title = "Replicas by what they do"
    st.markdown(f"**{title}**")

    def draw(design: Design, scenario: Scenario) -> None:
        curves = design["curves"]
        values = over_time.replica_values(curves, [*of_replicas(scenario.controllers)])
        if not values:
            st.caption("No replica of this system comes or goes.")
            return
        pointed = marks(design["events"], OF_REPLICAS)
        picture = over_time.levels(curves, values, spans(scenario, curves), marks=pointed)
        words = alternative(design, scenario, title, levels_words(curves, values, ""))
        chart(picture, words, over_time.table(curves, values), f"replicas:{design['variant']}")

    for_each(pairs, draw)


def shares(pairs: Pairs) -> None:
    """Who got which version, over time."""
    _ratios(pairs, "Share of each arm", over_time.share_values, OF_SHARES, "shares")


def signals(pairs: Pairs) -> None:
    """What fired, and when."""
    _ratios(pairs, "Part of the time that it fires", over_time.signal_values, OF_SIGNALS, "signals")


def _ratios(
    pairs: Pairs,
    title: str,
    chosen: Callable[[Mapping[str, Any]], dict[str, list[float | None]]],
    kinds: Collection[str],
    key: str,
) -> None:
    """Curves of ratios, under the events of some kinds."""
    st.markdown(f"**{title}**")

    def draw(design: Design, scenario: Scenario) -> None:
        curves = design["curves"]
        values = chosen(curves)
        if not values:
            st.caption("Nothing of this was seen in this run.")
            return
        pointed = marks(design["events"], kinds)[:MOST_MARKS]
        picture = over_time.levels(curves, values, spans(scenario, curves), True, pointed)
        words = alternative(design, scenario, title, levels_words(curves, values, "ratio"))
        chart(picture, words, over_time.table(curves, values), f"{key}:{design['variant']}")

    for_each(pairs, draw)


def _levels(pairs: Pairs, measure: str, title: str, is_ratio: bool) -> None:
    st.markdown(f"**{title}**")

    def draw(design: Design, scenario: Scenario) -> None:
        curves = design["curves"]
        values = over_time.component_values(curves, measure, scenario.group_members())
        if not values:
            st.caption("No component of this system has one.")
            return
        shaded = spans(scenario, curves)
        pointed = marks(design["events"], POINTED.get(measure, ()))
        picture = over_time.levels(curves, values, shaded, is_ratio, pointed)
        message = levels_words(curves, values, "ratio" if is_ratio else "")
        words = alternative(design, scenario, title, message)
        chart(picture, words, over_time.table(curves, values), f"{measure}:{design['variant']}")

    for_each(pairs, draw)


def costs(pairs: Pairs) -> None:
    """Dollars an hour, component by component."""
    st.markdown("**Dollars an hour of each component, its replicas together**")
    for design, _ in pairs:
        if len(pairs) > 1:
            st.subheader(variant_words(design["variant"]), anchor=False)
        paid = {name: value for name, value in design["costs"].items() if value}
        if not paid:
            st.caption("Nothing in this system has a price.")
            continue
        words = f"Cost by component, {variant_words(design['variant'])}: {cost_words(paid)}"
        chart(cost(paid), words, tables.costs(paid), f"cost:{design['variant']}")
        million = estimate_words(design["measures"]["cost_per_million_usd"])
        st.caption(f"A million requests answered ok cost {million}.")


def comparison(document: Mapping[str, Any], pairs: Pairs) -> None:
    """What the variant changes, with intervals, in words."""
    names = [design["variant"] for design, _ in pairs]
    found = [each for each in document["comparisons"] if each["with"] in names[1:]]
    if not found:
        words = "Choose a variant under “Compare with”, then run."
        st.info(words, icon=":material/compare_arrows:")
        return
    compared, (before, after) = found[0], (pairs[0][0], pairs[1][0])
    titles = [variant_words(each["variant"]) for each in (after, before)]
    st.markdown(f"**{titles[0]}, compared with {titles[1].lower()}**")
    for name in tables.FIRST:
        if name in compared["differences"]:
            _difference(name, compared["differences"][name])
    st.caption(
        "95 % intervals over pairs of runs that share their random numbers, so that what differs "
        "is the design."
    )
    with st.expander("All measures"):
        st.dataframe(tables.differences(compared, before, after), hide_index=True)


def _difference(name: str, difference: Mapping[str, Any]) -> None:
    label, icon, color = {
        "better": ("Better", ":material/thumb_up:", "green"),
        "worse": ("Worse", ":material/thumb_down:", "red"),
    }.get(difference["words"], ("No telling", ":material/equal:", "gray"))
    badge, words = st.columns([1, 6])
    badge.badge(label, icon=icon, color=color)
    words.markdown(capital(difference_words(name, difference)))


def numbers(pairs: Pairs, case: str) -> None:
    """Every measure as a table, and as files."""
    designs = [design for design, _ in pairs]
    with st.container(horizontal=True):
        _csv("Measures (CSV)", tables.measures_csv(designs), f"{case}_measures.csv")
        _csv("Curves (CSV)", tables.curves_csv(designs), f"{case}_curves.csv")
        _csv("Events (CSV)", tables.events_csv(designs), f"{case}_events.csv")
        _csv("Theory (CSV)", tables.theory_csv(designs), f"{case}_theory.csv")
    for design in designs:
        st.subheader(variant_words(design["variant"]), anchor=False)
        words = f"All measures, {variant_words(design['variant'])}"
        st.dataframe(tables.measures(design), hide_index=True, alt=words)


def _csv(label: str, text: str, file: str) -> None:
    st.download_button(
        label, text, file, "text/csv", icon=":material/download:", on_click="ignore", key=file
    )
