"""Searches and rankings, shown in the terminal."""

from __future__ import annotations

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from simulator.experiments.axes import Axis
from simulator.experiments.rankings import Place, Ranking
from simulator.experiments.searches import Search, Trial
from simulator.exports.sweeps import HEADS, KEPT_WORDS, plus_minus
from simulator.units import human, of_difference

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


def ranking_tables(found: Ranking) -> list[RenderableType]:
    """The best variant first, and what the order rests on."""
    table = Table(box=None, header_style="bold")
    for head in ("", "variant"):
        table.add_column(head, overflow="fold")
    first = _first(found)
    for head in (HEADS.get(found.measure, found.measure), f"less {first}", "runs", "dropped after"):
        table.add_column(escape(head), justify="right", overflow="fold")
    for place, each in enumerate(found.places, start=1):
        n = each.estimate.interval.n if each.estimate.interval else 0
        dropped = "" if each.dropped_after is None else f"{each.dropped_after} runs"
        cells = (plus_minus(each.estimate), _from_first(each, found), str(n), dropped)
        table.add_row(str(place), escape(each.variant), *cells)
    return [table, _promise(found)]


def _from_first(place: Place, found: Ranking) -> str:
    interval, unit = place.from_first, of_difference(found.reported.unit)
    if interval is None:
        return ""
    half_width = interval.half_width or 0.0
    text = f"{human(interval.mean, unit)} ± {human(half_width, unit)}"
    return text if interval.excludes_zero else f"[dim]{text}"


def _promise(found: Ranking) -> str:
    worth = human(found.worth, of_difference(found.reported.unit))
    if not found.complete:
        return f"Not decided: more runs would tell, unless the best are within {worth}."
    return (
        f"[green]{escape(found.places[0].variant)}[/] is the best with 95 % confidence, or within "
        f"{worth} of it. Differences from {escape(_first(found))} hold with 95 % all at once."
    )


def _first(found: Ranking) -> str:
    return next(each.variant for each in found.places if each.from_first is None)
