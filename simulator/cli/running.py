"""Making the runs that a command needs, with a progress bar, and saying what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import typer

from simulator.cli.options import FAILS, INTERRUPTED, print_json, say

if TYPE_CHECKING:
    from rich.console import RenderableType

    from simulator.experiments.making import Making

Write = Callable[[Path], Sequence[str]]
"""Writes files to a folder, and returns their names."""


class Found(Protocol):
    """What an experiment came to."""

    def as_json(self) -> dict[str, Any]: ...


@contextmanager
def making(workers: int | None, cluster: str | None, store: Path | None) -> Iterator[Making]:
    """How the runs of a command are made: with a progress bar and notes on stderr.

    Ctrl-C before there is anything to show ends the command.
    """
    from simulator.tables import progress

    with progress("runs") as tell:
        try:
            yield {
                "workers": workers,
                "cluster": cluster,
                "store": store,
                "tell": tell,
                "warn": lambda text: say(f"warning: {text}"),
                "note": say,
            }
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None


def deliver(
    found: Found,
    as_json: bool,
    out: Path | None,
    tables: Callable[[], Sequence[RenderableType]],
    write: Write | None = None,
) -> None:
    """Print what an experiment came to, and write it to a folder if one is given.

    Args:
        found: the result; its document is written as ``result.json``.
        as_json: whether to print the document in place of the tables.
        out: the folder.
        tables: what to print.
        write: writes what there is beside the document.
    """
    from simulator.exports.files import write_json
    from simulator.tables import show

    if out is not None:
        write_json(found.as_json(), out / "result.json")
        names = ["result.json", *(write(out) if write else ())]
        say(f"wrote {_listed(names)} to {out}")
    if as_json:
        print_json(found.as_json())
    else:
        show(*tables())


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def leave(interrupted: bool, fails: bool = False) -> None:
    """Exit as the contract says, if there is anything to say."""
    if interrupted:
        raise typer.Exit(INTERRUPTED)
    if fails:
        raise typer.Exit(FAILS)
