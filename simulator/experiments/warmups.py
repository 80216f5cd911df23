"""How much of the beginning to leave out: a proposal, from runs that were made anyway.

A system that starts empty is too fast at first. The number of requests in it, averaged over
replications, shows how long that lasts, and MSER-5 says where to cut. Nothing is cut because of it:
``run.warmup`` stays as it is until somebody changes it.

Looked at is the run up to its first scheduled fault, since what a fault does is no beginning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.experiments.summary import Summary, heading
from simulator.faults.base import ScheduledFault
from simulator.scenario import Scenario
from simulator.stats.steady_state import mser_over_replications
from simulator.units import human
from simulator.workload.arrivals import ArrivalProcess, ClosedLoop, ConstantRate, Poisson, Renewal
from simulator.workload.bursts import Batch
from simulator.workload.mmpp import Mmpp
from simulator.workload.sessions import Sessions
from simulator.workload.sums import Sum

BATCH = 5  # intervals that are averaged beforehand
FEWEST = 50  # intervals to look at; with fewer the place of the cut is the accident of one
MUCH = 2.0  # times as long as the warm-up that there is: then the proposal is worth a word
LITTLE = 0.02  # of the run: a proposal is no finer than that


@dataclass(frozen=True)
class Proposal:
    """A warm-up for a design.

    Attributes:
        summary: of the runs that it comes from.
        warmup_s: what to leave out, in seconds; None if there is no telling.
        until_s: end of the part that was looked at.
        why_not: the reason if there is no telling, else empty.
    """

    summary: Summary
    warmup_s: float | None
    until_s: float
    why_not: str = ""

    @property
    def has_s(self) -> float:
        """The warm-up that the design has."""
        return self.summary.scenario.run.warmup

    @property
    def is_much_longer(self) -> bool:
        """Whether what the design leaves out is far from enough."""
        least_s = max(MUCH * self.has_s, LITTLE * self.summary.scenario.run.duration)
        return self.warmup_s is not None and self.warmup_s > least_s

    def words(self) -> str:
        """What is proposed, or why nothing is, in a sentence."""
        runs = f"{len(self.summary.rows)} runs"
        has = f"it leaves out {human(self.has_s, 's')}"
        if self.warmup_s is None:
            return f"No proposal: {self.why_not}; {has}."
        if self.warmup_s == 0.0:
            return f"The average of {runs} shows no beginning that had to be left out; {has}."
        proposed = human(self.warmup_s, "s")
        return f"MSER-5 on the average of {runs} proposes to leave out {proposed}; {has}."

    def as_json(self) -> dict[str, Any]:
        """The document that ``simulator warmup --json`` prints, but for its head."""
        return {
            "proposed_s": self.warmup_s,
            "has_s": self.has_s,
            "looked_at_until_s": self.until_s,
            "why_not": self.why_not or None,
            "is_much_longer": self.is_much_longer,
            "words": self.words(),
        }

    def document(self) -> dict[str, Any]:
        """The document that ``simulator warmup --json`` prints."""
        head = heading(self.summary.scenario, self.summary.variant)
        edges, mean = inside(self.summary)
        return {
            **head,
            "replications": len(self.summary.rows),
            **self.as_json(),
            "interval_s": float(edges[1]) if len(mean) else None,
            "inside": mean.tolist(),
        }


def inside(summary: Summary) -> tuple[np.ndarray, np.ndarray]:
    """The number of requests in the system, averaged over intervals and runs.

    Returns:
        The edges of the intervals in seconds, shape ``(n + 1,)``, and the averages, shape ``(n,)``.
    """
    runs = [row.inside for row in summary.rows if row.inside]
    mean = np.mean(runs, axis=0) if runs else np.empty(0)
    return np.linspace(0.0, summary.scenario.run.duration, len(mean) + 1), mean


def proposal(summary: Summary) -> Proposal:
    """Propose a warm-up, judged by the runs of a design."""
    scenario = summary.scenario
    until_s = min([*_strikes(scenario), scenario.run.duration])
    runs = [row.inside for row in summary.rows if row.inside]
    if not runs:
        return Proposal(summary, None, until_s, "no run has come to its end")
    if not _is_steady(scenario.workload.arrivals):
        kind = scenario.workload.arrivals.kind.replace("_", " ")
        return Proposal(summary, None, until_s, f"the load changes over time ({kind})")
    edges, _ = inside(summary)
    looked_at = int(np.searchsorted(edges, until_s, "right")) - 1
    if looked_at < FEWEST:
        why_not = f"the first fault comes after {human(until_s, 's')}, too early to see a beginning"
        return Proposal(summary, None, until_s, why_not)
    cut = mser_over_replications([run[:looked_at] for run in runs], BATCH)
    if not cut.settled:
        why_not = (
            f"more than half of the first {human(until_s, 's')} would have to go, so that the runs "
            "are too short or there is no steady state"
        )
        return Proposal(summary, None, until_s, why_not)
    return Proposal(summary, float(edges[cut.observations]), until_s)


def _strikes(scenario: Scenario) -> Iterator[float]:
    for fault in scenario.faults:
        if isinstance(fault, ScheduledFault):
            yield fault.start


def _is_steady(arrivals: ArrivalProcess) -> bool:
    """Whether the process is the same at all times, bursts and all."""
    match arrivals:
        case Sum():
            return all(map(_is_steady, arrivals.of.values()))
        case Poisson() | ConstantRate() | Renewal() | Batch() | Mmpp() | ClosedLoop() | Sessions():
            return True
    return False
