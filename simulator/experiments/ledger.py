"""The latency ledger over replications: where the time of the slowest requests goes, and why.

For a cohort of each run (``simulator.experiments.traces``), mean seconds by cause and component;
over the runs their mean and t interval. The difference between two cohorts is taken run by run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

from simulator.experiments.memberships import Membership
from simulator.experiments.rows import Row
from simulator.experiments.summary import CONFIDENCE
from simulator.experiments.traces import COHORTS, SLOW, USUAL, Cohort
from simulator.results.ledger import CAUSES
from simulator.stats.intervals import Interval, mean_interval
from simulator.units import human

Entry = tuple[str, str]
"""A cause and a component."""

VERBS = {
    "waiting": "waits {} longer at {}",
    "service": "is served {} longer at {}",
    "network": "is under way {} longer at {}",
    "lookups": "is looked up {} longer at {}",
    "retries": "loses {} more to tries of {} that come to nothing",
    "other": "spends {} more otherwise at {}",
}
WORTH_TELLING = 0.1  # of what there is to explain


@dataclass(frozen=True, slots=True)
class Account:
    """Where the time of one cohort went, over some runs.

    Attributes:
        size: requests in the cohort, over all runs.
        traced: how many of them were traced.
        latency: mean seconds from arrival to outcome.
        seconds: by cause and component, in the order of ``CAUSES``; their means add up to that of
            the latency.
    """

    size: int
    traced: int
    latency: Interval
    seconds: Mapping[Entry, Interval]

    def as_json(self) -> dict[str, Any]:
        """As in the output of ``simulator trace --json``."""
        return {
            "requests": self.size,
            "traced": self.traced,
            "latency_s": _plain(self.latency),
            "seconds": _entries(self.seconds),
        }


@dataclass(frozen=True, slots=True)
class Ledger:
    """The accounts of some cohorts, and what sets one apart from another.

    Attributes:
        accounts: by cohort, as far as there are any.
        longer: seconds by which one cohort takes longer than another, by cause and component; empty
            unless a run has both.
        of, than: the two that are compared.
    """

    accounts: Mapping[str, Account]
    longer: Mapping[Entry, Interval]
    of: Membership = SLOW
    than: Membership = USUAL

    def words(self) -> str:
        """What makes the one cohort slower than the other, in a sentence; empty if one is."""
        if not self.longer:
            return ""
        total_s = fsum(each.mean for each in self.longer.values())
        if total_s <= 0:
            return f"A request {self.of.words()} takes no longer than one {self.than.words()}."
        by_size = sorted(self.longer.items(), key=lambda pair: -pair[1].mean)
        told = [pair for pair in by_size if pair[1].mean > WORTH_TELLING * total_s]
        parts = [
            VERBS[cause].format(human(each.mean, "s"), component)
            for (cause, component), each in told
        ]
        return (
            f"A request {self.of.words()} takes {human(total_s, 's')} longer than one "
            f"{self.than.words()}: it {_listed(parts)}."
        )

    def as_json(self) -> dict[str, Any]:
        """As in the output of ``simulator trace --json``."""
        return {
            "confidence": CONFIDENCE,
            "cohorts": {name: each.as_json() for name, each in self.accounts.items()},
            "longer": {
                "of": self.of.name,
                "than": self.than.name,
                "seconds": _entries(self.longer),
            },
            "words": self.words(),
        }


def ledger(
    rows: Sequence[Row],
    of: Membership = SLOW,
    than: Membership = USUAL,
    others: Sequence[Membership] = COHORTS,
) -> Ledger:
    """The ledger of the traced ones among some runs of one design.

    Args:
        rows: of the runs.
        of, than: the cohorts that are compared.
        others: all cohorts that were traced, in order.
    """
    traced = [row.traces.cohorts for row in rows if row.traces is not None]
    accounts = {
        each.name: _account([found[each.name] for found in traced if each.name in found])
        for each in others
        if any(each.name in found for found in traced)
    }
    pairs = [
        (found[than.name].seconds, found[of.name].seconds)
        for found in traced
        if than.name in found and of.name in found
    ]
    longer = {
        entry: _interval([b.get(entry, 0.0) - a.get(entry, 0.0) for a, b in pairs])
        for entry in _in_order([*(a for a, _ in pairs), *(b for _, b in pairs)])
    }
    return Ledger(accounts, longer, of, than)


def _account(found: Sequence[Cohort]) -> Account:
    seconds = [each.seconds for each in found]
    return Account(
        size=sum(each.size for each in found),
        traced=sum(each.traced for each in found),
        latency=_interval([fsum(each.values()) for each in seconds]),
        seconds={
            entry: _interval([each.get(entry, 0.0) for each in seconds])
            for entry in _in_order(seconds)
        },
    )


def _in_order(several: Sequence[Mapping[Entry, float]]) -> list[Entry]:
    """All entries, by cause; within a cause the larger first."""
    sums: dict[Entry, float] = {}
    for each in several:
        for entry, seconds in each.items():
            sums[entry] = sums.get(entry, 0.0) + seconds
    return sorted(sums, key=lambda entry: (CAUSES.index(entry[0]), -sums[entry], entry[1]))


def _listed(parts: Sequence[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def _interval(values: Sequence[float]) -> Interval:
    return mean_interval(values, CONFIDENCE)


def _plain(interval: Interval) -> dict[str, Any]:
    return {"mean": interval.mean, "half_width": interval.half_width, "n": interval.n}


def _entries(seconds: Mapping[Entry, Interval]) -> list[dict[str, Any]]:
    return [
        {"cause": cause, "component": component, **_plain(each)}
        for (cause, component), each in seconds.items()
    ]
