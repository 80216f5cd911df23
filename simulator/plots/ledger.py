"""The latency ledger as bars: where the time of the slowest requests goes, against the others'."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum
from typing import Any

import altair as alt
import pandas as pd

from simulator.plots.axes import IN_SECONDS, from_zero
from simulator.plots.looks import CAUSES, encoding
from simulator.plots.palette import QUIET
from simulator.units import human

Ledger = Mapping[str, Any]

NAMES = {
    "p50": "around p50",
    "p99": "p99 and slower",
    "rejected": "rejected",
    "timed_out": "timed out",
    "failed": "failed",
}
BAR, AROUND = 48, 95  # pixels: of a cohort, of axis and legend
WIDE_ENOUGH = 0.12  # of the longest bar: a part that can bear the name of its component
NEGLIGIBLE_S = 1e-10  # less is rounding


def bars(ledger: Ledger) -> alt.LayerChart:
    """A bar a cohort, its parts by cause and component; they add up to the mean latency.

    Args:
        ledger: as in a document.
    """
    rows = _frame(ledger)
    names = [NAMES[each] for each in ledger["cohorts"]]
    longest_s = rows.groupby("cohort")["value"].sum().max() if len(rows) else 0.0
    base = alt.Chart(rows).encode(
        y=alt.Y("cohort:N", sort=names, title=None, axis=alt.Axis(domain=False, ticks=False)),
        order=alt.Order("place:Q"),
    )
    x = alt.X(
        "value:Q",
        title=None,
        stack="zero",
        scale=from_zero(longest_s),
        axis=alt.Axis(labelExpr=IN_SECONDS, tickCount=4, grid=False),
    )
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("cohort", "cause", "component", "shown")]
    parts = base.mark_bar(size=24, strokeWidth=1.2).encode(
        x=x, tooltip=tooltip, **encoding("cause:N", CAUSES, set(rows["cause"]))
    )
    wide = alt.Chart(rows[rows["value"] >= WIDE_ENOUGH * longest_s]).mark_text(
        color=QUIET, fontSize=11, dy=19
    )
    text = wide.encode(
        y=alt.Y("cohort:N", sort=names), x=alt.X("middle:Q"), text=alt.Text("component:N")
    )
    return alt.layer(parts, text).properties(height=BAR * len(names) + AROUND)


def _frame(ledger: Ledger) -> pd.DataFrame:
    rows = []
    for name, cohort in ledger["cohorts"].items():
        so_far_s = 0.0
        for place, part in enumerate(cohort["seconds"]):
            value = part["mean"]
            middle_s = so_far_s + value / 2
            so_far_s += value
            texts = part["cause"], part["component"], human(value, "s")
            rows.append((NAMES[name], place, value, middle_s, *texts))
    columns = ["cohort", "place", "value", "middle", "cause", "component", "shown"]
    return pd.DataFrame(rows, columns=columns)


def ledger_words(ledger: Ledger) -> str:
    """What the bars show, for those who do not see them."""
    parts = []
    for name, cohort in ledger["cohorts"].items():
        total = human(cohort["latency_s"]["mean"], "s")
        told = [
            f"{each['cause']} at {each['component']} {human(each['mean'], 's')}"
            for each in sorted(cohort["seconds"], key=lambda each: -each["mean"])
            if each["mean"] > NEGLIGIBLE_S
        ]
        parts.append(f"{NAMES[name]}: {total}" + (f", of that {', '.join(told)}" if told else ""))
    return f"{'. '.join(parts)}."


def table(ledger: Ledger) -> pd.DataFrame:
    """The same for reading: a cause at a component a row, a cohort a column."""
    cohorts = ledger["cohorts"]
    seconds = {
        name: {(each["cause"], each["component"]): each["mean"] for each in cohort["seconds"]}
        for name, cohort in cohorts.items()
    }
    order = list(CAUSES)
    entries = sorted(
        {entry for found in seconds.values() for entry in found},
        key=lambda entry: (order.index(entry[0]), entry[1]),
    )
    rows = [(*entry, *(_cell(seconds[name].get(entry)) for name in cohorts)) for entry in entries]
    rows.append(("all together", "", *(_cell(fsum(found.values())) for found in seconds.values())))
    return pd.DataFrame(rows, columns=["Cause", "Component", *(NAMES[name] for name in cohorts)])


def _cell(seconds: float | None) -> str:
    return "" if seconds is None else human(round(seconds, 10), "s")
