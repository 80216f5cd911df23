"""A stability map for the app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from simulator.plots.axes import PERCENT
from simulator.plots.turned import Turned
from simulator.units import human

Document = Mapping[str, Any]

CELL, AROUND = 44, 130  # pixels: of a line of cells, of axis and legend
DARK = 0.5  # share of a cell whose color takes white letters


def stability(document: Document, turned: Sequence[Turned]) -> alt.LayerChart:
    """The share of runs that are still down as a heat map: first value across, second upward.

    Args:
        document: of a stability map.
        turned: one value or two.
    """
    across, *rest = turned
    rows = [
        {
            "across": across.label(each["set"][across.path]),
            "up": " ".join(other.label(each["set"][other.path]) for other in rest),
            "down": each["down"],
            "count": f"{round(each['down'] * each['n'])} of {each['n']}",
            "interval": f"{human(each['low'], 'ratio')} to {human(each['high'], 'ratio')}",
        }
        for each in document["cells"]
    ]
    frame = pd.DataFrame(rows)
    lines = list(dict.fromkeys(frame["up"]))
    x = alt.X(
        "across:N",
        sort=None,
        title=across.name,
        axis=alt.Axis(labelAngle=0, domain=False, ticks=False),
    )
    title = rest[0].name if rest else None
    y = alt.Y("up:N", sort=lines[::-1], title=title, axis=alt.Axis(domain=False, ticks=False))
    base = alt.Chart(frame).encode(x=x, y=y)
    cells = base.mark_rect(stroke="white", strokeWidth=1).encode(
        color=alt.Color(
            "down:Q",
            scale=alt.Scale(scheme="cividis", reverse=True, domain=[0, 1]),
            legend=alt.Legend(
                title="Runs still down", orient="top", labelExpr=PERCENT, values=[0, 0.5, 1]
            ),
        ),
        tooltip=[
            alt.Tooltip("across:N", title=across.name),
            *([alt.Tooltip("up:N", title=title)] if title else []),
            alt.Tooltip("count:N", title="runs still down"),
            alt.Tooltip("interval:N", title="95 % interval"),
        ],
    )
    text = base.mark_text(fontSize=12).encode(
        text="count:N",
        color=alt.condition(f"datum.down > {DARK}", alt.value("white"), alt.value("#1A2330")),
    )
    return alt.layer(cells, text).properties(height=CELL * len(lines) + AROUND)
