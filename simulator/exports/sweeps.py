"""Sweeps and tornados, shown in the terminal and written to files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from simulator.experiments.summary import Estimate
from simulator.experiments.sweeps import TRADED, Sweep
from simulator.experiments.tornadoes import Tornado
from simulator.exports.files import write_csv
from simulator.stats.intervals import Interval
from simulator.units import human, of_difference

KEPT_WORDS = {"yes": "[green]yes", "no": "[red]no", "unsure": "[yellow]unsure", None: ""}

HEADS = {
    "latency_p99_s": "p99",
    "latency_p50_s": "p50",
    "latency_mean_s": "mean",
    "success_ratio": "success",
    "cost_per_hour_usd": "cost/h",
}

LEGEND = (
    "kept: whether the whole intervals keep every objective · "
    "●: no other point is better in cost, p99 and success together"
)


def sweep_tables(sweep: Sweep, measures: Sequence[str]) -> list[RenderableType]:
    """A row a point: what was set, what came of it, and whether it is worth a look."""
    names = list(dict.fromkeys([*measures, *TRADED]))
    title = f"{sweep.scenario.title} ({sweep.variant}): mean ± 95 % half-width"
    table = Table(title=escape(title), title_justify="left", box=None, header_style="bold")
    for axis in sweep.axes:
        table.add_column(escape(axis.name), justify="right", overflow="fold")
    for name in names:
        table.add_column(escape(HEADS.get(name, name)), justify="right", overflow="fold")
    for head in ("kept", "●", "verdict"):
        table.add_column(head, overflow="fold")
    for point in sweep.points:
        cells = [escape(axis.label(point.changes[axis.path])) for axis in sweep.axes]
        cells += [plus_minus(point.summary.measures[name]) for name in names]
        frontier = "●" if point.on_frontier else ""
        table.add_row(*cells, KEPT_WORDS[point.kept], frontier, point.summary.verdict)
    return [table, LEGEND]


def tornado_table(tornado: Tornado) -> Table:
    """A row a value, that of the largest swing first."""
    start = plus_minus(tornado.baseline.measures[tornado.measure])
    scenario, variant = tornado.baseline.scenario.title, tornado.baseline.variant
    title = f"{scenario} ({variant}): what turns {tornado.measure}, which is {start}"
    table = Table(title=escape(title), title_justify="left", box=None, header_style="bold")
    table.add_column("value", overflow="fold")
    for head in ("from", "to", "change at the low end", "at the high end", "swing", "sign"):
        table.add_column(head, justify="right", overflow="fold")
    unit = of_difference(tornado.reported.unit)
    for bar in tornado.bars:
        ends = (bar.axis.label(bar.axis.values[0]), bar.axis.label(bar.axis.values[-1]))
        cells = (_difference(each, unit) for each in (bar.low, bar.high, bar.swing))
        table.add_row(escape(bar.axis.name), *map(escape, ends), *cells, bar.sign())
    return table


def write_runs(sweep: Sweep, folder: Path) -> None:
    """Write the runs of a sweep as CSV, a row a run."""
    rows = sweep.runs()
    write_csv(folder / "runs.csv", list(rows[0]), (map(_cell, row.values()) for row in rows))


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def plus_minus(estimate: Estimate) -> str:
    """A number with its unit and its uncertainty."""
    return _difference(estimate.interval, estimate.reported.unit)


def _difference(interval: Interval | None, unit: str) -> str:
    if interval is None:
        return "no value"
    if not interval.half_width:
        return human(interval.mean, unit)
    return f"{human(interval.mean, unit)} ± {human(interval.half_width, unit)}"
