"""The page on which a case study is played: a clock, a dashboard, and a few things one may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd
import streamlit as st

from simulator.plots import over_time
from simulator.plots.said import latency_words, levels_words, outcomes_words
from simulator.scenario.game import Game
from simulator.ui import navigation, tables
from simulator.ui.arrival import bring_own_file
from simulator.ui.charts import chart
from simulator.ui.controls import start
from simulator.ui.jobs import Desk, desk
from simulator.ui.plays import Play, game_of, is_over, left, order, until
from simulator.ui.problems import problems
from simulator.ui.progress import watch
from simulator.ui.results import Shown, shown
from simulator.ui.shelf import OWN, Opened, opened
from simulator.ui.words import capital, estimate_words, measure_words, variant_words
from simulator.units import clock, human

PURPOSE, SCORE = "play", "play-score"
TICKS = (1, 5)  # that one may wait at once
YOU, NOBODY = "You", "Nobody on call"
MOST_LINES = 12  # of the log that are shown
HINDSIGHT = {"fault_begins", "fault_ends", "recovered", "not_recovered"}
HINDSIGHT |= {"queue_peak", "objective_broken", "warmup_ends"}  # nobody could say so at the time


def play_page(case: str) -> None:
    """The game of the case study of that name."""
    if case == OWN:
        bring_own_file()
    found = opened(case)
    if isinstance(found, Opened) and found.scenario.game is not None:
        _page(found, desk())
    elif found is None or isinstance(found, Opened):
        st.title("Nothing to play", anchor=False)
        st.markdown("This case study cannot be played.")
        st.page_link(navigation.library(), label="To the library", icon=":material/arrow_back:")
    else:
        st.error(f"{case} cannot be run.", icon=":material/error:")
        problems(asdict(each) for each in found)


def _page(opened: Opened, desk: Desk) -> None:
    scenario, game = opened.scenario, game_of(opened.scenario)
    st.page_link(
        navigation.case_study(),
        label=f"Back to {scenario.title}",
        icon=":material/arrow_back:",
        query_params={"case": opened.case},
    )
    st.title("You are on call", anchor=False)
    st.markdown(scenario.question)
    play = _play(opened, game)
    if play is None:
        return
    result = shown(opened.case, PURPOSE)
    wanted = order(opened, play)
    is_old = result is None or result.order.digest() != wanted.digest()
    if is_old and desk.job is None and "failure" not in st.session_state:
        start(opened, desk, wanted, PURPOSE)
        result = shown(opened.case, PURPOSE)
    _controls(opened, play, is_busy=desk.job is not None)
    watch(desk)
    if result is not None and result.document["designs"][0]["curves"] is not None:
        _dashboard(game, play, result)
    if is_over(scenario, play):
        _score(opened, play, desk)


def _play(opened: Opened, game: Game) -> Play | None:
    """The visitor's play; None until it has begun."""
    key = f"play:{opened.case}"
    if key not in st.session_state:
        with st.container(border=True):
            st.markdown(opened.scenario.story)
            st.markdown(
                f"You may do **{game.most} things**, and the clock stands while you think. It is "
                "stopped now, at the moment you are called."
            )
            st.button(
                "Take the pager",
                type="primary",
                icon=":material/notifications_active:",
                on_click=lambda: st.session_state.update({key: Play(game.start)}),
            )
        return None
    found: Play = st.session_state[key]
    return found


def _controls(opened: Opened, play: Play, is_busy: bool) -> None:
    scenario, game = opened.scenario, game_of(opened.scenario)
    end_s, over = scenario.run.duration or 0.0, is_over(scenario, play)
    with st.container(border=True, key="controls"):
        time, moves = st.columns(2)
        time.metric(f"Clock, of {human(end_s, 's')}", clock(play.now_s))
        moves.metric("Things you may still do", left(game, play))
        with st.container(horizontal=True):
            for place, move in enumerate(game.moves):
                st.button(
                    move.say,
                    key=f"move:{place}",
                    disabled=is_busy or over or left(game, play) == 0,
                    on_click=lambda place=place: play.steps.append((play.now_s, place)),
                )
        with st.container(horizontal=True):
            for ticks in TICKS:
                st.button(
                    f"Wait {human(ticks * game.tick, 's')}",
                    key=f"wait:{ticks}",
                    icon=":material/schedule:",
                    disabled=is_busy or over,
                    on_click=_wait,
                    args=(play, ticks * game.tick, end_s),
                )
            st.button(
                "To the end",
                icon=":material/skip_next:",
                disabled=is_busy or over,
                on_click=_wait,
                args=(play, end_s, end_s),
            )
            st.button(
                "Begin anew",
                type="tertiary",
                icon=":material/undo:",
                on_click=lambda: st.session_state.pop(f"play:{opened.case}"),
            )


