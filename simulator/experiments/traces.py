"""Traces of the requests of a run that one wants to see: its slowest, its median, its failed ones.

Which they are is known when the run has ended. So it is made again, with these requests traced: it
goes exactly as it did before.

Cohorts are sets of requests to be compared. All requests of a cohort are found; if there are more
than ``MOST_TRACED`` of them, as many are traced, spread evenly over their latencies. Of a run with
more requests than are kept one by one, those that are kept count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.experiments.memberships import AROUND_MEDIAN, Membership
from simulator.results import OUTCOMES, Run, Spans
from simulator.results.ledger import ledger
from simulator.runner import Watch, run
from simulator.scenario import Scenario

MOST_TRACED = 300  # requests of a cohort

FAILED = tuple(name for name in OUTCOMES if name not in ("ok", "unfinished"))
USUAL, SLOW = Membership("p50", span=AROUND_MEDIAN), Membership("p99", span=(0.99, 1.0))
COHORTS = (USUAL, SLOW, *(Membership(name, outcome=name) for name in FAILED))
"""Those answered ok in the usual time, the slowest of them, and the others by outcome."""

EXAMPLES = ("slowest", "median", "failed")
"""Requests to be looked at one by one: the first two of those answered ok."""

Seconds = Mapping[tuple[str, str], float]
"""Mean seconds of a request by cause and component; replicas by the name of their group."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Requests of one run that belong together, and where their time went.

    Attributes:
        size: how many there are.
        traced: how many of them were traced.
        seconds: of the traced ones; they add up to the mean of their latencies.
    """

    size: int
    traced: int
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class Traces:
    """What was traced of one run.

    Attributes:
        cohorts: those that have a request, by name.
        examples: numbers of the requests to look at, by why (``EXAMPLES``).
        spans: of the examples.
    """

    cohorts: Mapping[str, Cohort]
    examples: Mapping[str, Sequence[int]]
    spans: Spans

    def as_json(self) -> list[dict[str, Any]]:
        """The examples as in the output of ``simulator trace --json``."""
        return [
            {"why": why, "request": number, "spans": [*self.spans.only([number]).records()]}
            for why, numbers in self.examples.items()
            for number in numbers
        ]


def trace(
    finished: Run,
    scenario: Scenario,
    examples: int = 1,
    watch: Watch | None = None,
    wanted: Sequence[Membership] = COHORTS,
) -> Traces | None:
    """Make a run again and see what its requests went through.

    Args:
        finished: the run.
        scenario: it was made of, with the variant applied.
        examples: how many requests of each kind to keep the spans of.
        watch: may stop it; there is nothing to be seen then.
        wanted: the cohorts to account for.

    Raises:
        Stopped: it was stopped before its warm-up had ended.
    """
    members = cohorts(finished, wanted)
    traced = {name: spread(numbers, MOST_TRACED) for name, numbers in members.items()}
    shown = examples_of(cohorts(finished), examples)
    followed = {number for group in (traced, shown) for each in group.values() for number in each}
    again = run(scenario, finished.replication, finished.variant, traces=followed, watch=watch)
    if not again.is_complete:
        return None
    spans = again.spans
    assert spans is not None
    groups = {name: group for group, names in finished.groups.items() for name in names}
    found = {
        name: Cohort(len(members[name]), len(numbers), _by_group(ledger(spans, numbers), groups))
        for name, numbers in traced.items()
    }
    kept = [number for numbers in shown.values() for number in numbers]
    return Traces(found, shown, spans.only(kept))


def cohorts(finished: Run, wanted: Sequence[Membership] = COHORTS) -> dict[str, np.ndarray]:
    """The numbers of the measured requests of each cohort that has any, by their latency."""
    found = {each.name: each.numbers(finished) for each in wanted}
    return {name: numbers for name, numbers in found.items() if len(numbers)}


def spread(numbers: np.ndarray, most: int) -> list[int]:
    """So many of some numbers, the first and the last among them, evenly.

    >>> spread(np.arange(10, 20), 4)
    [10, 13, 16, 19]
    """
    if len(numbers) > most:
        numbers = numbers[np.linspace(0, len(numbers) - 1, most).round().astype(int)]
    return numbers.tolist()


def examples_of(members: Mapping[str, np.ndarray], most: int) -> dict[str, list[int]]:
    """Which requests to look at one by one, the plainest example of each kind first."""
    none = np.empty(0, int)
    usual, slow = members.get("p50", none), members.get("p99", none)
    broken = np.sort(np.concatenate([members.get(name, none) for name in FAILED]))
    found = {
        "slowest": slow[::-1][:most].tolist(),
        "median": usual[_from_the_middle(len(usual))][:most].tolist(),
        "failed": broken[_from_the_middle(len(broken))][:most].tolist(),
    }
    return {name: numbers for name, numbers in found.items() if numbers}


def _from_the_middle(count: int) -> np.ndarray:
    """The places of so many things, the middle one first, then its neighbors."""
    return np.argsort(np.abs(np.arange(count) - (count - 1) / 2), kind="stable")


def _by_group(seconds: Seconds, groups: Mapping[str, str]) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for (cause, component), value in seconds.items():
        entry = cause, groups.get(component, component)
        found[entry] = found.get(entry, 0.0) + value
    return found
