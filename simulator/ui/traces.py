"""Traces: single requests step by step, and where the time of the slowest goes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from simulator.exports.naming import title
from simulator.exports.otlp import otlp
from simulator.exports.perfetto import perfetto
from simulator.plots.ledger import bars, ledger_words
from simulator.plots.ledger import table as ledger_table
from simulator.plots.waterfall import MOST_SPANS, waterfall, waterfall_words
from simulator.plots.waterfall import table as span_table
from simulator.results import Spans
from simulator.ui.charts import chart
from simulator.ui.words import capital, variant_words
from simulator.units import human

Design = Mapping[str, Any]

WHY = ("slowest", "median", "failed")


def traces(designs: list[Design], case: str) -> None:
    """Draw a request of each design, the ledger below it, and offer both as files."""
    runs = designs[0]["replications"]
    of = f" of the first of {runs} runs" if runs > 1 else ""
    heading = st.container(horizontal=True, vertical_alignment="bottom")
    heading.markdown(f"**One request{of}, step by step**", width="content")
    why = heading.segmented_control(
        "Which request",
        WHY,
        format_func=capital,
        default="slowest",
        required=True,
        key="traced",
        persist_state="session",
    )
    for design in designs:
        if len(designs) > 1:
            st.subheader(variant_words(design["variant"]), anchor=False)
        if design["traces"] is None:
            st.caption("No run of it has finished.")
            continue
        _example(design, why)
        _ledger(design)
        _files(design, case)


def _example(design: Design, why: str) -> None:
    found = [each for each in design["traces"]["examples"] if each["why"] == why]
    if not found:
        answered = "failed" if why == "failed" else "was answered ok"
        st.caption(f"No measured request {answered}.")
        return
    spans = found[0]["spans"]
    whole = Spans.of_records(spans)
    drawn = [*whole.longest(MOST_SPANS).records()]
    words = capital(title(whole, why))
    st.markdown(f"{words}.")
    key = f"waterfall:{why}:{design['variant']}"
    chart(waterfall(drawn), f"{words}. {waterfall_words(drawn)}", span_table(spans), key)
    remarks = ["Thin lines frame what lies in them."]
    if any(span["given_up_s"] is not None for span in spans):
        remarks.append("Pale: nobody waited for it any more.")
    if len(spans) > MOST_SPANS:
        remarks.append(f"Drawn are the {MOST_SPANS} longest of {human(len(spans))} spans.")
    st.caption(" ".join(remarks))


def _ledger(design: Design) -> None:
    ledger = design["traces"]["ledger"]
    if not ledger["cohorts"]:
        return
    st.markdown("**Where the time goes, mean seconds of a request**")
    if ledger["words"]:
        st.markdown(ledger["words"])
    picture, numbers = bars(ledger), ledger_table(ledger)
    words = f"Mean seconds of a request by cause and component. {ledger_words(ledger)}"
    chart(picture, words, numbers, f"ledger:{design['variant']}")
    counts = [
        f"{name.replace('_', ' ')}: {human(each['traced'])} of {human(each['requests'])} requests"
        for name, each in ledger["cohorts"].items()
    ]
    st.caption(f"Traced were, evenly over their latencies, {'; '.join(counts)}.")


def _files(design: Design, case: str) -> None:
    traced = {each["request"]: each["spans"] for each in design["traces"]["examples"]}
    if not traced:
        return
    records = [span for spans in traced.values() for span in spans]
    spans = Spans.of_records(records)
    labels = {each["request"]: each["why"] for each in design["traces"]["examples"]}
    stem = f"{case}_{design['variant']}"
    with st.container(horizontal=True):
        _file("Perfetto (JSON)", _json(perfetto(spans, labels)), f"{stem}_trace.perfetto.json")
        document = otlp(spans, design["traces"]["run"])
        _file("OpenTelemetry (JSON)", _json(document), f"{stem}_trace.otlp.json")
        _file("Spans (CSV)", pd.DataFrame(records).to_csv(index=False), f"{stem}_spans.csv")
        ledger = ledger_table(design["traces"]["ledger"]).to_csv(index=False)
        _file("Ledger (CSV)", ledger, f"{stem}_ledger.csv")


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, allow_nan=False)


def _file(label: str, text: str, name: str) -> None:
    mime = "text/csv" if name.endswith("csv") else "application/json"
    st.download_button(
        label, text, name, mime, icon=":material/download:", on_click="ignore", key=name
    )
