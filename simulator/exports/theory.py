"""Closed forms beside simulated values, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from simulator.experiments.summary import Summary
from simulator.experiments.theory import Beside, telling
from simulator.units import human

WHOLE = "the system"
LIGHT_STYLES = {"assumptions hold": "green", "nearly": "yellow", "broken": "red"}


def theory_tables(summary: Summary) -> list[RenderableType]:
    """What theory says of each component beside what was simulated, and how far it holds."""
    found = telling(summary.theory())
    if not found:
        return []
    table = Table(title="theory beside it", title_justify="left", box=None, header_style="bold")
    for head in ("component", "formula", "measure"):
        table.add_column(head, overflow="fold")
    for head in ("expected", "simulated"):
        table.add_column(head, justify="right", overflow="fold")
    table.add_column("light", no_wrap=True)
    for each in found:
        formula = each.formula
        names = (formula.component or WHOLE, formula.name, formula.measure)
        expected = _with_margin(formula.expected, formula.margin or None, formula.unit)
        light = f"[{LIGHT_STYLES[each.light]}]{each.light}"
        table.add_row(*map(escape, names), expected, _simulated(each), light)
    return [table, *_why(found)]


def _simulated(each: Beside) -> str:
    if each.interval is None:
        return "no value"
    return _with_margin(each.interval.mean, each.interval.half_width, each.formula.unit)


def _with_margin(value: float | None, margin: float | None, unit: str) -> str:
    if value is None:
        return "none"
    if margin is None:
        return human(value, unit)
    return f"{human(value, unit)} ± {human(float(f'{margin:.2g}'), unit)}"


def _why(found: Sequence[Beside]) -> list[str]:
    """A line for each component and light that is not green, with all reasons once."""
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for each in found:
        if each.reasons:
            key = (each.formula.component or WHOLE, each.light)
            reasons.setdefault(key, {}).update(dict.fromkeys(each.reasons))
    return [
        f"[dim]{escape(component)} {light}: {escape('; '.join(words))}[/dim]"
        for (component, light), words in reasons.items()
    ]
