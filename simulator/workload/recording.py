"""Columns of recorded times in CSV files: read exactly, or refused with the line that is wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from simulator.errors import Problem, SimulatorError, did_you_mean, shown

LARGEST_BYTES = 200_000_000


class TraceError(SimulatorError):
    """A recording cannot be read.

    Attributes:
        path: the file.
        line: of it, from 1; 0 if the trouble is with the file as a whole.
        place: where the scenario names the file.
    """

    def __init__(
        self,
        message: str,
        path: Path,
        line: int = 0,
        place: tuple[str, ...] = ("workload", "arrivals", "path"),
    ) -> None:
        super().__init__(message)
        self.path = path
        self.line = line
        self.place = place

    def within(self, *steps: str) -> None:
        """Note that the trace is a part of the workload's arrivals, so many steps down."""
        self.place = (*self.place[:2], *steps, *self.place[2:])

    def problem(self) -> Problem | None:
        """Where the trace is wrong; None if the trouble is with the file as a whole."""
        if not self.line:
            return None
        return Problem(str(self.path), self.line, 1, ".".join(self.place[:-1]), str(self))

    def __reduce__(self) -> Any:  # an exception is pickled as its text alone
        return type(self), (str(self), self.path, self.line, self.place)


def check_file(path: Path) -> int:
    """Make sure that a file can be read; return what changes when its content does.

    Raises:
        TraceError: there is none, or it is too large.
    """
    try:
        stamp = path.stat()
        is_file = path.is_file()  # and not, say, a device that never ends
    except (OSError, ValueError):  # ValueError: text that can be no path
        is_file = False
    if not is_file:
        raise TraceError(f"found no file {str(path)!r}", path)
    if stamp.st_size > LARGEST_BYTES:
        size = f"{stamp.st_size:,} bytes; must be at most {LARGEST_BYTES:,}"
        raise TraceError(f"{str(path)!r} has {size}", path)
    return stamp.st_mtime_ns


def read_header(path: Path) -> list[str]:
    """The names of the columns; raises ``TraceError`` as :func:`read_column`."""
    with _opened(path) as rows:
        return [*(rows.fieldnames or [])]


def read_column(path: Path, column: str) -> Iterator[tuple[int, str]]:
    """Line and text of each row in one column of a CSV file with a header.

    Raises:
        TraceError: the file cannot be read, is not CSV in UTF-8, or has no such column or no row.
    """
    with _opened(path) as rows:
        header = rows.fieldnames or []
        if column not in header:
            known = f"known: {', '.join(header)}{did_you_mean(column, header)}"
            raise TraceError(f"found no column {column!r}; {known}", path, 1)
        line = 0
        for row in rows:
            line = rows.line_num
            yield line, row[column]
        if not line:
            raise TraceError("found no row beneath the header", path, 1)


@contextmanager
def _opened(path: Path) -> Iterator[csv.DictReader[str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield csv.DictReader(file)
    except OSError as error:
        raise TraceError(f"{str(path)!r} cannot be read: {error.strerror}", path) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise TraceError(f"{str(path)!r} is not CSV in UTF-8: {error}", path) from None


@lru_cache(maxsize=8)
def read_times(path: Path, column: str, version: int = 0) -> tuple[float, ...]:
    """Seconds from the first row to each row of a column of times.

    Args:
        path: a CSV file with a header.
        column: its name in the header.
        version: of the file's content, so that a file that has changed is read again.

    Raises:
        TraceError: a row that is no time or earlier than the one before, with its line.
    """
    return tuple(_seconds(path, column))


def _seconds(path: Path, column: str) -> Iterator[float]:
    first: float | datetime | None = None
    last_s = 0.0
    for line, text in read_column(path, column):
        try:
            instant = instant_of(text)
            first = instant if first is None else first
            seconds = _difference(instant, first)
        except (ValueError, TypeError):
            allowed = "must be seconds or an ISO 8601 time, as in the first row"
            raise TraceError(f"found {shown(text)}; {allowed}", path, line) from None
        if seconds < last_s:
            message = f"found {shown(text)}, earlier than the row before; must be in order of time"
            raise TraceError(message, path, line)
        yield seconds
        last_s = seconds


def instant_of(text: str) -> float | datetime:
    """Seconds, or an ISO 8601 time; raises ``ValueError`` or ``TypeError`` if it is neither."""
    try:
        seconds = float(text)
    except ValueError:
        return datetime.fromisoformat(text)
    if not np.isfinite(seconds):
        raise ValueError("not finite")
    return seconds


def _difference(later: Any, earlier: Any) -> float:
    difference = later - earlier
    return difference if isinstance(difference, float) else difference.total_seconds()
