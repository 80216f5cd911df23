"""A column of recorded times, and what kind of times they are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, pairwise
from math import inf
from pathlib import Path
from typing import Literal

import numpy as np

from simulator.errors import SimulatorError, shown
from simulator.units import TIME, TIMES
from simulator.workload.recording import (
    TraceError,
    check_file,
    instant_of,
    read_column,
    read_header,
    read_times,
)

Kind = Literal["arrivals", "service"]

FEWEST = 20  # values that something can be fitted to
LOOKED_AT = 1000  # rows that tell instants from lengths of time


@dataclass(frozen=True)
class Column:
    """Recorded times.

    Attributes:
        path: the CSV file.
        name: of the column.
        kind: ``arrivals``: instants, in seconds from the first; ``service``: lengths of time.
        seconds: shape ``(n,)``, in order of the file.
    """

    path: Path
    name: str
    kind: Kind
    seconds: np.ndarray


def read(path: Path, name: str | None, kind: Kind | None, unit: str = "s") -> Column:
    """Read one column.

    Args:
        path: a CSV file with a header.
        name: of the column; may be left out if there is one alone, or one of ISO 8601 times.
        kind: of times; by default instants if they are ISO times or never fall, else lengths.
        unit: of numbers without one.

    Raises:
        SimulatorError: with file, line and column, if there is nothing to be fitted.
    """
    try:
        version = check_file(path)
        name = name or _only_column(path)
        kind = kind or _kind_of(path, name)
        if kind == "arrivals":
            seconds = np.array(read_times(path, name, version))
            if not _is_iso(next(read_column(path, name))[1]):
                seconds *= _factor(unit)
        else:
            seconds = np.array(_lengths(path, name, unit))
    except TraceError as error:
        raise located(path, error.line, name, str(error)) from None
    if seconds.size < FEWEST:
        raise located(path, 1, name, f"found {seconds.size} rows; must be {FEWEST} or more")
    return Column(path, name, kind, seconds)


def located(path: Path, line: int, name: str | None, message: str) -> SimulatorError:
    """An error in the usual form: file, line, column, and where in the file."""
    place = f"{path}:{line}:1 {name}: " if line and name else f"{path}:{line}:1: " if line else ""
    return SimulatorError(place + message)


def unit_in(name: str) -> str | None:
    """The unit that the name of a column speaks of.

    >>> unit_in("latency_ms"), unit_in("op_us_per_call"), unit_in("TIMESTAMP")
    ('ms', 'us', None)
    """
    parts = name.lower().replace(" ", "_").split("_")
    sure = [part for part in parts if part in ("ns", "us", "ms")]
    return sure[0] if sure else parts[-1] if parts[-1] in TIMES else None


def _only_column(path: Path) -> str:
    """The column that is meant if none is named."""
    header = read_header(path)
    if len(header) == 1:
        return header[0]
    instants = [name for name in header if _is_iso(next(read_column(path, name))[1])]
    if len(instants) == 1:
        return instants[0]
    known = f"; known: {', '.join(header)}" if header else ""
    raise TraceError(
        f"found {len(header)} columns; name the one to fit with --column{known}", path, 1
    )


def _kind_of(path: Path, name: str) -> Kind:
    """Instants if they are ISO times, or numbers that never fall; else lengths of time."""
    texts = [text for _, text in islice(read_column(path, name), LOOKED_AT)]
    if _is_iso(texts[0]):
        return "arrivals"
    try:
        values = [float(text) for text in texts]
    except (TypeError, ValueError):
        return "service"  # with units, or wrong: whoever reads them finds out
    rises = all(earlier <= later for earlier, later in pairwise(values))
    return "arrivals" if rises and values[-1] > values[0] else "service"


def _is_iso(text: str) -> bool:
    try:
        return not isinstance(instant_of(text), float)
    except (TypeError, ValueError):
        return False


def _lengths(path: Path, name: str, unit: str) -> list[float]:
    """Lengths of time in seconds: numbers in ``unit``, or texts that say theirs."""
    factor, found = _factor(unit), []
    for line, text in read_column(path, name):
        try:
            seconds = _length(text, factor)
        except (TypeError, ValueError):
            allowed = "must be a number, or a time with its unit such as 80ms"
            raise TraceError(f"found {shown(text)}; {allowed}", path, line) from None
        if not 0 <= seconds < inf:
            raise TraceError(f"found {shown(text)}; must be 0 or more and finite", path, line)
        found.append(seconds)
    return found


def _length(text: str, factor: float) -> float:
    try:
        return float(text) * factor
    except ValueError:
        return float(TIME.read(text))


def _factor(unit: str) -> float:
    times, per = TIMES[unit]
    return times / per
