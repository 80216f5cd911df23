"""Sensitivities, shown in the terminal."""

from __future__ import annotations

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from simulator.experiments.sensitivities import Sensitivity
from simulator.stats.sobol import Index
from simulator.units import human

LEGEND = (
    "alone: the part of the variance that would go away if one knew the value (first order) · "
    "in all: the part that would stay if one knew all the others (total)"
)


def sensitivity_tables(found: Sensitivity) -> list[RenderableType]:
    """A row a value, that of the largest part first, and how much is luck."""
    title = (
        f"{found.scenario.title} ({found.variant}): "
        f"what the variance of {found.measure} over these ranges is owed to"
    )
    table = Table(title=escape(title), title_justify="left", box=None, header_style="bold")
    table.add_column("value", overflow="fold")
    for head in ("from", "to", "alone", "95 %", "in all", "95 %"):
        table.add_column(head, justify="right", overflow="fold")
    for each in found.shares:
        ends = each.axis.span or (each.axis.values[0], each.axis.values[-1])
        labels = (escape(each.axis.label(end)) for end in ends)
        table.add_row(escape(each.axis.name), *labels, *_cells(each.first), *_cells(each.total))
    words = [LEGEND] if found.shares else []
    return [table, *words, *sensitivity_words(found)]


def sensitivity_words(found: Sensitivity) -> list[str]:
    """What there is to say beside the numbers, a sentence each."""
    words = []
    if not found.shares:
        words.append(
            f"These values move {found.measure} by too little to tell it from luck: there is no "
            "variance to divide up. More rows or longer runs may find some."
        )
    if found.indices.luck is not None:
        luck = human(found.indices.luck, "ratio")
        words.append(f"Of the variance of single runs {luck} is luck, which no value explains.")
    if found.left_out:
        whole = found.indices.rows + found.left_out
        words.append(f"{found.left_out} of {whole} rows had a run without a value: left out.")
    return words


def _cells(index: Index) -> tuple[str, str]:
    share, low, high = (round(100 * each) for each in (index.share, index.low, index.high))
    return f"{share} %", f"{low} to {high} %"
