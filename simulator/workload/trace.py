"""Replay of recorded arrivals from a CSV file."""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from simulator.errors import Problem, SimulatorError, did_you_mean, shown
from simulator.kernel.streams import Streams
from simulator.units import Seconds
from simulator.workload.arrivals import OpenArrivals, arrival_processes

LARGEST_BYTES = 200_000_000


class TraceError(SimulatorError):
    """A trace cannot be replayed.

    Attributes:
        path: the trace file.
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


@arrival_processes.register
class Trace(OpenArrivals):
    """Arrivals as recorded: one request a row, at the instant in one column.

    The column holds either seconds or ISO 8601 times. Instants count from the first row, which
    arrives at ``starts_at``; rows must be in order of time.
    """

    kind: Literal["trace"] = "trace"
    path: str = Field(min_length=1, description="CSV file, relative to the scenario's folder")
    column: str = Field(min_length=1, description="name of the column with the arrival time")
    starts_at: Seconds = Field(0.0, description="when the first row arrives")
    speed: float = Field(1.0, gt=0, description="how many times faster than recorded")

    # Read when the scenario is loaded, and carried along: a worker never opens the file.
    _seconds: tuple[float, ...] = PrivateAttr(())

    def read_files(self, folder: Path | None) -> None:
        path = Path(self.path)
        if folder is None:
            raise TraceError("an uploaded scenario may name no other file", path)
        path = folder / path
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
        self._seconds = read_times(path, self.column, stamp.st_mtime_ns)

    def is_finite(self) -> bool:
        return True

    def file_digest(self) -> str:
        return sha256(np.array(self._seconds).tobytes()).hexdigest()

    def _recorded_s(self) -> tuple[float, ...]:
        """Seconds from the first row to each row; of a scenario made in Python, read now."""
        if not self._seconds:
            self.read_files(Path())
        return self._seconds

    def instants(self, streams: Streams) -> Iterator[float]:
        return (self.starts_at + each / self.speed for each in self._recorded_s())

    def last_s(self) -> float:
        return self.starts_at + self._recorded_s()[-1] / self.speed

    def mean_rate(self, until_s: float) -> float:
        return bisect_left(self._recorded_s(), (until_s - self.starts_at) * self.speed) / until_s


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
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return tuple(_seconds(csv.DictReader(file), path, column))
    except OSError as error:
        raise TraceError(f"{str(path)!r} cannot be read: {error.strerror}", path) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise TraceError(f"{str(path)!r} is not CSV in UTF-8: {error}", path) from None


def _seconds(rows: csv.DictReader[str], path: Path, column: str) -> Iterator[float]:
    header = rows.fieldnames or []
    if column not in header:
        known = f"known: {', '.join(header)}{did_you_mean(column, header)}"
        raise TraceError(f"found no column {column!r}; {known}", path, 1)
    first: float | datetime | None = None
    last_s = 0.0
    for row in rows:
        text = row[column]
        try:
            instant = _instant(text)
            first = instant if first is None else first
            seconds = _difference(instant, first)
        except (ValueError, TypeError):
            allowed = "must be seconds or an ISO 8601 time, as in the first row"
            raise TraceError(f"found {shown(text)}; {allowed}", path, rows.line_num) from None
        if seconds < last_s:
            message = f"found {shown(text)}, earlier than the row before; must be in order of time"
            raise TraceError(message, path, rows.line_num)
        yield seconds
        last_s = seconds
    if first is None:
        raise TraceError("found no row beneath the header", path, 1)


def _instant(text: str) -> float | datetime:
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
