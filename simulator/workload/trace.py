"""Replay of recorded arrivals from a CSV file."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, PrivateAttr

from simulator.kernel.streams import Streams
from simulator.units import Seconds
from simulator.workload.arrivals import OpenArrivals, arrival_processes
from simulator.workload.recording import TraceError, check_file, read_times


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
        self._seconds = read_times(path, self.column, check_file(path))

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
