"""The latency ledger: where the time of a request went, to the last microsecond.

The time from arrival to outcome is cut into pieces that follow one another, each with a cause and a
component, so that the pieces add up to the latency. Where a request had several things done at once
the one that was finished last counts, from its end backwards (the critical path); what nobody
waited for any more does not count. Where workers are shared, the part of the time that sharing took
is waiting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from simulator.results.spans import REQUEST, SPAN_OUTCOMES, VISIT, WAIT, Spans

CAUSES = ("waiting", "service", "network", "lookups", "retries", "other")
"""``retries`` are tries that came to nothing and the pauses after them; ``other`` is what no span
accounts for, and time held for any other reason."""

WAITING, SERVICE, NETWORK, LOOKUPS, RETRIES, OTHER = range(6)
_OF_STEP = dict(enumerate((WAITING, SERVICE, NETWORK, LOOKUPS, RETRIES, OTHER), start=WAIT))
_CANCELED = SPAN_OUTCOMES.index("canceled")

Entry = tuple[int, int]
"""A cause (index into ``CAUSES``) at a component (index into ``Spans.names``)."""


@dataclass(frozen=True, slots=True)
class Part:
    """Seconds of a request's time for one reason.

    Attributes:
        cause: index into ``CAUSES``.
        component: index into ``Spans.names``.
        seconds: how long.
    """

    cause: int
    component: int
    seconds: float


def parts(trace: Spans) -> list[Part]:
    """The time of one request from arrival to outcome, latest part first.

    Args:
        trace: the spans of one request, its root first.
    """
    rows = _Rows(trace)
    left = [(0, rows.start_s[0], rows.end_s[0])]
    found: list[Part] = []
    while left:
        row, start_s, end_s = left.pop()
        if rows.step[row] > VISIT:
            found += rows.leaf(row, end_s - start_s)
        elif rows.is_lost_try(row):
            found.append(Part(RETRIES, rows.component[rows.parent[row]], end_s - start_s))
        else:
            for inner, since_s, until_s in rows.critical(row, start_s, end_s):
                if inner is None:
                    found.append(Part(OTHER, rows.component[row], until_s - since_s))
                else:
                    left.append((inner, since_s, until_s))
    return found


class _Rows:
    """The spans of one request as lists, by their place."""

    def __init__(self, trace: Spans) -> None:
        first = int(trace.span[0])
        self.parent: list[int] = (trace.parent - first).tolist()
        self.component: list[int] = trace.component.tolist()
        self.step: list[int] = trace.step.tolist()
        self.start_s: list[float] = trace.start_s.tolist()
        self.end_s: list[float] = np.fmin(trace.end_s, trace.given_up_s).tolist()
        self.end_s[0] = float(trace.end_s[0])
        self._lasted_s: list[float] = (trace.end_s - trace.start_s).tolist()
        self._active_s: list[float] = trace.active_s.tolist()
        self._attempt: list[int] = trace.attempt.tolist()
        self._canceled: list[bool] = (trace.outcome == _CANCELED).tolist()
        self._given_up: list[bool] = np.isfinite(trace.given_up_s).tolist()
        self._inner: list[list[int]] = [[] for _ in self.step]
        for row, parent in enumerate(self.parent[1:], start=1):
            self._inner[parent].append(row)

    def leaf(self, row: int, seconds: float) -> Iterator[Part]:
        """What a leaf's time was spent on, or that of a part of it."""
        cause, component = _OF_STEP[self.step[row]], self.component[row]
        if cause != SERVICE:
            yield Part(cause, component, seconds)
            return
        active_s = min(seconds, self._active_s[row] / self._lasted_s[row] * seconds)
        yield Part(SERVICE, component, active_s)
        if active_s < seconds * (1 - 1e-9):  # less is rounding
            yield Part(WAITING, component, seconds - active_s)

    def is_lost_try(self, row: int) -> bool:
        """Whether its client tried again."""
        if self.step[row] == REQUEST:
            return False
        beside = self._inner[self.parent[row]]
        tries = (self._attempt[each] for each in beside if self.step[each] == VISIT)
        return self._attempt[row] < max(tries)

    def critical(
        self, row: int, start_s: float, end_s: float
    ) -> Iterator[tuple[int | None, float, float]]:
        """What decided how long a visit took, latest first; None for what lies in no span."""
        inner = [r for r in self._inner[row] if self.end_s[r] > self.start_s[r]]
        while end_s > start_s:
            begun = [r for r in inner if self.start_s[r] < end_s]
            last = max(begun, key=partial(self._rank, end_s), default=None)
            until_s = start_s if last is None else max(start_s, min(end_s, self.end_s[last]))
            if until_s < end_s:
                yield None, until_s, end_s
            if last is None or until_s == start_s:
                return
            end_s = max(start_s, self.start_s[last])
            yield last, end_s, until_s

    def _rank(self, end_s: float, row: int) -> tuple[float, bool, bool, bool, bool, float]:
        """What was finished last before an instant, or went on then (a call that was hedged).

        Of several, what was finished then, was waited for, and visits before waits.
        """
        is_over, is_visit = self.end_s[row] <= end_s, self.step[row] == VISIT
        was_kept, was_wanted = not self._canceled[row], not self._given_up[row]
        until_s = min(self.end_s[row], end_s)
        return until_s, is_over, was_kept, was_wanted, is_visit, self.start_s[row]


def totals(trace: Spans) -> dict[Entry, float]:
    """Seconds of one request by cause and component."""
    found: dict[Entry, float] = {}
    for part in parts(trace):
        entry = part.cause, part.component
        found[entry] = found.get(entry, 0.0) + part.seconds
    return found


def ledger(spans: Spans, numbers: Sequence[int]) -> dict[tuple[str, str], float]:
    """Mean seconds of some traced requests by cause and component, both by name.

    The sum of all is the mean of their latencies.
    """
    sums: dict[tuple[str, str], float] = {}
    for _, trace in spans.only(numbers).each():
        for (cause, component), seconds in totals(trace).items():
            entry = CAUSES[cause], spans.names[component]
            sums[entry] = sums.get(entry, 0.0) + seconds
    return {entry: seconds / len(numbers) for entry, seconds in sums.items()}
