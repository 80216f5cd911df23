"""Several open processes at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field

from simulator.errors import unknown_name
from simulator.kernel import RequestClass, Simulation
from simulator.kernel.streams import Streams, flatten
from simulator.workload.arrivals import ArrivalProcess, OpenArrivals, arrival_processes
from simulator.workload.merging import merged
from simulator.workload.trace import TraceError


def _is_open(process: ArrivalProcess) -> ArrivalProcess:
    if not isinstance(process, OpenArrivals):
        raise ValueError(f"{process.kind} waits for answers; must be a process that does not")
    if isinstance(process, Sum) and process.classes:
        raise ValueError("must not itself send classes of its own")
    return process


OpenProcess = Annotated[OpenArrivals, arrival_processes, AfterValidator(_is_open)]
"""A field that takes any process whose requests do not depend on answers."""


@arrival_processes.register
class Sum(OpenArrivals):
    """Everything that several open processes send, each of them independent of the others.

    A process that is named under ``classes`` sends that class, which then comes from nowhere else;
    the others send the remaining classes, by their shares.
    """

    kind: Literal["sum"] = "sum"
    of: dict[str, OpenProcess] = Field(min_length=1, description="the processes, by name")
    classes: dict[str, str] = Field(
        {}, description="the request class that a process sends, by the name of the process"
    )

    def instants(self, streams: Streams) -> Iterator[float]:
        return flatten(instants for instants, _ in self._merged(streams))

    def _merged(self, streams: Streams) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        parts = [
            each.instants(streams.of_part(f"workload.{name}")) for name, each in self.of.items()
        ]
        return merged(parts)

    def mean_rate(self, until_s: float) -> float:
        return sum(self._rates(until_s))

    def _rates(self, until_s: float) -> list[float]:
        return [each.mean_rate(until_s) or 0.0 for each in self.of.values()]

    # -- classes -------------------------------------------------------------------------------

    def complaints(self, classes: Collection[str]) -> Iterator[tuple[tuple[str, ...], str]]:
        for name, each in self.classes.items():
            if name not in self.of:
                yield ("classes", name), unknown_name("process", name, self.of)
            if each not in classes:
                yield ("classes", name), unknown_name("request class", each, classes)
        others = [name for name in self.of if name not in self.classes]
        if others and not set(classes) - set(self.classes.values()):
            text = f"no class is left for {', '.join(others)}; name one for each process, or none"
            yield ("classes",), text

    def settle_classes(self, sim: Simulation) -> None:
        if self.classes:
            shares = self._shares_of_each(sim.needs.classes)
            sim.needs.choose_by_source(
                shares, lambda: flatten(owner for _, owner in self._merged(sim.streams))
            )

    def shares(self, classes: Sequence[RequestClass], until_s: float) -> list[float]:
        rates = np.array(self._rates(until_s))
        if not rates.any():
            return super().shares(classes, until_s)
        of_each = np.array(self._shares_of_each(classes))
        return list(rates @ (of_each / of_each.sum(axis=1, keepdims=True)))

    def _shares_of_each(self, classes: Sequence[RequestClass]) -> list[list[float]]:
        """For each process the shares of all classes."""
        taken = set(self.classes.values())
        found = []
        for name in self.of:
            own = self.classes.get(name)
            found.append(
                [
                    each.share if (each.name == own if own else each.name not in taken) else 0.0
                    for each in classes
                ]
            )
        return found

    # -- processes that end, or read files -----------------------------------------------------

    def is_finite(self) -> bool:
        return all(each.is_finite() for each in self.of.values())

    def last_s(self) -> float | None:
        ends = [each.last_s() for each in self.of.values()]
        known = [end_s for end_s in ends if end_s is not None]
        return max(known) if len(known) == len(ends) else None

    def read_files(self, folder: Path | None) -> None:
        for name, each in self.of.items():
            try:
                each.read_files(folder)
            except TraceError as error:
                error.within("of", name)
                raise

    def file_digest(self) -> str:
        return "".join(each.file_digest() for each in self.of.values())
