"""Changes of a measure as bars: a tornado, and what each part is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from simulator.plots.axes import IN_SECONDS
from simulator.plots.palette import BLUE, GRAY, ORANGE, QUIET
from simulator.plots.turned import Turned, shown, ticks
from simulator.units import of_difference

Document = Mapping[str, Any]

BAR, AROUND = 44, 70  # pixels: of a bar, of axis and legend
COLUMNS = ["name", "end", "label", "value", "low", "high", "shown", "tip"]


def tornado(document: Document, turned: Sequence[Turned]) -> alt.LayerChart:
    """A bar for each value, from the change at its low end to that at its high end.

    Args:
        document: of a tornado.
        turned: its values, in any order.
    """
    known = {each.path: each for each in turned}
    unit = of_difference(document["unit"])
    rows = []
    for bar in document["bars"]:
        each = known[bar["path"]]
        rows += _ends(bar, each, unit)
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "text"])
    names = [known[bar["path"]].name for bar in document["bars"]]
    ends = ["at its low end", "at its high end"]
    base = alt.Chart(frame).encode(y=_names(names))
    bars = base.mark_bar(size=22).encode(
        x=_changes("value:Q", unit),
        color=alt.Color(
            "end:N",
            legend=alt.Legend(title=None, orient="top"),
            scale=alt.Scale(domain=ends, range=[BLUE, ORANGE]),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="value"),
            alt.Tooltip("label:N", title="set to"),
            alt.Tooltip("shown:N", title="change"),
        ],
    )
    reach = base.mark_rule(color=QUIET, strokeWidth=1.5).encode(x="low:Q", x2="high:Q")
    text = [
        base.transform_filter(f"{sign} 0")
        .mark_text(align=align, dx=dx, color=QUIET, fontSize=11)
        .encode(x="tip:Q", text="text:N")
        for sign, align, dx in (("datum.value <", "right", -6), ("datum.value >=", "left", 6))
    ]
    return alt.layer(bars, reach, *text, _zero()).properties(height=BAR * len(names) + AROUND)


def _ends(bar: Mapping[str, Any], turned: Turned, unit: str) -> list[tuple[Any, ...]]:
    """The two ends of a bar; an end that is the scenario as it is has none.

    Of two on the same side the longer one bears both labels, lest they lie on each other.
    """
    found = []
    for end, words in (("low", "at its low end"), ("high", "at its high end")):
        change = bar[f"at_{end}"]
        if change is not None and change["mean"]:
            found.append((words, turned.label(bar[end]), change))
    found.sort(key=lambda each: -abs(each[2]["mean"]))
    texts = [label for _, label, _ in found]
    if len(found) == 2 and found[0][2]["mean"] * found[1][2]["mean"] > 0:
        texts = [" and ".join(texts), ""]
    return [
        (*_change(turned.name, words, label, change, unit), text)
        for (words, label, change), text in zip(found, texts, strict=True)
    ]


def _change(
    name: str, end: str, label: str, change: Mapping[str, Any], unit: str
) -> tuple[Any, ...]:
    mean, reach = change["mean"], change["half_width"] or 0.0
    tip = mean + reach if mean >= 0 else mean - reach
    return name, end, label, mean, mean - reach, mean + reach, shown({**change, "unit": unit}), tip


def _names(names: Sequence[str]) -> alt.Y:
    axis = alt.Axis(domain=False, ticks=False, labelLimit=190)
    return alt.Y("name:N", sort=list(names), title=None, axis=axis)


def _changes(field: str, unit: str) -> alt.X:
    axis = alt.Axis(labelExpr=_signed(unit), tickCount=5, grid=False)
    return alt.X(field, title=None, scale=alt.Scale(padding=44), axis=axis)


def _signed(unit: str) -> str:
    """As ``ticks``, of differences: seconds below zero are small and negative, not negligible."""
    if unit != "s":
        return ticks(unit)
    size = IN_SECONDS.replace("datum.value", "abs(datum.value)")
    return f"(datum.value < 0 ? '−' : '') + ({size})"


def _zero() -> alt.Chart:
    return alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=QUIET).encode(x="at:Q")


def parts(document: Document) -> alt.LayerChart:
    """What happens to the 99th percentile if one component were free, a bar each.

    Args:
        document: of an explanation.
    """
    rows = []
    for each in document["counterfactuals"]:
        change = each["differences"].get("latency_p99_s")
        if change is not None:
            rows.append(_change(each["component"], _certainty(change), "", change, "s"))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    names = [row[0] for row in rows]
    base = alt.Chart(frame).encode(y=_names(names))
    bars = base.mark_bar(size=20).encode(
        x=_changes("value:Q", "s"),
        color=alt.Color(
            "end:N",
            legend=alt.Legend(title=None, orient="top"),
            scale=alt.Scale(domain=["certain", "within the error"], range=[BLUE, GRAY]),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="free"),
            alt.Tooltip("shown:N", title="change of p99"),
        ],
    )
    reach = base.mark_rule(color=QUIET, strokeWidth=1.5).encode(x="low:Q", x2="high:Q")
    return alt.layer(bars, reach, _zero()).properties(height=BAR * len(names) + AROUND)


def _certainty(change: Mapping[str, Any]) -> str:
    half_width = change["half_width"]
    is_told = half_width is not None and abs(change["mean"]) > half_width
    return "certain" if is_told else "within the error"
