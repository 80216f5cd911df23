"""The forms of the studies: what a visitor is asked before one is run."""

from __future__ import annotations

import streamlit as st

from simulator.experiments.studies import Study
from simulator.faults.base import LastingFault
from simulator.results.names import measure_words
from simulator.ui.shelf import Opened
from simulator.ui.studies import MEASURES, Asked, freed_parts, study_order
from simulator.ui.turning import Turning, around, choose_values, turns_numbers
from simulator.ui.words import capital, variant_words
from simulator.units import human

NARROWEST = 230  # pixels of a control
NOTHING = -1  # no second value


def sweep(opened: Opened) -> Asked | None:
    """One value or two, over their ranges; None if there is nothing to run."""
    knobs = opened.scenario.knobs
    if not knobs:
        return _no_knobs()
    with st.grid(3, min_column_width=NARROWEST, gap="medium"):
        with st.container():
            first = _knob(opened, "Turn", "sweep:first", range(len(knobs)))
            one = choose_values(opened, first, "sweep:one", 5)
        with st.container():
            second = _second(opened, "sweep:second", first)
            other = None if second == NOTHING else choose_values(opened, second, "sweep:two", 3)
        with st.container():
            variant = _variant(opened, "sweep")
            runs = _runs("sweep", 3)
    if one is None or (other is None and second != NOTHING):
        return _too_few()
    turnings = [one] if other is None else [one, other]
    return _asked(opened, Study(kind="sweep", over=_texts(turnings)), variant, runs, turnings)


def tornado(opened: Opened) -> Asked | None:
    """Several values, each a little down and up; None if there is nothing to run."""
    knobs = opened.scenario.knobs
    numbers = [i for i in range(len(knobs)) if turns_numbers(opened, knobs[i])]
    if not numbers:
        return _no_knobs()
    chosen = st.multiselect(
        "Turn one at a time",
        numbers,
        default=numbers[:5],
        format_func=lambda place: knobs[place].label,
        key=f"tornado:knobs:{opened.case}",
        persist_state="session",
    )
    with st.grid(4, min_column_width=170, gap="medium"):
        by = st.segmented_control(
            "Down and up by",
            (0.1, 0.2, 0.5),
            default=0.2,
            required=True,
            format_func=lambda part: human(part, "ratio"),
            key="tornado:by",
        )
        measure = _measure("tornado")
        variant = _variant(opened, "tornado")
        runs = _runs("tornado", 3)
    found = [around(opened, knobs[place], by) for place in chosen]
    turnings = [each for each in found if each is not None]
    if not turnings:
        return _too_few()
    study = Study(kind="tornado", over=_texts(turnings), of=measure)
    return _asked(opened, study, variant, runs, turnings, measure)


def stability(opened: Opened) -> Asked | None:
    """Load and trigger, say, of a case that has one; None if there is nothing to run."""
    knobs, faults = opened.scenario.knobs, opened.scenario.faults
    if not any(isinstance(each, LastingFault) and each.every is None for each in faults):
        words = "This case has no trouble that ends once and for all, after which it could recover."
        st.info(words, icon=":material/info:")
        return None
    if not knobs:
        return _no_knobs()
    trigger = next((i for i, each in enumerate(knobs) if each.path.startswith("faults")), NOTHING)
    with st.grid(3, min_column_width=NARROWEST, gap="medium"):
        with st.container():
            first = _knob(opened, "Turn", "stability:first", range(len(knobs)))
            one = choose_values(opened, first, "stability:one", 4)
        with st.container():
            second = _second(opened, "stability:second", first, trigger)
            other = None if second == NOTHING else choose_values(opened, second, "stability:two", 3)
        with st.container():
            after = st.select_slider(
                "Looked at after the trouble",
                (10, 30, 60, 120, 300),
                60,
                format_func=lambda time_s: human(time_s, "s"),
                key="stability:after",
                help="For 30 s; down means that less than half of the requests are answered ok.",
            )
            variant = _variant(opened, "stability")
            runs = _runs("stability", 4)
    if one is None or (other is None and second != NOTHING):
        return _too_few()
    turnings = [one] if other is None else [one, other]
    study = Study(kind="stability", over=_texts(turnings), after=float(after))
    return _asked(opened, study, variant, runs, turnings)


def explain(opened: Opened) -> Asked:
    """A design, whose components are made free in turn."""
    with st.grid(3, min_column_width=NARROWEST, gap="medium"):
        variant = _variant(opened, "explain")
        runs = _runs("explain", 3)
    order = study_order(opened, Study(kind="explain"), variant, runs, opened.scenario.run.seed)
    return Asked(order, 1 + freed_parts(opened.scenario, variant))


def _asked(
    opened: Opened,
    study: Study,
    variant: str | None,
    runs: int,
    turnings: list[Turning],
    measure: str = "latency_p99_s",
) -> Asked:
    order = study_order(opened, study, variant, runs, opened.scenario.run.seed)
    if study.kind == "tornado":
        designs = 1 + 2 * len(turnings)
    else:
        designs = 1
        for each in turnings:
            designs *= len(each.values)
    return Asked(order, designs, [each.turned for each in turnings], measure)


def _texts(turnings: list[Turning]) -> tuple[str, ...]:
    return tuple(each.text for each in turnings)


def _knob(opened: Opened, label: str, key: str, places: range | list[int]) -> int:
    return st.selectbox(
        label,
        places,
        format_func=lambda place: opened.scenario.knobs[place].label,
        key=f"{key}:{opened.case}",
        persist_state="session",
    )


def _second(opened: Opened, key: str, first: int, default: int = NOTHING) -> int:
    """The place of the second knob, or ``NOTHING``."""
    knobs = opened.scenario.knobs
    places = [NOTHING, *(i for i in range(len(knobs)) if i != first)]
    return st.selectbox(
        "And",
        places,
        index=places.index(default) if default in places else 0,
        format_func=lambda place: "Nothing else" if place == NOTHING else knobs[place].label,
        key=f"{key}:{opened.case}",
        persist_state="session",
    )


def _variant(opened: Opened, key: str) -> str | None:
    names = ["", *opened.scenario.variants]
    chosen = st.selectbox(
        "Design",
        names,
        format_func=lambda name: variant_words(name or "baseline"),
        key=f"{key}:variant:{opened.case}",
        persist_state="session",
    )
    return chosen or None


def _runs(key: str, default: int) -> int:
    return st.number_input(
        "Runs of each design",
        1,
        100,
        default,
        key=f"{key}:runs",
        persist_state="session",
        help="More runs make the intervals narrower: four times as many halve them.",
    )


def _measure(key: str) -> str:
    return st.selectbox(
        "Measure",
        MEASURES,
        format_func=lambda name: capital(measure_words(name)),
        key=f"{key}:measure",
        persist_state="session",
    )


def _no_knobs() -> None:
    st.info("This case names no knobs that could be turned.", icon=":material/info:")


def _too_few() -> None:
    st.info("Choose two values or more.", icon=":material/info:")
