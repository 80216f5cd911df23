"""Known results reproduced: a scenario file, what is read off its runs, what that must be.

The rule of a fair test has two halves. Over 20 independent replications the mean must lie within
3.9 standard errors of what is expected, and 3.9 standard errors must be a small part of it, so that
a noisy run cannot pass. Where the second half fails the runs are too short: lengthen them, never
widen the limit. What is expected comes from a closed form or a published table, never from a run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from textwrap import dedent

import numpy as np

from simulator.distributions import Distribution
from simulator.kernel.streams import BLOCK, Streams
from simulator.results import OUTCOMES, Run
from simulator.runner import run
from simulator.scenario import Scenario, parse
from tests.validation import witness  # noqa: F401  registers the kinds that only tests know

REPLICATIONS = 20
REACH = 3.9  # standard errors
QUICK = 0.05  # relative half-width that `make test` makes do with
WARMUP = 0.05  # part of each run

Measured = Mapping[str, float]

FILE = """\
format: 1
scenario: validation
title: A known result
chapter: validation
question: Does the simulation agree with what is known?
{sections}
run:
  duration: {duration:.10g}s
  warmup: {warmup:.10g}s
  drain: {drain:.10g}s
  replications: {replications}
  seed: 1
"""


def scenario(sections: str, duration: float, warmup: float = 0.0, drain: float = 0.0) -> Scenario:
    """A scenario file from the sections that say something, read as any other; times in seconds."""
    text = FILE.format(
        sections=dedent(sections).strip(),
        duration=duration,
        warmup=warmup,
        drain=drain,
        replications=REPLICATIONS,
    )
    return parse(text, "validation.yaml", None)


@dataclass(frozen=True)
class Estimate:
    """One number of a row as it was simulated, and how near it had to come.

    Attributes:
        row, case, key: which number.
        expected: what it must be.
        values: of the replications.
        limit: most that 3.9 standard errors may be.
        fixed: the mean may be off by ``limit``, whatever its standard error.
    """

    row: str
    case: str
    key: str
    expected: float
    values: Sequence[float]
    limit: float
    fixed: bool = False

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def reach(self) -> float:
        return float(REACH * np.std(self.values, ddof=1) / np.sqrt(len(self.values)))

    @property
    def agrees(self) -> bool:
        if self.fixed:
            return abs(self.mean - self.expected) <= self.limit
        return abs(self.mean - self.expected) <= self.reach <= self.limit

    def __str__(self) -> str:
        return (
            f"{self.row} {self.case}, {self.key}: expected {self.expected:.6g}, "
            f"found {self.mean:.6g} ± {self.reach:.2g}, which may be {self.limit:.2g}"
        )


@dataclass(frozen=True)
class Case:
    """A known result: one system of a published row.

    Attributes:
        row: id of the row.
        name: of the system.
        sections: of a scenario file: system and workload.
        per_s: requests that come each second, so that lengths can be given in requests.
        measure: what is read off one run; a key may end in a remark in brackets.
        expected: the same keys, from closed forms.
        quick, full: requests in one replication of `make test` (None where that would take too
            long, and a similar system is in it), and at the row's own width (None for a part of
            what another case of the row measures).
        full_only: keys that `make test` leaves out since they alone would take it several times as
            many requests, and a similar system has them in it.
        width: the row's own limit of the half-width, relative to what is expected.
        band: the same in absolute terms, for rows that have it so.
        fixed: the mean may be off by the limit, whatever its standard error: for means over values
            with so heavy a tail that they have none.
        warmup: part of each run that is left out.
        exact: nothing is left to chance, so that `make test` allows no more than the row does.
    """

    row: str
    name: str
    sections: str
    per_s: float
    measure: Callable[[Run], Measured]
    expected: Measured
    quick: int | None
    full: int | None
    full_only: Collection[str] = ()
    width: float = 0.02
    band: float | None = None
    fixed: bool = False
    warmup: float = WARMUP
    exact: bool = False

    def __str__(self) -> str:
        return f"{self.row}: {self.name}"

    def limit(self, expected: float, full: bool) -> float:
        """Most that 3.9 standard errors may be."""
        own = self.width * abs(expected) if self.band is None else self.band
        return own if full or self.exact else max(own, QUICK * abs(expected))

    def estimates(self, full: bool) -> list[Estimate]:
        """Make the runs and compare."""
        requests = self.full if full else self.quick
        assert requests is not None
        duration = requests / self.per_s
        read = scenario(self.sections, duration, self.warmup * duration)
        runs = [self.measure(run(read, replication)) for replication in range(REPLICATIONS)]
        assert all(each.keys() == self.expected.keys() for each in runs)
        return [
            Estimate(
                row=self.row,
                case=self.name,
                key=key,
                expected=expected,
                values=[each[key] for each in runs],
                limit=self.limit(expected, full),
                fixed=self.fixed,
            )
            for key, expected in self.expected.items()
            if full or key not in self.full_only
        ]


# What is read off a run


def window(finished: Run, component: str, samples: str) -> np.ndarray:
    """The values that a component or group noted between the warm-up and the end."""
    ends = np.searchsorted(finished.tick_s, [finished.warmup_s, finished.duration_s])
    found = []
    for record in finished.members(component):
        first, last = record.totals[samples][ends].astype(int)
        found.append(record.samples[samples][first:last])
    return np.concatenate(found)


def in_system(measures: Measured) -> float:
    """Mean number of calls at a station, from the measures of the station."""
    return measures["in_service_mean"] + measures["queued_mean"]


def needs(finished: Run, stream: str, law: Distribution) -> np.ndarray:
    """What each request needed: request i took the i-th draw of the stream."""
    count = len(finished.requests)
    streams = Streams(finished.seed, finished.replication)
    blocks = islice(streams.blocks(stream, law), -(-count // BLOCK))
    return np.concatenate(list(blocks))[:count]


def answered_ok(finished: Run) -> np.ndarray:
    """Which requests arrived in the window and were answered ok, as indices of rows."""
    rows = finished.requests
    ok = rows.outcome == OUTCOMES.index("ok")
    return np.flatnonzero(ok & (rows.arrived_s >= finished.warmup_s))


def only(keys: Collection[str], measure: Callable[[Run], Measured]) -> Callable[[Run], Measured]:
    """The part of what can be measured that a row says something about."""
    return lambda finished: {k: value for k, value in measure(finished).items() if k in keys}
