"""One request as a waterfall: a line a span, from its arrival to its outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from simulator.plots.axes import IN_SECONDS
from simulator.plots.looks import STEPS, encoding
from simulator.plots.palette import GRAY, QUIET
from simulator.units import clock, human

Span = Mapping[str, Any]

MOST_SPANS = 40  # told in words, and better drawn; a table has all of them
LINE, AROUND = 22, 105  # pixels: of a span, of axis and legend
BEYOND = 1.12  # times the request's time: there the chart ends, to show that work went on
LABELS, INDENT = 128, 8  # pixels: of all labels, of one step inward
MOST_INDENTS = 6
WHOLE = 0.999  # of a worker: a smaller share is a share


def waterfall(spans: Sequence[Span]) -> alt.LayerChart:
    """The spans of one request, or some of them.

    Args:
        spans: as in a document; the first is the request itself.
    """
    rows = _frame(spans)
    lasted_s = _lasted_s(spans[0])
    is_late = any(span["end_s"] > spans[0]["end_s"] for span in spans)
    end_s = (lasted_s or 1.0) * (BEYOND if is_late else 1.0)
    axis = alt.Axis(labels=False, ticks=False, domain=False, minExtent=LABELS)
    y = alt.Y("line:O", title=None, axis=axis)
    x = alt.X(
        "from_s:Q",
        title=None,
        scale=alt.Scale(domain=[0, end_s], nice=False),
        axis=alt.Axis(labelExpr=IN_SECONDS, tickCount=5, grid=False),
    )
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("span", "begins", "lasts", "outcome")]
    base = alt.Chart(rows).encode(y=y, x=x, x2="to_s:Q", tooltip=tooltip)
    opacity = alt.condition("datum.is_late", alt.value(0.35), alt.value(1.0))
    frames = base.transform_filter("datum.look == ''").mark_bar(size=3, color=GRAY, clip=True)
    leaves = base.transform_filter("datum.look != ''").mark_bar(size=13, strokeWidth=1.2, clip=True)
    looks = encoding("look:N", STEPS, set(rows["look"]))
    layers = [frames.encode(opacity=opacity), leaves.encode(opacity=opacity, **looks)]
    if is_late:
        end = pd.DataFrame({"from_s": [lasted_s]})
        layers.append(alt.Chart(end).mark_rule(strokeDash=[2, 3], color=GRAY).encode(x="from_s:Q"))
    layers += _labels(spans, y)
    return alt.layer(*layers).properties(height=LINE * len(spans) + AROUND)


def _labels(spans: Sequence[Span], y: alt.Y) -> list[alt.Chart]:
    """The names beside the axis, set in by what they lie in: a layer for each depth."""
    depths: dict[int, int] = {}
    rows: dict[int, list[tuple[int, str]]] = {}
    for line, span in enumerate(spans):
        depth = depths[span["span"]] = depths.get(span["parent"], -1) + 1
        rows.setdefault(min(depth, MOST_INDENTS), []).append((line, look(span) or name(span)))
    return [
        alt.Chart(pd.DataFrame(found, columns=["line", "label"]))
        .mark_text(align="left", color=QUIET, fontSize=12, limit=LABELS - INDENT * depth)
        .encode(y=y, x=alt.value(INDENT * depth - LABELS), text="label:N")
        for depth, found in sorted(rows.items())
    ]


def _frame(spans: Sequence[Span]) -> pd.DataFrame:
    """A row a piece: a span that was given up midway is two."""
    begin_s = spans[0]["start_s"]
    rows = []
    for line, span in enumerate(spans):
        start_s, end_s, up_s = span["start_s"], span["end_s"], span["given_up_s"]
        cut_s = end_s if up_s is None else min(max(start_s, up_s), end_s)
        texts = name(span), clock(start_s - begin_s), human(_lasted_s(span), "s"), outcome(span)
        for from_s, to_s, is_late in ((start_s, cut_s, False), (cut_s, end_s, True)):
            if to_s > from_s or (start_s == end_s and not is_late):
                piece = line, look(span), from_s - begin_s, to_s - begin_s, is_late
                rows.append((*piece, *texts))
    columns = ["line", "look", "from_s", "to_s", "is_late", "span", "begins", "lasts", "outcome"]
    return pd.DataFrame(rows, columns=columns)


def _lasted_s(span: Span) -> float:
    return span["end_s"] - span["start_s"]


def look(span: Span) -> str:
    """Which look of ``looks.STEPS`` a span has; none for a request or visit, which is a frame."""
    if span["step"] in ("request", "visit"):
        return ""
    is_shared = span["step"] == "service" and span["active_s"] < WHOLE * _lasted_s(span)
    return f"shared {span['step']}" if is_shared else span["step"]


def name(span: Span) -> str:
    """What a span is called: a component, or what went on there."""
    if span["step"] == "request":
        return "request"
    if span["step"] != "visit":
        return f"{look(span)} at {span['component']}"
    again = f", try {span['attempt']}" if span["attempt"] > 1 else ""
    return f"{span['component']}{again}"


def outcome(span: Span) -> str:
    """What became of it, and whether somebody still waited for it."""
    words = span["outcome"].replace("_", " ")
    return words if span["given_up_s"] is None else f"{words}, for nobody by then"


def waterfall_words(spans: Sequence[Span]) -> str:
    """What a waterfall shows, step by step, for those who do not see it."""
    leaves = [span for span in spans if look(span) and _lasted_s(span) > 0]
    parts = [
        f"{name(span)} from {human(span['start_s'] - spans[0]['start_s'], 's')} "
        f"for {human(_lasted_s(span), 's')}{_for_nobody(span)}"
        for span in leaves[:MOST_SPANS]
    ]
    return f"{'; '.join(parts)}." if parts else "It took no time anywhere."


def _for_nobody(span: Span) -> str:
    up_s = span["given_up_s"]
    if up_s is None:
        return ""
    return " for nobody" if up_s <= span["start_s"] else ", in the end for nobody"


def table(spans: Sequence[Span]) -> pd.DataFrame:
    """The same for reading: a span a row."""
    begin_s = spans[0]["start_s"]
    rows = [
        (
            name(span),
            human(span["start_s"] - begin_s, "s"),
            human(_lasted_s(span), "s"),
            outcome(span),
        )
        for span in spans
    ]
    return pd.DataFrame(rows, columns=["Span", "From", "Lasts", "Outcome"])