def _wait(play: Play, for_s: float, end_s: float) -> None:
    play.now_s = min(play.now_s + for_s, end_s)


def _dashboard(game: Game, play: Play, result: Shown) -> None:
    """What can be seen by now."""
    design = result.document["designs"][0]
    curves = until(design["curves"], play.now_s)
    if curves is None:
        return
    first, second = st.columns(2)
    with first:
        st.markdown("**Latency of requests answered ok**")
        values = {f"{name} (s)": each for name, each in curves["latency"].items()}
        picture, words = over_time.latency(curves), latency_words(curves, "p99", None)
        chart(picture, words, over_time.table(curves, values), "play:latency")
    with second:
        st.markdown("**Requests a second by what became of them**")
        numbers = over_time.table(curves, over_time.outcome_values(curves))
        chart(over_time.outcomes(curves), outcomes_words(curves), numbers, "play:outcomes")
    for place, column in zip(range(len(game.shows)), [first, second] * 3, strict=False):
        with column:
            _gauge(game, place, curves)
    _log(design["events"], game, play)


def _gauge(game: Game, place: int, curves: Mapping[str, Any]) -> None:
    """One curve of a component beside the users' own."""
    gauge = game.shows[place]
    title = f"{gauge.of}: {measure_words(gauge.curve)}"
    found = curves["components"].get(gauge.of, {}).get(gauge.curve)
    st.markdown(f"**{title}**")
    if found is None:
        st.caption("Nothing is recorded there.")
        return
    values = {title: found}
    picture, words = over_time.levels(curves, values), levels_words(curves, values, "")
    chart(picture, words, over_time.table(curves, values), f"play:{place}")


def _log(events: list[Mapping[str, Any]], game: Game, play: Play) -> None:
    """What the player did, and what else has been told by now; what went wrong is not."""
    told = [
        (each["at_s"], each["component"] or "users", each["words"])
        for each in events
        if each["at_s"] <= play.now_s and each["kind"] not in HINDSIGHT
    ]
    told += [(at_s, YOU, game.moves[place].say) for at_s, place in play.steps]
    told.sort(key=lambda each: each[0], reverse=True)
    st.markdown("**What is known**")
    if not told:
        st.caption("Nothing has been told yet.")
        return
    rows = [(clock(at_s), where, words) for at_s, where, words in told[:MOST_LINES]]
    found = pd.DataFrame(rows, columns=["Time", "Where", "What"])
    st.table(found, hide_index=True, border="horizontal", alt="What is known so far, newest first")


def _score(opened: Opened, play: Play, desk: Desk) -> None:
    """What came of it, beside what others would have made of the same night."""
    st.header("What came of it", anchor=False)
    wanted = order(opened, play, with_others=True)
    result = shown(opened.case, SCORE)
    if result is None or result.order.digest() != wanted.digest():
        st.button(
            "Compare with others",
            type="primary",
            icon=":material/leaderboard:",
            disabled=desk.job is not None,
            on_click=start,
            args=(opened, desk, wanted, SCORE),
        )
        return
    st.table(
        _scores(opened, result),
        hide_index=True,
        border="horizontal",
        alt="Your play and others, by the measures that count",
    )
    st.caption(
        "The same night for everybody: one run each, with the same users, the same faults and the "
        "same random numbers. It is what happened, not an estimate."
    )


def _scores(opened: Opened, result: Shown) -> pd.DataFrame:
    game = game_of(opened.scenario)
    rows = []
    for place, design in enumerate(result.document["designs"]):
        known = tables.estimates(design)
        values = [estimate_words(known[name]) for name in game.score]
        rows.append((_player(place, design["variant"]), *values))
    return pd.DataFrame(
        rows, columns=["Who", *(capital(measure_words(name)) for name in game.score)]
    )


def _player(place: int, variant: str) -> str:
    return (YOU, NOBODY)[place] if place < len((YOU, NOBODY)) else variant_words(variant)
