"""Axes that speak in units, and the marks that all charts over time share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from simulator.plots.palette import GRAY, GREEN, ORANGE, QUIET, VERMILION

HEIGHT = 260  # pixels
MOST_TICKS = 8
STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)
STEPS_S += (2 * 86400, 5 * 86400, 10 * 86400, 30 * 86400)

IN_SECONDS = (
    "datum.value == 0 ? '0 s'"
    " : datum.value >= 172800 ? format(datum.value / 86400, '.3~g') + ' d'"
    " : datum.value >= 3600 ? format(datum.value / 3600, '.3~g') + ' h'"
    " : datum.value >= 60 ? format(datum.value / 60, '.3~g') + ' min'"
    " : datum.value >= 1 ? format(datum.value, '.3~g') + ' s'"
    " : datum.value >= 0.001 ? format(datum.value * 1000, '.3~g') + ' ms'"
    " : format(datum.value * 1000000, '.3~g') + ' us'"
)
PER_SECOND = "format(datum.value, ',~g') + '/s'"
PERCENT = "format(datum.value * 100, '~g') + ' %'"
DOLLARS = "'$' + format(datum.value, ',.2f')"
PLAIN = "format(datum.value, ',~g')"

HEADROOM = 1.15  # of the largest value: the names of shaded stretches stand above the lines


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of simulated time that a chart shades.

    Attributes:
        start_s, end_s: an instant if they are equal.
        label: what goes on then; empty if an earlier span says so already.
        is_warmup: left out of the measures, not a disturbance.
    """

    start_s: float
    end_s: float
    label: str
    is_warmup: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant that is pointed out on the time axis.

    Attributes:
        at_s: when.
        time, words: when and what, as shown.
        is_good: something got better, not worse.
    """

    at_s: float
    time: str
    words: str
    is_good: bool


def time_axis(end_s: float) -> alt.X:
    """Simulated time from 0, with ticks at round minutes and hours."""
    step_s = next((step for step in STEPS_S if end_s / step <= MOST_TICKS), end_s)
    ticks = [step_s * i for i in range(int(end_s / step_s) + 1)]
    return alt.X(
        "time_s:Q",
        title=None,
        scale=alt.Scale(domain=[0, end_s], nice=False),
        axis=alt.Axis(values=ticks, labelExpr=IN_SECONDS, grid=False),
    )


def value_axis(label: str, scale: alt.Scale | None = None, ticks: int = 5) -> alt.Y:
    """A value with its unit at every tick; what it is stands above the chart."""
    return alt.Y(
        "value:Q",
        title=None,
        scale=scale or alt.Scale(zero=True),
        axis=alt.Axis(labelExpr=label, tickCount=ticks, domain=False, ticks=False),
    )


def from_zero(largest: float) -> alt.Scale:
    """From 0 to a bit more than the largest value; to 1 if there is none."""
    return alt.Scale(domain=[0, (largest or 1.0) * HEADROOM], nice=False)


def series(colors: Mapping[str, str], dashes: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """Color and dash of each line, in one legend above the chart."""
    names, legend = list(colors), alt.Legend(title=None, orient="top", symbolStrokeWidth=2.5)
    return {
        "color": alt.Color(
            "series:N", legend=legend, scale=alt.Scale(domain=names, range=list(colors.values()))
        ),
        "strokeDash": alt.StrokeDash(
            "series:N", legend=legend, scale=alt.Scale(domain=names, range=[*dashes.values()])
        ),
    }


def lines(frame: pd.DataFrame, x: alt.X, y: alt.Y, encoding: Mapping[str, Any]) -> alt.LayerChart:
    """Lines whose points say what they are when pointed at.

    Args:
        frame: columns time_s, value, series, and the texts ``time`` and ``shown``.
        x, y: the axes.
        encoding: from ``series``.
    """
    base = alt.Chart(frame).encode(x=x, y=y)
    tooltip = ["series:N", alt.Tooltip("shown:N", title="value"), alt.Tooltip("time:N")]
    drawn = base.mark_line(strokeWidth=2, interpolate="linear", clip=True).encode(**encoding)
    return drawn + base.mark_point(size=60, opacity=0, clip=True).encode(tooltip=tooltip)


def ground(spans: Sequence[Span]) -> list[alt.Chart]:
    """What lies behind the lines: the warm-up in gray, disturbances in orange."""
    if not spans:
        return []
    base = alt.Chart(_rows(spans))
    color = alt.condition("datum.is_warmup", alt.value(GRAY), alt.value(ORANGE))
    lasting = base.transform_filter("datum.until > datum.since")
    return [
        lasting.mark_rect(opacity=0.16, clip=True).encode(x="since:Q", x2="until:Q", color=color),
        base.mark_rule(strokeDash=[2, 3], opacity=0.8).encode(x="since:Q", color=color),
    ]


def names(spans: Sequence[Span]) -> list[alt.Chart]:
    """What the shaded stretches are, written at the top."""
    if not spans:
        return []
    text = alt.Chart(_rows(spans)).mark_text(
        align="left", dx=4, y=9, fontSize=11, color=QUIET, clip=True
    )
    return [text.encode(x="since:Q", text="label:N")]


def pointers(marks: Sequence[Mark]) -> list[alt.Chart]:
    """Triangles on the time axis: down for trouble, up for its end."""
    if not marks:
        return []
    columns = ["at", "time", "what", "is_good"]
    rows = [(each.at_s, each.time, each.words, each.is_good) for each in marks]
    base = alt.Chart(pd.DataFrame(rows, columns=columns)).mark_point(
        filled=True, size=90, opacity=1, strokeWidth=0, yOffset=-6
    )
    return [
        base.encode(
            x="at:Q",
            y=alt.value("height"),
            shape=alt.condition(
                "datum.is_good", alt.value("triangle-up"), alt.value("triangle-down")
            ),
            color=alt.condition("datum.is_good", alt.value(GREEN), alt.value(VERMILION)),
            tooltip=["time:N", "what:N"],
        )
    ]


def _rows(spans: Sequence[Span]) -> pd.DataFrame:
    columns = ["since", "until", "label", "is_warmup"]
    rows = [(each.start_s, each.end_s, each.label, each.is_warmup) for each in spans]
    return pd.DataFrame(rows, columns=columns)
