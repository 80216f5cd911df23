"""The page that looks at a case study from further away: many designs at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import streamlit as st

from simulator.experiments.studies import Study
from simulator.faults.base import LastingFault
from simulator.results.names import measure_words
from simulator.ui import explored, navigation
from simulator.ui.arrival import arrive, bring_own_file
from simulator.ui.controls import start
from simulator.ui.jobs import Desk, desk
from simulator.ui.problems import problems
from simulator.ui.progress import watch
from simulator.ui.results import shown
from simulator.ui.shelf import OWN, Opened, opened
from simulator.ui.studies import MEASURES, Asked, command, freed_parts, study_order
from simulator.ui.turning import Turning, around, choose_values, turns_numbers
from simulator.ui.words import capital, variant_words
from simulator.units import human

PARTIAL_S = 2.0  # between looks at a result that is still being made
NARROWEST = 230  # pixels of a control
NOTHING = -1  # no second value

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
        "Sweep": ("sweep", _sweep),
        "Tornado": ("tornado", _tornado),
        "Stability map": ("stability", _stability),
        "Explain": ("explain", _explain),
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
    if desk.job is not None and desk.job.purpose == asked.purpose:
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


@st.fragment(run_every=PARTIAL_S)
def _partial(opened: Opened, desk: Desk, asked: Asked) -> None:
    """What the runs so far come to, while the others are being made."""
    job = desk.job
    if job is not None and job.document is not None and job.purpose == asked.purpose:
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


def _sweep(opened: Opened) -> Asked | None:
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


def _tornado(opened: Opened) -> Asked | None:
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


def _stability(opened: Opened) -> Asked | None:
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


def _explain(opened: Opened) -> Asked:
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
