"""The question before the run, and after it how right one was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from simulator.scenario.claims import Prediction
from simulator.scenario.draft import Draft
from simulator.ui.shelf import Opened
from simulator.units import PRICE, RATE, SHARE, TIME, Unit, human

UNITS: dict[str, Unit] = {"s": TIME, "/s": RATE, "ratio": SHARE, "$": PRICE}


@dataclass(frozen=True)
class Answer:
    """What somebody said before the run: a choice or a number, or nothing if it was skipped."""

    choice: int | None = None
    value: float | None = None

    @property
    def is_given(self) -> bool:
        return self.choice is not None or self.value is not None


def answer(opened: Opened) -> Answer | None:
    """The answer given in this case; None as long as there is none."""
    return st.session_state.get("answers", {}).get(opened.case)


def may_run(opened: Opened) -> bool:
    """Whether the question was answered or skipped, or there is none."""
    return opened.scenario.predict is None or answer(opened) is not None


def ask(opened: Opened) -> None:
    """The question, and a way around it."""
    asked = opened.scenario.predict
    if asked is None:
        return
    with st.container(border=True, key="predict"):
        st.header("Predict first", icon=":material/psychology:", anchor=False)
        st.markdown(asked.ask)
        if asked.choices:
            _choices(opened, asked)
        else:
            _number(opened, asked)
        if answer(opened) is None:
            st.button(
                "Skip, just show me",
                type="tertiary",
                key=f"skip:{opened.case}",
                on_click=_keep,
                args=(opened, Answer()),
            )


def _keep(opened: Opened, given: Answer) -> None:
    st.session_state.setdefault("answers", {})[opened.case] = given


def _choices(opened: Opened, asked: Prediction) -> None:
    given = answer(opened)
    chosen = st.radio(
        "Your answer",
        range(len(asked.choices)),
        format_func=lambda place: asked.choices[place].say,
        index=given.choice if given else None,
        key=f"answer:{opened.case}",
        label_visibility="collapsed",
    )
    if chosen is not None and (given is None or given.choice != chosen):
        _keep(opened, Answer(choice=chosen))
        st.rerun()


def _number(opened: Opened, asked: Prediction) -> None:
    symbol = _symbol(opened, asked)
    unit = UNITS.get(symbol)
    label = f"Your estimate, such as {unit.example}" if unit else "Your estimate"
    if asked.relative_to is not None:
        label = "Your estimate: how many times"
    text = st.text_input(label, key=f"answer:{opened.case}", placeholder="a number and its unit")
    if not text:
        return
    try:
        value = unit.read(text) if unit else float(text)
    except ValueError as error:
        st.error(str(error) if unit else f"{text!r} is not a number", icon=":material/error:")
        return
    if answer(opened) != Answer(value=value):
        _keep(opened, Answer(value=value))
        st.rerun()


def _symbol(opened: Opened, asked: Prediction) -> str:
    """The unit of what is asked about; none for "how many times"."""
    if asked.relative_to is not None or asked.measure is None:
        return ""
    return Draft.of(opened.scenario).measures()[asked.measure].unit


def reveal(opened: Opened, truth: dict[str, Any]) -> None:
    """What one said, what it was, and why."""
    asked, given = opened.scenario.predict, answer(opened)
    assert asked is not None
    with st.container(border=True, key="reveal"):
        st.header("Reveal", icon=":material/visibility:", anchor=False)
        if given is not None and given.is_given:
            st.markdown(f"You said **{_said(asked, given, truth)}**.")
        st.markdown(f"It was {_was(asked, truth)}.")
        if given is not None and given.choice is not None and truth["choice"] is not None:
            if given.choice == truth["choice"]:
                st.badge("You were right", icon=":material/check:", color="green")
            else:
                st.badge("Not this time", icon=":material/close:", color="orange")
        if asked.because:
            st.markdown(asked.because)


def _said(asked: Prediction, given: Answer, truth: dict[str, Any]) -> str:
    if given.choice is not None:
        return asked.choices[given.choice].say
    assert given.value is not None
    return human(given.value, truth["unit"] or ("times" if asked.relative_to else ""))


def _was(asked: Prediction, truth: dict[str, Any]) -> str:
    if truth["value"] is None:
        return "nothing that could be measured"
    number = human(truth["value"], truth["unit"] or ("times" if asked.relative_to else ""))
    if truth["choice"] is None:
        return f"**{number}**"
    return f"**{asked.choices[truth['choice']].say}**: {number}"
