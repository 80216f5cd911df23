"""How a run went: latency, outcomes, queues and utilization over simulated time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import altair as alt
import pandas as pd

from simulator.plots import axes
from simulator.plots.axes import HEIGHT, Mark, Span
from simulator.plots.palette import (
    DASHES,
    OUTCOMES,
    PERCENTILE_DASHES,
    PERCENTILES,
    QUIET,
    SERIES,
)
from simulator.units import human

Curves = Mapping[str, Any]
MOST_REPLICAS = 6  # drawn one by one
REPLICA_STATES = ("wanted", "ready", "starting", "pending", "draining", "updated")
EMPTY = pd.DataFrame({"time_s": [], "value": [], "series": [], "time": [], "shown": []})


def end_s(curves: Curves) -> float:
    """When the run ended."""
    return curves["end_s"][-1]


def frame(curves: Curves, values: Mapping[str, Sequence[float | None]], unit: str) -> pd.DataFrame:
    """Curves as rows: the middle of each interval, the value, and both in words."""
    middles = [(a + b) / 2 for a, b in zip(curves["start_s"], curves["end_s"], strict=True)]
    rows = [
        (time_s, value, name, human(time_s, "s"), human(value, unit))
        for name, found in values.items()
        for time_s, value in zip(middles, found, strict=True)
        if value is not None
    ]
    return pd.DataFrame(rows, columns=list(EMPTY)) if rows else EMPTY


def table(curves: Curves, values: Mapping[str, Sequence[float | None]]) -> pd.DataFrame:
    """The same numbers for reading and downloading: an interval a row, a curve a column."""
    return pd.DataFrame({"from_s": curves["start_s"], "to_s": curves["end_s"], **values})


def highest_latency(several: Sequence[Curves]) -> float:
    """The largest latency in several runs, so that their charts can share an axis; in seconds."""
    found = [v for curves in several for line in curves["latency"].values() for v in line if v]
    return max(found, default=1.0)


def latency(
    curves: Curves,
    spans: Sequence[Span] = (),
    objective_s: float | None = None,
    top_s: float | None = None,
    log: bool = False,
    marks: Sequence[Mark] = (),
) -> alt.LayerChart:
    """Percentiles of the latency of requests answered ok, by arrival.

    Args:
        curves: of one run.
        spans: what to shade.
        objective_s: the largest latency allowed, drawn as a line.
        top_s: end of the axis.
        log: equal steps are equal ratios; for what spans milliseconds to minutes.
        marks: instants to point out.
    """
    found = frame(curves, {name: curves["latency"][name] for name in PERCENTILES}, "s")
    top_s = max(top_s or 0.0, objective_s or 0.0, highest_latency([curves]))
    scale = axes.from_zero(top_s)
    if log:
        low_s = min([*found["value"], objective_s or top_s]) * 0.8
        scale = alt.Scale(type="log", domain=[low_s, top_s * 2], nice=False)
    parts = [
        axes.lines(
            found,
            axes.time_axis(end_s(curves)),
            axes.value_axis(axes.IN_SECONDS, scale),
            axes.series(PERCENTILES, PERCENTILE_DASHES),
        )
    ]
    if objective_s is not None:
        parts += _objective(objective_s, end_s(curves))
    return _complete(spans, marks, *parts)


def _complete(
    spans: Sequence[Span], marks: Sequence[Mark], *parts: alt.Chart | alt.LayerChart
) -> alt.LayerChart:
    """Some parts of a chart over the stretches that it shades, under the instants it points out."""
    layers = [*axes.ground(spans), *parts, *axes.names(spans), *axes.pointers(marks)]
    return alt.layer(*layers).properties(height=HEIGHT)


def _objective(bound_s: float, until_s: float) -> list[alt.Chart]:
    words = f"objective {human(bound_s, 's')}"
    base = alt.Chart(pd.DataFrame([{"value": bound_s, "at": until_s, "words": words}]))
    text = base.mark_text(align="right", baseline="bottom", dy=-3, dx=-2, fontSize=11, color=QUIET)
    return [
        base.mark_rule(strokeDash=[5, 4], strokeWidth=1.5, color=QUIET).encode(y="value:Q"),
        text.encode(x="at:Q", y="value:Q", text="words:N"),
    ]


def outcome_values(curves: Curves) -> dict[str, list[float]]:
    """Outcome in words -> requests a second that arrived then and came to it."""
    return {name.replace("_", " "): found for name, found in curves["outcomes"].items()}


def outcomes(
    curves: Curves, spans: Sequence[Span] = (), marks: Sequence[Mark] = ()
) -> alt.LayerChart:
    """What became of the requests of each second, stacked; those without an outcome too."""
    values = outcome_values(curves)
    present = [name for name in OUTCOMES if any(values[name])]
    found = frame(curves, {name: values[name] for name in present}, "/s")
    found["order"] = found["series"].map({name: i for i, name in enumerate(OUTCOMES)})
    highest = found.groupby("time_s")["value"].sum().max() if len(found) else 0.0
    bars = alt.Chart(found).mark_area(interpolate="step", opacity=0.9)
    y = axes.value_axis(axes.PER_SECOND, axes.from_zero(float(highest)))
    chart = bars.encode(
        x=axes.time_axis(end_s(curves)),
        y=y.stack("zero"),
        order=alt.Order("order:Q"),
        color=alt.Color(
            "series:N",
            legend=alt.Legend(title=None, orient="top"),
            scale=alt.Scale(domain=present, range=[OUTCOMES[name] for name in present]),
        ),
        tooltip=["series:N", alt.Tooltip("shown:N", title="value"), alt.Tooltip("time:N")],
    )
    return _complete(spans, marks, chart)


def component_values(
    curves: Curves, measure: str, members: Mapping[str, Sequence[str]]
) -> dict[str, list[float | None]]:
    """The curves of one measure: of replicas one by one if they are few, else of their group.

    Args:
        curves: of one run.
        measure: ``queued``, ``utilization`` or another curve.
        members: name in the scenario -> the names of its replicas.
    """
    names = [
        name
        for group, replicas in members.items()
        for name in (replicas if len(replicas) <= MOST_REPLICAS else [group])
    ]
    found = curves["components"]
    return {name: found[name][measure] for name in names if measure in found.get(name, {})}


def replica_values(curves: Curves, controllers: Sequence[str]) -> dict[str, list[float | None]]:
    """How many replicas there were in each state, of each controller that makes them come and go.

    States in which there never was one are left out.

    Args:
        curves: of one run.
        controllers: their names.
    """
    found = {}
    for name in controllers:
        of = curves["components"].get(name, {})
        for state in REPLICA_STATES:
            if any(of.get(state, ())):
                found[state if len(controllers) == 1 else f"{name}: {state}"] = of[state]
    return found


def share_values(curves: Curves) -> dict[str, list[float | None]]:
    """Which share of the calls, or of the users, each arm of each splitter had."""
    found = curves["components"]
    return {name: of["share"] for name, of in found.items() if "share" in of and "[" in name}


def signal_values(curves: Curves) -> dict[str, list[float | None]]:
    """Which part of each interval each signal fired, of those that ever did."""
    found = {name: of.get("is_firing", []) for name, of in curves["components"].items()}
    return {name: values for name, values in found.items() if any(values)}


def levels(
    curves: Curves,
    values: Mapping[str, Sequence[float | None]],
    spans: Sequence[Span] = (),
    ratio: bool = False,
    marks: Sequence[Mark] = (),
) -> alt.LayerChart:
    """One line a component: of a number of calls, or of a ratio from 0 to 1."""
    label = axes.PERCENT if ratio else axes.PLAIN
    found = [value for line in values.values() for value in line if value is not None]
    scale = axes.from_zero(1.0 if ratio else max(found, default=0.0))
    colors = dict(zip(values, cycle(SERIES)))
    dashes = dict(zip(values, cycle(DASHES)))
    drawn = axes.lines(
        frame(curves, values, "ratio" if ratio else ""),
        axes.time_axis(end_s(curves)),
        axes.value_axis(label, scale),
        axes.series(colors, dashes),
    )
    return _complete(spans, marks, drawn)
