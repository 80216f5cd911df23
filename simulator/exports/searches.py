"""Searches, shown in the terminal."""

from __future__ import annotations

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from simulator.experiments.axes import Axis
from simulator.experiments.search import Search, Trial
from simulator.exports.sweeps import HEADS, KEPT_WORDS, plus_minus

SHOWN = 10


def search_tables(found: Search, axes: list[Axis]) -> list[RenderableType]:
    """The winner as it did with fresh random numbers, the best of what was tried, and how sure."""
    scenario = found.base.scenario
    measures = list(dict.fromkeys([found.by, *(each.measure for each in scenario.slo)]))
    title = escape(f"{scenario.title} ({found.base.variant}): best by {found.by}")
    table = Table(title=title, title_justify="left", box=None, header_style="bold")
    table.add_column("")
    for axis in axes:
        table.add_column(escape(axis.name), justify="right", overflow="fold")
    for name in measures:
        table.add_column(escape(HEADS.get(name, name)), justify="right", overflow="fold")
    table.add_column("kept")
    if found.winner is not None:
        table.add_row("[green]winner", *_cells(found.winner, axes, measures))
        table.add_section()
    for place, trial in enumerate(found.best()[:SHOWN], start=1):
        table.add_row(str(place), *_cells(trial, axes, measures))
    return [table, found.words()]


def _cells(trial: Trial, axes: list[Axis], measures: list[str]) -> list[str]:
    cells = [escape(axis.label(trial.changes[axis.path])) for axis in axes]
    cells += [plus_minus(trial.summary.measures[name]) for name in measures]
    return [*cells, KEPT_WORDS[trial.kept]]
