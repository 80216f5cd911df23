"""The store of runs: a run that was made before is not made again.

A row is stored as soon as its run is finished, and found again by everything that it depends on
(``identity``). So a command that is repeated, or was interrupted, makes the missing runs only; its
result is the same. Runs that were stopped before their end are not stored.

The store never stands in the way of a command. What cannot be read is made again, what cannot be
written is handed on, and either is told in a line.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from simulator.experiments.catalogue import Catalogue, Entry, StoreError, now_s
from simulator.experiments.identity import engine, identity
from simulator.experiments.row_format import packed, unpacked
from simulator.experiments.rows import Row, Task

VARIABLE = "SIMULATOR_STORE"
"""Name of the environment variable with the folder of the store."""

Warn = Callable[[str], None]


@contextmanager
def stored_in(folder: Path | None, warn: Warn) -> Iterator[Store | None]:
    """The store in a folder; None if none is named, or if it cannot be used, which is told."""
    if folder is None:
        yield None
        return
    try:
        catalogue = Catalogue(folder)
    except StoreError as error:
        warn(f"{error}; runs are not stored")
        yield None
        return
    if not catalogue.is_writable:
        warn(f"{catalogue.path} cannot be written; its runs are used, but none is added")
    try:
        yield Store(catalogue, warn)
    finally:
        catalogue.close()


class Store:
    """Rows by what they depend on.

    Args:
        catalogue: where they lie.
        warn: is told what goes wrong, in a sentence.
    """

    def __init__(self, catalogue: Catalogue, warn: Warn) -> None:
        self._catalogue = catalogue
        self._warn = warn
        self._writes = catalogue.is_writable

    def find(self, task: Task, with_curves: bool) -> Row | None:
        """The row of a task, if it is there."""
        key = _key(task, with_curves)
        try:
            content = self._catalogue.find(key)
            row = None if content is None else unpacked(content)
        except StoreError as error:
            self._warn(f"{error}; the run is made again")
            return None
        except (ValueError, KeyError, TypeError, zlib.error):
            self._warn(f"{self._catalogue.path}: the stored run {key} is no row; it is made again")
            return None
        return None if row is None else replace(row, variant=task.variant)

    def add(self, task: Task, with_curves: bool, row: Row) -> None:
        """Store a finished row. After a first failure no more are tried.

        One with traces is stored without them, too, for those who need none.
        """
        if row.stopped_s is not None:
            return
        if task.examples:
            self.add(replace(task, examples=0), with_curves, replace(row, traces=None))
        if not self._writes:
            return
        entry = Entry(
            key=_key(task, with_curves),
            scenario=task.scenario.scenario,
            variant=task.variant,
            seed=row.seed,
            replication=row.replication,
            engine=engine(),
            stored_s=now_s(),
        )
        try:
            self._catalogue.add(entry, packed(row))
        except StoreError as error:
            self._writes = False
            self._warn(f"{error}; further runs are not stored")


def _key(task: Task, with_curves: bool) -> str:
    cohorts = [asdict(each) for each in task.cohorts]
    traced = [task.examples, cohorts] if task.examples else []
    return identity(task.scenario, task.replication, with_curves, traced)
