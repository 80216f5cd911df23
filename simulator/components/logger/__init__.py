"""Logger: every call leaves records, which somebody has to write.

It stands where the records are made. Before a service it is the access log of a proxy, which writes
when an answer comes back. Behind a server that is ``blocking`` it is the log of that server's own
threads: without ``next`` it writes and answers, and the worker waits until it does.

A ``sync`` logger keeps its caller until the records are written; whoever comes meanwhile waits in
turn, as threads wait for the lock of one file. An ``async`` one puts them into a ``buffer`` and
lets the call go on. When the buffer is full, ``when_full`` says who suffers: callers wait until
there is room (``block``, backpressure), or records are lost, those that come (``drop_newest``) or
those that have waited longest (``drop_oldest``).

What writes (a disk, an agent, a collector far away) takes ``rate`` in the long run. With ``burst``
it takes ``peak_rate`` for as long as it has credit, which grows at ``rate`` as that of a disk in
the cloud does. ``write_time`` comes on top of each write (a flush, a round trip); an async logger
may write the records of several calls at once (``flush_size``). Records below ``level`` are not
made, and with ``keep`` only a part of the calls leaves any. Which calls those are follows from the
number of the request, so that variants, and others who sample by number, keep the same ones.

A crash loses what is in the buffer and what comes, and holds up nobody: loggers swallow the errors
of what they write to. One that hangs is a stop: nothing is written, and sync callers wait.

Left out: work of the service for making a record (add it to its service time); several writers, and
a buffer for each replica; losses on the way; records that are written before the answer is known.

Source: Apache Log4j 2 manual, "Asynchronous loggers" (a full queue blocks or discards); Docker,
"Configure logging drivers" (``mode: non-blocking``, ``max-buffer-size``); for credit, Amazon EBS
User Guide, volume type st1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

from pydantic import Field

from simulator.components.logger.writing import Logger
from simulator.distributions.byte_sizes import ConstantBytes, Size
from simulator.kernel import ComponentSpec, Ref, Simulation, components
from simulator.units import BitsPerSecond, Bytes, Dollars, PositiveBytes, Ratio, Seconds

__all__ = ["Logger", "LoggerSpec"]

Level = Literal["debug", "info", "warning", "error"]
LEVELS: Final = ("debug", "info", "warning", "error")

GB: Final = 1e9
MONTH_S: Final = 30 * 86400.0


@components.register
class LoggerSpec(ComponentSpec):
    """Writes records of each call, and may keep the call until they are written."""

    kind: Literal["logger"] = "logger"
    next: Ref | None = Field(
        None, description="whose answers it logs; if not given it writes and answers"
    )
    records: dict[Level, int] = Field(
        {"info": 1}, description="records that each call makes, by level"
    )
    records_of_failures: dict[Level, int] = Field(
        {"error": 1}, description="records beside these of a call that is not answered ok"
    )
    record_size: Size = Field(
        ConstantBytes(value=500.0), description="bytes of a record; all of a call are alike"
    )
    level: Level = Field("info", description="lowest level that is written")
    keep: Ratio = Field(1.0, description="part of the calls answered ok that leave records")
    keep_failures: Ratio = Field(1.0, description="part of the other calls that leave records")
    mode: Literal["sync", "async"] = Field(
        "sync", description="whether a call waits until its records are written, or buffered"
    )
    rate: BitsPerSecond = Field(description="what can be written in the long run, such as 40MB/s")
    peak_rate: BitsPerSecond | None = Field(
        None, description="what can be written while there is credit; goes with burst"
    )
    burst: Bytes = Field(0.0, description="most credit; it is full at first, and grows at rate")
    write_time: Seconds = Field(0.0, description="time that each write takes beside its bytes")
    flush_size: Bytes = Field(
        0.0, description="most bytes in one write, if async; if 0 each call is a write of its own"
    )
    buffer: PositiveBytes = Field(
        1_000_000.0, description="room of an async logger (Docker: 1 MB, max-buffer-size)"
    )
    when_full: Literal["block", "drop_newest", "drop_oldest"] = Field(
        "block", description="what a call does that finds no room in the buffer"
    )
    price_per_gb: Dollars = Field(0.0, description="dollars for each GB that is taken in")
    price_per_gb_month: Dollars = Field(
        0.0, description="dollars for keeping a GB for 30 days; paid when it comes, for `retention`"
    )
    retention: Seconds = Field(30 * 86400.0, description="how long records are kept")

    suffers = frozenset({"crash", "slowdown", "breakdowns"})

    def contradictions(self) -> Iterator[str]:
        if (self.peak_rate is None) != (self.burst == 0):
            yield "peak_rate and burst go together: how fast, and for how many bytes"
        if self.peak_rate is not None and self.peak_rate <= self.rate:
            yield f"peak_rate must be more than rate ({self.rate / 8e6:g} MB/s)"
        if self.flush_size and self.mode == "sync":
            yield "flush_size needs mode: async; a sync call waits for a write of its own"
        for name in ("records", "records_of_failures"):
            for each, number in getattr(self, name).items():
                if number < 0:
                    yield f"{name}.{each} is {number}; must be 0 or more"

    def onward(self) -> dict[str, float]:
        return {self.next: 1.0} if self.next else {}

    def freed(self) -> dict[str, Any]:
        return {"mode": "async", "when_full": "drop_newest"}

    def made(self, records: dict[Level, int]) -> int:
        """How many of some records are of a level that is written."""
        least = LEVELS.index(self.level)
        return sum(number for each, number in records.items() if LEVELS.index(each) >= least)

    def price_per_byte(self) -> float:
        """Dollars for a byte that is written, all that it will cost until it is deleted."""
        months = self.retention / MONTH_S
        return (self.price_per_gb + months * self.price_per_gb_month) / GB

    def build(self, name: str, sim: Simulation) -> Logger:
        return Logger(name, sim, self)
