"""Spans: what some requests of a run went through, step by step.

A request is a tree. Its root is the request itself, as its user saw it. Below it stand the visits:
the time that one call spent at one component, answered there or handed on. A visit that goes on
while another component works for it (behind a balancer, for a client's try) has that one's visit
below it. The leaves say what went on at a component: a wait, service, a lookup, a pause.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from simulator.results.measures import OUTCOMES

if TYPE_CHECKING:
    import pandas as pd

SPAN_OUTCOMES = (*OUTCOMES, "canceled")

STEPS = ("request", "visit", "wait", "service", "network", "lookup", "pause", "hold")
"""What a span is. The last six are leaves, in which time passes:

``wait`` until a worker, a load under way or the like is there; ``service`` by a worker; ``network``
on the way; ``lookup`` in a cache; ``pause`` of a client between two tries; ``hold`` of any other
kind.
"""
REQUEST, VISIT, WAIT, SERVICE = range(4)


class Row(NamedTuple):
    """One span, its fields as the columns of ``Spans``."""

    request: int
    span: int
    parent: int
    component: int
    step: int
    start_s: float
    end_s: float
    active_s: float
    outcome: int
    attempt: int
    given_up_s: float


@dataclass(frozen=True, slots=True)
class Spans:
    """A row a span; all columns are read-only and have shape ``(spans,)``.

    A span comes after the one that it lies in, and those of a request stand together.

    Attributes:
        names: of the components, the user's among them.
        request: number of the request, in order of arrival from 0.
        span: number of the span in this run, from 1.
        parent: the span in which it lies; 0 for a request.
        component: index into ``names``.
        step: index into ``STEPS``.
        start_s, end_s: instants, in seconds of simulated time; what is still going on when the run
            stops ends there.
        active_s: seconds of work done for the request in a leaf: as long as it lasts, 0 for a wait,
            its share where workers are shared; 0 for requests and visits.
        outcome: index into ``SPAN_OUTCOMES``; a visit that was handed on is ok.
        attempt: which try of the nearest client it belongs to, from 1.
        given_up_s: since when nobody waited for it any more, NaN if somebody did to the end.
    """

    names: Sequence[str]
    request: np.ndarray
    span: np.ndarray
    parent: np.ndarray
    component: np.ndarray
    step: np.ndarray
    start_s: np.ndarray
    end_s: np.ndarray
    active_s: np.ndarray
    outcome: np.ndarray
    attempt: np.ndarray
    given_up_s: np.ndarray

    def __len__(self) -> int:
        return len(self.span)

    @classmethod
    def of(cls, names: Sequence[str], rows: Sequence[Row]) -> Self:
        """Make the table from its rows."""
        columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
        pairs = zip(columns, COLUMNS.values(), strict=True)
        arrays = [np.array(column, dtype) for column, dtype in pairs]
        for array in arrays:
            array.flags.writeable = False
        return cls(tuple(names), *arrays)

    @classmethod
    def of_records(cls, records: Sequence[Mapping[str, Any]]) -> Self:
        """Make the table from what ``records`` gave."""
        names = list(dict.fromkeys(each["component"] for each in records))
        rows = [
            Row(
                **dict(each)
                | {
                    "component": names.index(each["component"]),
                    "step": STEPS.index(each["step"]),
                    "outcome": SPAN_OUTCOMES.index(each["outcome"]),
                    "given_up_s": nan if each["given_up_s"] is None else each["given_up_s"],
                }
            )
            for each in records
        ]
        return cls.of(names, rows)

    def numbers(self) -> list[int]:
        """The requests that were traced, in order."""
        return np.unique(self.request).tolist()

    def rows(self, chosen: slice | np.ndarray) -> Spans:
        """Some of the rows."""
        return Spans(self.names, *(getattr(self, name)[chosen] for name in COLUMNS))

    def only(self, numbers: Sequence[int]) -> Spans:
        """The spans of some requests."""
        return self.rows(np.isin(self.request, numbers))

    def longest(self, most: int) -> Spans:
        """So many of the spans of one request, those waited for the longest, in their order.

        What a span lies in is among them, since it was waited for at least as long.
        """
        if len(self) <= most:
            return self
        awaited_s = np.fmin(self.end_s, self.given_up_s) - self.start_s
        return self.rows(np.sort(np.argsort(-awaited_s, kind="stable")[:most]))

    def each(self) -> Iterator[tuple[int, Spans]]:
        """Request by request: its number and its spans."""
        changes = np.flatnonzero(np.diff(self.request)) + 1
        for place in np.split(np.arange(len(self)), changes):
            if place.size:
                yield int(self.request[place[0]]), self.rows(slice(place[0], place[-1] + 1))

    def records(self) -> Iterator[dict[str, Any]]:
        """Row by row, with components, steps and outcomes by name; what there is not is None."""
        values = zip(*(getattr(self, name).tolist() for name in COLUMNS), strict=True)
        for row in map(Row._make, values):
            yield row._asdict() | {
                "component": self.names[row.component],
                "step": STEPS[row.step],
                "outcome": SPAN_OUTCOMES[row.outcome],
                "given_up_s": None if isnan(row.given_up_s) else row.given_up_s,
            }

    def frame(self) -> pd.DataFrame:
        """The spans as a table, with components, steps and outcomes by name."""
        import pandas as pd

        columns = {name: getattr(self, name) for name in COLUMNS}
        columns["component"] = pd.Categorical.from_codes(self.component, list(self.names))
        columns["step"] = pd.Categorical.from_codes(self.step, list(STEPS))
        columns["outcome"] = pd.Categorical.from_codes(self.outcome, list(SPAN_OUTCOMES))
        return pd.DataFrame(columns)


_SHORT = {"component": np.int32, "step": np.uint8, "outcome": np.uint8, "attempt": np.uint16}
COLUMNS: dict[str, Any] = {
    name: _SHORT.get(name, float if name.endswith("_s") else np.int64) for name in Row._fields
}
