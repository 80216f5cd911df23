"""Stored runs as Parquet files, for DuckDB, pandas, Spark or whatever else reads them.

``runs.parquet`` has a row a run, ``measures.parquet`` a row for each measure of each run: long
tables, because two systems have few measures in common. What was measured over parts of a run, the
curves and the traces stay in the store.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from simulator.errors import require
from simulator.experiments.catalogue import Catalogue, Entry, StoreError
from simulator.experiments.row_format import unpacked
from simulator.experiments.rows import Row

RUN_COLUMNS = {
    "run": "VARCHAR",
    "scenario": "VARCHAR",
    "variant": "VARCHAR",
    "seed": "BIGINT",
    "replication": "BIGINT",
    "verdict": "VARCHAR",
    "answered_ok": "BIGINT",
    "wall_s": "DOUBLE",
    "engine": "VARCHAR",
    "stored": "VARCHAR",
}
MEASURE_COLUMNS = {
    "run": "VARCHAR",
    "component": "VARCHAR",
    "request_class": "VARCHAR",
    "measure": "VARCHAR",
    "value": "DOUBLE",
}


def check_installed() -> None:
    """Refuse the export if what writes Parquet is not there.

    Raises:
        NotInstalled: says how to get it.
    """
    require("duckdb", "DuckDB", "an export to Parquet", "parquet")


def write_parquet(
    catalogue: Catalogue, entries: Sequence[Entry], folder: Path, warn: Callable[[str], None]
) -> list[str]:
    """Write the numbers of stored runs; return the names of the files.

    A run that is stored more than once, as with curves and without, is written once.

    Args:
        catalogue: where the runs are stored.
        entries: which of them.
        folder: to write to.
        warn: is told of runs that cannot be read.

    Raises:
        NotInstalled: DuckDB is not there.
        StoreError: the files cannot be written.
    """
    check_installed()
    rows = dict(_distinct(_readable(catalogue, entries, warn)))
    tables = {
        "runs.parquet": (RUN_COLUMNS, [_run(each, row) for each, row in rows.items()]),
        "measures.parquet": (
            MEASURE_COLUMNS,
            [line for each, row in rows.items() for line in _measures(each.key, row)],
        ),
    }
    for name, (columns, lines) in tables.items():
        _write(folder / name, columns, lines)
    return list(tables)


def _readable(
    catalogue: Catalogue, entries: Iterable[Entry], warn: Callable[[str], None]
) -> Iterator[tuple[Entry, Row]]:
    left_out = 0
    for each in entries:
        try:
            content = catalogue.find(each.key)
            row = None if content is None else unpacked(content)
        except (StoreError, ValueError, KeyError, TypeError, zlib.error):
            row = None
        if row is None:
            left_out += 1
        else:
            yield each, row
    if left_out:
        warn(f"{left_out} runs were left out: they are damaged, or of another engine's format")


def _distinct(rows: Iterable[tuple[Entry, Row]]) -> Iterator[tuple[Entry, Row]]:
    seen = set()
    for each, row in rows:
        names = (each.scenario, each.variant, each.seed, each.replication, each.engine)
        content = (*names, repr(row.measures))  # as text, since NaN is not equal to itself
        if content not in seen:
            seen.add(content)
            yield each, row


def _run(entry: Entry, row: Row) -> tuple[Any, ...]:
    names = (entry.key, entry.scenario, entry.variant, entry.seed, entry.replication)
    found = (row.verdict, row.samples, row.wall_s)
    return (*names, *found, entry.engine, entry.as_json()["stored"])


def _measures(key: str, row: Row) -> Iterator[tuple[Any, ...]]:
    """The measures of a run: of all requests, of each class, and of each component."""
    for name, value in row.measures.items():
        component, _, measure = name.rpartition(".")
        yield key, component or None, None, measure, _number(value)
    for request_class, measures in row.classes.items():
        for measure, value in measures.items():
            yield key, None, request_class, measure, _number(value)


def _number(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _write(path: Path, columns: dict[str, str], lines: Sequence[tuple[Any, ...]]) -> None:
    import duckdb
    import pandas as pd

    names = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    frame = pd.DataFrame(lines, columns=list(columns))
    with duckdb.connect() as database:
        database.execute(f"create table lines ({names})")
        database.register("frame", frame)
        database.execute("insert into lines select * from frame")
        try:
            database.table("lines").write_parquet(str(path))
        except duckdb.Error as error:
            raise StoreError(f"{path} cannot be written: {error}") from None
