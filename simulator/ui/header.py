"""The result in one glance: a verdict and four numbers for each design."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from simulator.ui.words import (
    STATUS_BADGES,
    VERDICTS,
    estimate_words,
    margin_words,
    measure_words,
    variant_words,
)
from simulator.units import human

HARMED = "harmed_ratio"
NARROWEST = 150  # pixels of a number's card

Design = Mapping[str, Any]


def header(design: Design, wanted: int) -> None:
    """A design's verdict, objectives and main numbers.

    Args:
        design: from a document.
        wanted: runs that were asked for.
    """
    verdict, color, meaning = VERDICTS[design["verdict"]]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(variant_words(design["variant"]), anchor=False, width="content")
        st.badge(verdict, color=color, help=meaning)
        for objective in design["objectives"]:
            _objective(objective)
        done = design["replications"]
        words = f"{done} runs" if done == wanted else f"{done} of {wanted} runs"
        st.caption(words, width="content")
    if design["verdict"] != "stable":
        st.caption(meaning)
    _numbers(design)
    if design["warmup"]["is_much_longer"]:
        st.caption(
            f":material/hourglass_top: The beginning is still felt. {design['warmup']['words']}"
        )


def _objective(objective: Mapping[str, Any]) -> None:
    met = objective["met"]
    status = "undecided" if met is None else "confirmed" if met else "refuted"
    icon, color = STATUS_BADGES[status]
    bound = "at_most" if "at_most" in objective else "at_least"
    sign = "≤" if bound == "at_most" else "≥"
    limit = human(objective[bound], objective["unit"])
    verdict = {"confirmed": "met", "refuted": "missed", "undecided": "no value"}[status]
    st.badge(
        f"{measure_words(objective['measure'])} {sign} {limit}: {verdict}",
        icon=icon,
        color=color,
        help=f"It is {estimate_words(objective)}.",
    )


def _numbers(design: Design) -> None:
    measures, busiest = design["measures"], design["busiest"]
    users = design["components"].get("users", {})
    with st.grid(4, min_column_width=NARROWEST):
        _number("p99 latency", measures["latency_p99_s"], _meaning(design, "latency_p99_s"))
        _number("Answered ok", measures["success_ratio"], _meaning(design, "success_ratio"))
        per_million = estimate_words(measures["cost_per_million_usd"])
        _number(
            "Cost an hour",
            measures["cost_per_hour_usd"],
            f"All components. For a million ok answers: {per_million}.",
            note=f"{_mean(measures['cost_per_million_usd'])} / million",
        )
        if users.get(HARMED, {}).get("mean"):
            usd = users["earned_usd_per_s"]
            _number(
                "Users harmed",
                users[HARMED],
                _meaning(design, f"users.{HARMED}"),
                note="" if not usd["mean"] else f"{human(usd['mean'] * 3600, '$')} earned an hour",
            )
        elif busiest is not None:
            _number(
                "Busiest part",
                busiest,
                "The highest utilization of any one component: busy time over capacity.",
                note=f"{busiest['component']} {margin_words(busiest)}",
            )


def _meaning(design: Design, measure: str) -> str:
    return design["meanings"][measure]["description"].capitalize() + "."


def _number(label: str, estimate: Mapping[str, Any], meaning: str, note: str = "") -> None:
    value = _mean(estimate)
    margin = margin_words(estimate)
    st.metric(
        label,
        value,
        delta=note or margin or None,
        delta_color="off",
        delta_arrow="off",
        help=f"{meaning} {value} {margin}, 95 % interval." if margin else meaning,
        border=True,
    )


def _mean(estimate: Mapping[str, Any]) -> str:
    return "n/a" if estimate["mean"] is None else human(estimate["mean"], estimate["unit"])
