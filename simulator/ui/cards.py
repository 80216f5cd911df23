"""The library's cards, and the filters above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from simulator.errors import Problem
from simulator.scenario import Scenario
from simulator.ui import navigation
from simulator.ui.shelf import Opened
from simulator.ui.words import LEVEL_COLORS, capital, chapter_words

FILTERS = {"search": "", "level": [], "chapter": [], "tag": []}
"""Name in the address -> what leaves everything in."""


@dataclass(frozen=True)
class Filter:
    """Which case studies to show; what is empty leaves everything in."""

    search: str = ""
    levels: Sequence[str] = ()
    chapters: Sequence[str] = ()
    tags: Sequence[str] = ()

    def matches(self, scenario: Scenario) -> bool:
        """Whether a case study has every word of the search, and one of each list."""
        text = " ".join([scenario.title, scenario.question, *scenario.tags]).lower()
        return (
            all(word in text for word in self.search.lower().split())
            and (not self.levels or scenario.level in self.levels)
            and (not self.chapters or scenario.chapter in self.chapters)
            and (not self.tags or not set(self.tags).isdisjoint(scenario.tags))
        )


def filters(scenarios: Sequence[Scenario]) -> Filter:
    """Draw the filters, which the address holds too."""
    levels = [level for level in LEVEL_COLORS if any(s.level == level for s in scenarios)]
    chapters = sorted({each.chapter for each in scenarios})
    tags = sorted({tag for each in scenarios for tag in each.tags})
    with st.grid(4, min_column_width=230):
        search = st.text_input(
            "Search", key="search", bind="query-params", placeholder="tail latency", live=True
        )
        level = st.multiselect(
            "Level",
            levels,
            key="level",
            bind="query-params",
            format_func=capital,
            placeholder="All",
        )
        chapter = st.multiselect(
            "Chapter",
            chapters,
            key="chapter",
            bind="query-params",
            format_func=chapter_words,
            placeholder="All",
        )
        tag = st.multiselect("Topic", tags, key="tag", bind="query-params", placeholder="All")
    return Filter(search or "", level, chapter, tag)


def nothing_found() -> None:
    """What to do when the filters leave nothing."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown("No case study matches.", width="content")
        st.button("Clear filters", icon=":material/filter_alt_off:", on_click=_clear)


def _clear() -> None:
    for name, everything in FILTERS.items():
        st.session_state[name] = everything


def card(opened: Opened) -> None:
    """One case study."""
    scenario = opened.scenario
    with st.container(border=True, height="stretch", key=f"card-{opened.case}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(capital(scenario.level), color=LEVEL_COLORS[scenario.level])
            st.caption(f"{scenario.minutes} min", width="content")
        st.header(scenario.title, anchor=False)
        st.markdown(scenario.question)
        st.caption(" · ".join(scenario.tags))
        st.page_link(
            navigation.case_study(),
            label=f"Open {scenario.title}",
            icon=":material/arrow_forward:",
            icon_position="right",
            query_params={"case": opened.case},
        )


def unreadable(case: str, found: Sequence[Problem]) -> None:
    """A file that cannot be read, with the first thing that is wrong with it."""
    with st.container(border=True, height="stretch"):
        st.header(case, anchor=False)
        st.warning(f"This file has {len(found)} problem(s), the first: {found[0]}")
