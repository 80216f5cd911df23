"""Explanations, shown in the terminal."""

from __future__ import annotations

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from simulator.experiments.comparisons import Difference
from simulator.experiments.explanations import LOOKED_AT, Explanation
from simulator.exports.traces import ledger_tables
from simulator.units import human, of_difference

HEADS = ("99th percentile", "goodput", "cost an hour")


def explanation_tables(found: Explanation) -> list[RenderableType]:
    """Where the time goes, what each component is worth, and what single runs would have told."""
    parts = ledger_tables(found.ledger)
    if found.counterfactuals:
        parts.append(_counterfactual_table(found))
    if (spread := found.spread()) and len(found.summary.rows) > 1:
        low, high = (human(each, "s") for each in spread)
        runs = len(found.summary.rows)
        parts.append(
            f"\nOne run would have shown a 99th percentile from {low} to {high} ({runs} runs)."
        )
    return parts


def _counterfactual_table(found: Explanation) -> Table:
    title = "\nIf one component were free: no time, no queue, no cost"
    table = Table(title=title, title_justify="left", box=None, header_style="bold")
    table.add_column("component", overflow="fold")
    for head in (*HEADS, "one run each tells the opposite"):
        table.add_column(head, justify="right", overflow="fold")
    for each in found.counterfactuals:
        cells = (_difference(each.differences.get(name)) for name in LOOKED_AT)
        wrong = "" if each.misled is None else human(each.misled, "ratio")
        table.add_row(escape(each.component), *cells, wrong)
    return table


def _difference(difference: Difference | None) -> str:
    if difference is None:
        return "no value"
    unit, interval = of_difference(difference.reported.unit), difference.interval
    if not interval.half_width:
        return human(interval.mean, unit)
    reach = human(interval.half_width, unit)
    is_told = interval.excludes_zero
    return f"{human(interval.mean, unit)} ± {reach}" if is_told else f"[dim]within ± {reach}"
