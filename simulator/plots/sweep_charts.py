"""A sweep for the app: a measure as a curve, and cost against the 99th percentile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from simulator.plots.axes import DOLLARS, IN_SECONDS
from simulator.plots.palette import BLUE, DASHES, GRAY, ORANGE, QUIET, SERIES
from simulator.plots.turned import Turned, is_number, shown, ticks
from simulator.units import human

Document = Mapping[str, Any]

HEIGHT = 320  # pixels
MOST_LINES = 8


def curve(
    document: Document, turned: Sequence[Turned], measure: str, bound: float | None
) -> alt.LayerChart:
    """A measure over the first value, a line for each value of the second, with 95 % intervals.

    Args:
        document: of a sweep.
        turned: one value or two.
        measure: its name; that of the system, not of a component.
        bound: of the objective on it, if there is one.
    """
    first, *others = turned
    rows = [_point(each, first, others, measure) for each in document["points"]]
    frame = pd.DataFrame([row for row in rows if row["value"] is not None])
    unit = document["points"][0]["measures"][measure]["unit"]
    on_ruler = all(is_number(each["set"][first.path]) for each in document["points"])
    values = list(dict.fromkeys(frame["x"]))
    x: alt.X = (
        alt.X(
            "x:Q",
            title=first.name,
            scale=alt.Scale(zero=False, padding=16),
            axis=alt.Axis(values=values, labelExpr=ticks(first.unit), grid=False),
        )
        if on_ruler
        else alt.X("at:N", title=first.name, sort=None, axis=alt.Axis(labelAngle=0))
    )
    y = alt.Y(
        "value:Q",
        title=None,
        scale=alt.Scale(zero=True),
        axis=alt.Axis(labelExpr=ticks(unit), tickCount=5, domain=False, ticks=False),
    )
    base = alt.Chart(frame).encode(x=x, y=y, **_lines(frame, others))
    told = [alt.Tooltip(f"{name}:N", title=title) for name, title in _told(turned)]
    parts: list[Any] = [
        base.mark_line(strokeWidth=2),
        base.mark_rule(strokeWidth=1.5).encode(
            y="low:Q", y2="high:Q", strokeDash=alt.value([1, 0])
        ),
        base.mark_point(filled=True, size=70, opacity=1).encode(tooltip=told),
    ]
    if bound is not None:
        parts = [*_limit(bound, f"objective {human(bound, unit)}"), *parts]
    return alt.layer(*parts).properties(height=HEIGHT)


def _point(
    point: Document, first: Turned, others: Sequence[Turned], measure: str
) -> dict[str, Any]:
    estimate = point["measures"][measure]
    value = point["set"][first.path]
    mean, reach = estimate["mean"], estimate["half_width"] or 0.0
    return {
        "x": value if is_number(value) else None,
        "at": first.label(value),
        "series": ", ".join(each.label(point["set"][each.path]) for each in others),
        "value": mean,
        "low": None if mean is None else mean - reach,
        "high": None if mean is None else mean + reach,
        "shown": shown(estimate),
        "kept": KEPT[point["keeps_objectives"]],
    }


KEPT = {
    "yes": "keeps all objectives",
    "unsure": "too close to tell",
    "no": "misses an objective",
    None: "no objectives",
}


def _told(turned: Sequence[Turned]) -> list[tuple[str, str]]:
    first, *others = turned
    series = [("series", each.name) for each in others[:1]]
    return [("at", first.name), *series, ("shown", "value"), ("kept", "objectives")]


def _lines(frame: pd.DataFrame, others: Sequence[Turned]) -> dict[str, Any]:
    """Color and dash of each line, in one legend above the chart; none if there is one line."""
    names = list(dict.fromkeys(frame["series"]))
    if not others or len(names) > MOST_LINES:
        return {"color": alt.value(BLUE)}
    legend = alt.Legend(title=others[0].name, orient="top", symbolStrokeWidth=2.5)
    dashes = [list(DASHES[i % len(DASHES)]) for i in range(len(names))]
    return {
        "color": alt.Color(
            "series:N",
            legend=legend,
            scale=alt.Scale(domain=names, range=list(SERIES[: len(names)])),
        ),
        "strokeDash": alt.StrokeDash(
            "series:N", legend=legend, scale=alt.Scale(domain=names, range=dashes)
        ),
    }


def _limit(bound: float, words: str) -> list[alt.Chart]:
    """A bound across the chart, and what it is."""
    base = alt.Chart(pd.DataFrame({"bound": [bound], "words": [words]}))
    return [
        base.mark_rule(color=QUIET, strokeDash=[4, 3]).encode(y="bound:Q"),
        base.mark_text(align="right", dy=-7, color=QUIET, fontSize=11).encode(
            y="bound:Q", x=alt.value("width"), text="words:N"
        ),
    ]


LOOKS = {
    "keeps all objectives": (BLUE, "circle"),
    "too close to tell": (ORANGE, "square"),
    "misses an objective": (GRAY, "cross"),
    "no objectives": (BLUE, "circle"),
}


def frontier(document: Document, turned: Sequence[Turned], bound_s: float | None) -> alt.LayerChart:
    """Cost against the 99th percentile; the frontier is joined, and what is too slow is shaded.

    Args:
        document: of a sweep.
        turned: its values.
        bound_s: of the objective on the 99th percentile, if there is one.
    """
    rows = [_traded(each, turned) for each in document["points"]]
    frame = pd.DataFrame(
        [row for row in rows if row["cost"] is not None and row["p99"] is not None]
    )
    top = 1.1 * max([bound_s or 0.0, *frame["p99"]])
    x = alt.X(
        "cost:Q",
        title="Cost an hour",
        scale=alt.Scale(zero=False, padding=24),
        axis=alt.Axis(labelExpr=DOLLARS, tickCount=5, grid=False),
    )
    y = alt.Y(
        "p99:Q",
        title=None,
        scale=alt.Scale(domain=[0, top], nice=False),
        axis=alt.Axis(labelExpr=IN_SECONDS, tickCount=5, domain=False, ticks=False),
    )
    base = alt.Chart(frame).encode(x=x, y=y)
    best = base.transform_filter("datum.best")
    names = [name for name in LOOKS if name in set(frame["kept"])]
    legend = alt.Legend(title=None, orient="top")
    colors, shapes = ([LOOKS[name][i] for name in names] for i in range(2))
    points = base.mark_point(filled=True, size=110, opacity=1).encode(
        color=alt.Color("kept:N", legend=legend, scale=alt.Scale(domain=names, range=colors)),
        shape=alt.Shape("kept:N", legend=legend, scale=alt.Scale(domain=names, range=shapes)),
        tooltip=[
            alt.Tooltip("at:N", title="design"),
            alt.Tooltip("shown_cost:N", title="cost an hour"),
            alt.Tooltip("shown_p99:N", title="p99 latency"),
            alt.Tooltip("shown_ok:N", title="answered ok"),
            alt.Tooltip("kept:N", title="objectives"),
        ],
    )
    # success counts, too: where it decides, the line goes up and down
    joined = best.mark_line(color=QUIET, strokeDash=[2, 2], strokeWidth=1.5).encode(order="cost:Q")
    text = best.mark_text(align="left", dx=9, dy=-9, color=QUIET, fontSize=11).encode(text="at:N")
    return alt.layer(*_too_slow(bound_s, top), joined, points, text).properties(height=HEIGHT)


def _too_slow(bound_s: float | None, top_s: float) -> list[alt.Chart]:
    """The region in which no design keeps the objective on the 99th percentile."""
    if bound_s is None:
        return []
    words = f"slower than {human(bound_s, 's')}: misses the objective"
    base = alt.Chart(pd.DataFrame({"bound": [bound_s], "top": [top_s], "words": [words]}))
    return [
        base.mark_rect(color=ORANGE, opacity=0.12).encode(y="bound:Q", y2="top:Q"),
        base.mark_text(align="right", dx=-6, dy=-7, color=QUIET, fontSize=11).encode(
            y="bound:Q", x=alt.value("width"), text="words:N"
        ),
    ]


def _traded(point: Document, turned: Sequence[Turned]) -> dict[str, Any]:
    cost, p99, ok = (
        point["measures"][name] for name in ("cost_per_hour_usd", "latency_p99_s", "success_ratio")
    )
    return {
        "at": ", ".join(each.label(point["set"][each.path]) for each in turned),
        "cost": cost["mean"],
        "p99": p99["mean"],
        "best": point["on_frontier"],
        "kept": KEPT[point["keeps_objectives"]],
        "shown_cost": shown(cost),
        "shown_p99": shown(p99),
        "shown_ok": shown(ok),
    }
