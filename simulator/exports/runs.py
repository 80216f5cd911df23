"""Stored runs, shown in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from simulator.experiments.catalogue import Entry
from simulator.experiments.identity import engine
from simulator.units import human


def runs_table(entries: Sequence[Entry], now_s: float) -> list[RenderableType]:
    """A line a run, and what they come to.

    Args:
        entries: in the order wanted.
        now_s: the time of day, in seconds since 1970, from which ages count.
    """
    table = Table(box=None, header_style="bold")
    for head in ("scenario", "variant"):
        table.add_column(head, overflow="fold")
    for head in ("seed", "replication", "age", "size"):
        table.add_column(head, justify="right")
    table.add_column("engine")
    for each in entries:
        names = escape(each.scenario), escape(each.variant)
        run = str(each.seed), str(each.replication)
        age, size = human(max(now_s - each.stored_s, 0.0), "s"), human(each.size, "B")
        table.add_row(*names, *run, age, size, "this" if each.engine == engine() else "another")
    total = human(sum(each.size for each in entries), "B")
    return [table, f"{len(entries)} runs, {total}"]
