"""Stability maps, shown in the terminal."""

from __future__ import annotations

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from simulator.experiments.stability_maps import Cell, StabilityMap
from simulator.units import human

STYLES = ((0.25, "green"), (0.75, "yellow"), (1.0, "red"))
"""Up to which share of runs that are down a cell has which color."""


def stability_table(found: StabilityMap) -> list[RenderableType]:
    """Runs that are still down, of how many; the first axis to the right, the second down."""
    first, *rest = found.axes
    look = found.look
    title = (
        f"{found.scenario.title} ({found.variant}): runs that are still down "
        f"{human(look.after_s, 's')} after the trouble"
    )
    table = Table(title=escape(title), title_justify="left", box=None, header_style="bold")
    columns = list(dict.fromkeys(first.label(each.changes[first.path]) for each in found.cells))
    table.add_column(" ".join(escape(each.name) for each in rest), justify="right")
    for column in columns:
        table.add_column(escape(column), justify="right")
    lines: dict[str, dict[str, Cell]] = {}
    for cell in found.cells:
        line = " ".join(each.label(cell.changes[each.path]) for each in rest)
        lines.setdefault(line, {})[first.label(cell.changes[first.path])] = cell
    for line, cells in lines.items():
        table.add_row(escape(line), *(_cell(cells.get(column)) for column in columns))
    down = f"down: less than {human(look.below, 'ratio')} of the requests are answered ok "
    return [table, f"across: {first.path}", down + f"for {human(look.for_s, 's')}"]


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return ""
    down, n = cell.down.share, cell.down.n
    color = next(color for most, color in STYLES if down <= most)
    return f"[{color}]{round(down * n)} of {n}"
