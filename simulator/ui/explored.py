"""What a study came to: its picture, its table, and what to make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from simulator.experiments.job import Order
from simulator.experiments.studies import Study
from simulator.plots import ledger
from simulator.plots.change_bars import parts, tornado
from simulator.plots.stability_chart import stability
from simulator.plots.sweep_charts import curve, frontier
from simulator.plots.turned import Turned, shown
from simulator.results.names import measure_words
from simulator.ui import explored_tables as tables
from simulator.ui.charts import chart
from simulator.ui.jobs import Job
from simulator.ui.results import Shown
from simulator.ui.shelf import Opened
from simulator.ui.studies import MEASURES
from simulator.ui.turning import turned_by
from simulator.ui.words import capital, variant_words
from simulator.units import human

Document = Mapping[str, Any]


def draw(opened: Opened, result: Shown) -> None:
    """Draw a result."""
    _draw(opened, result.order, result.document, "")


def draw_partial(opened: Opened, job: Job) -> None:
    """Draw what there is of a job that is still running."""
    assert job.document is not None
    _draw(opened, job.order, job.document, ":so far")


def _draw(opened: Opened, order: Order, document: Document, key: str) -> None:
    assert order.study is not None
    turned = _turned(opened, order.study)
    match order.study.kind:
        case "sweep":
            _sweep(opened, document, turned, key)
        case "tornado":
            _tornado(document, turned, key)
        case "stability":
            _stability(document, turned, key)
        case "explain":
            _explain(document, key)


def _turned(opened: Opened, study: Study) -> list[Turned]:
    """What a study turns, in its order."""
    knobs = {knob.path: knob for knob in opened.scenario.knobs}
    paths = [text.partition("=")[0] for text in study.over]
    return [turned_by(opened, knobs[path]) for path in paths]


def _bound(opened: Opened, measure: str) -> float | None:
    """The objective on a measure, if there is one."""
    for each in opened.scenario.slo:
        if each.measure == measure:
            return each.at_most if each.at_most is not None else each.at_least
    return None


def _sweep(opened: Opened, document: Document, turned: Sequence[Turned], key: str) -> None:
    measure = st.selectbox(
        "Measure",
        MEASURES,
        format_func=lambda name: capital(measure_words(name)),
        key=f"explored:measure{key}",
        width=300,
    )
    names = " and ".join(each.name.lower() for each in turned)
    title = f"{capital(measure_words(measure))} over {names}"
    design = variant_words(document["variant"]).lower()
    st.markdown(f"**{title}**, {design}, with 95 % intervals")
    picture = curve(document, turned, measure, _bound(opened, measure))
    table = tables.sweep(document, turned, measure)
    chart(picture, f"{title}. {tables.extremes(document, turned, measure)}", table, f"curve{key}")
    if len({each["measures"]["cost_per_hour_usd"]["mean"] for each in document["points"]}) > 1:
        _frontier(opened, document, turned, key)


def _frontier(opened: Opened, document: Document, turned: Sequence[Turned], key: str) -> None:
    """What the designs cost; where all cost the same there is nothing to trade off."""
    st.markdown("**Cost against the 99th percentile**, the frontier joined")
    best = sum(each["on_frontier"] for each in document["points"])
    words = f"Cost against p99 latency, a point a design. {best} are on the frontier."
    bound_s = _bound(opened, "latency_p99_s")
    table = tables.frontier(document, turned)
    chart(frontier(document, turned, bound_s), words, table, f"frontier{key}")
    st.caption("On the frontier: no other design is better in cost, p99 and success together.")


def _tornado(document: Document, turned: Sequence[Turned], key: str) -> None:
    what = measure_words(document["measure"])
    st.markdown(f"**What turns {what}**, which is {shown(document['baseline'])} as it is")
    if not document["bars"]:
        st.caption("No value has been tried at both its ends yet.")
        return
    words = f"What turns {what}. {tables.most_important(document, turned)}"
    chart(tornado(document, turned), words, tables.tornado(document, turned), f"tornado{key}")
    st.caption(
        "Differences of pairs of runs that share their random numbers, with 95 % intervals. What "
        "two values do together is not seen; a sweep shows it."
    )


def _stability(document: Document, turned: Sequence[Turned], key: str) -> None:
    after = human(document["after_s"], "s")
    st.markdown(f"**Runs that are still down {after} after the trouble**")
    worst = max(document["cells"], key=lambda each: each["down"])
    words = (
        f"Runs still down {after} after the trouble. "
        f"At worst {human(worst['down'], 'ratio')} of the runs."
    )
    picture = stability(document, turned)
    chart(picture, words, tables.stability(document, turned), f"map{key}")
    below, length = human(document["below"], "ratio"), human(document["for_s"], "s")
    st.caption(
        f"Down: less than {below} of the requests are answered ok for {length}. Where some runs "
        "are down and others are up, one run could have told either story."
    )


def _explain(document: Document, key: str) -> None:
    if document["ledger"]["cohorts"]:
        st.markdown("**Where the time goes**, of the slowest requests and of those in the middle")
        words = f"Where the time goes. {ledger.ledger_words(document['ledger'])}"
        bars = ledger.bars(document["ledger"])
        chart(bars, words, ledger.table(document["ledger"]), f"ledger{key}")
    if document["counterfactuals"]:
        st.markdown("**If one component were free**: the change of the 99th percentile")
        table = tables.counterfactuals(document)
        words = "Change of p99 latency if one component took no time and cost nothing."
        chart(parts(document), words, table, f"parts{key}")
    spread = document["spread_of_single_runs"]
    if spread and document["replications"] > 1:
        low, high = (human(each, "s") for each in spread)
        st.caption(
            "The two differ, because a wait may only move on to the next component. One run alone "
            f"would have shown a 99th percentile anywhere from {low} to {high}."
        )
