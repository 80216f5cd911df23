"""What happened in one run, in order: a log made from what the run recorded.

Faults begin and end; controllers decide. The first of each kind of trouble is told at its instant:
a request or a call that was refused, gave up or broke, a queue that was full. What comes and goes
is told as episodes on the intervals of the curves: objectives that are broken and met again,
components that are busy all the time, and whether the system recovers from a fault. They are told
when the interval that shows them is over, as a monitor would that looks once an interval; what
components count is read twice as often. ``docs/events.md`` lists every kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import inf
from typing import Any

import numpy as np

from simulator.experiments.crossings import Crossing, objectives, recoveries, saturation
from simulator.results import OUTCOMES, Run, Strike
from simulator.results.run import UNFINISHED
from simulator.scenario import Scenario
from simulator.units import human

USERS = "users"
"""Where requests come from, in the column of components."""

FIRST_CALLS = {
    "rejected": "first call refused",
    "failed": "first call failed",
    "retried": "first retry",
    "over_budget": "first retry not made for want of budget",
}
"""Count of a component -> what its first one is called."""

FIRST_REQUESTS = {
    "rejected": "first request refused",
    "timed_out": "first request that timed out",
    "failed": "first request that failed",
}
MOST_DECISIONS = 40  # of all controllers that are told; of more, the first and the last
MOST_STRIKES = 6  # of one fault that are told; of more, the first and the last


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        at_s: instant, in seconds of simulated time.
        kind: one of the words listed in ``docs/events.md``, such as ``fault_begins``.
        component: where, replicas one by one; ``users`` for requests as their users see them;
            empty for the system as a whole.
        words: what happened, with numbers and units.
    """

    at_s: float
    kind: str
    component: str
    words: str

    def as_json(self) -> dict[str, Any]:
        """As in the output of ``simulator run --json``."""
        return asdict(self)


def events(run: Run, scenario: Scenario, edges: np.ndarray, verdict: str) -> list[Event]:
    """Everything worth telling of a run, in order.

    Args:
        run: finished.
        scenario: what was run, with everything applied.
        edges: of the intervals that episodes are told in; ticks of the run, rising.
        verdict: on the run.
    """
    strikes = [(each.start_s, each.end_s) for each in run.strikes]
    found = [
        *_warmup(run),
        *_faults(run, scenario),
        *_decisions(run),
        *_first_requests(run),
        *_first_calls(run),
        *_queues(run, scenario),
        *map(_event, objectives(run, scenario, edges)),
        *map(_event, saturation(run, edges)),
        *map(_event, recoveries(run, edges, strikes)),
    ]
    return [*sorted(found, key=lambda each: each.at_s), _end(run, verdict)]


def _event(crossing: Crossing) -> Event:
    return Event(*crossing)


def _warmup(run: Run) -> Iterator[Event]:
    if run.warmup_s:
        yield Event(run.warmup_s, "warmup_ends", "", "warm-up ends; measures begin")


def _faults(run: Run, scenario: Scenario) -> Iterator[Event]:
    for fault_place, fault in enumerate(scenario.faults):
        name = fault.kind.replace("_", " ")
        strikes = [each for each in run.strikes if each.fault == fault_place]
        for place, each in enumerate(strikes):
            if len(strikes) <= MOST_STRIKES or place in (0, len(strikes) - 1):
                yield from _strike(name, each, run.duration_s)


def _strike(name: str, strike: Strike, run_ends_s: float) -> Iterator[Event]:
    of, begins_s, ends_s = strike.of, strike.start_s, strike.end_s
    if begins_s == ends_s:
        yield Event(begins_s, "fault_begins", of, name)
        return
    yield Event(begins_s, "fault_begins", of, f"{name} begins")
    if ends_s < run_ends_s:
        lasted = human(ends_s - begins_s, "s")
        yield Event(ends_s, "fault_ends", of, f"{name} ends after {lasted}")


def _decisions(run: Run) -> Iterator[Event]:
    """What controllers decided; of more than can be read, those of the beginning and of the end."""
    decided = run.decisions
    if len(decided) <= MOST_DECISIONS:
        told = list(decided)
    else:
        told = [*decided[: MOST_DECISIONS // 2], *decided[-MOST_DECISIONS // 2 :]]
    for each in told:
        yield Event(each.at_s, each.kind, each.of, each.words)


def _first_requests(run: Run) -> Iterator[Event]:
    """The first request of each outcome that is not ok, when its user learned of it."""
    rows = run.requests
    for outcome, words in FIRST_REQUESTS.items():
        chosen = rows.outcome == OUTCOMES.index(outcome)
        if chosen.any():
            ended_s = (rows.arrived_s[chosen] + rows.latency_s[chosen]).min()
            yield Event(float(ended_s), f"first_{outcome}", USERS, words)


def _first_calls(run: Run) -> Iterator[Event]:
    """The first call of each kind of trouble, at the first of the replicas that had it."""
    for group in _groups(run):
        for count, words in FIRST_CALLS.items():
            found = [
                (_first_tick(run, record.totals[count] > 0), name)
                for name, record in group.items()
                if count in record.totals and record.totals[count][-1] > 0
            ]
            if found:
                at_s, name = min(found)
                yield Event(at_s, f"first_{count}", name, words)


def _groups(run: Run) -> list[dict[str, Any]]:
    """The records of all components, those of a group together."""
    members = {name for names in run.groups.values() for name in names}
    alone = [(name,) for name in run.components if name not in members]
    return [
        {name: run.components[name] for name in names} for names in [*run.groups.values(), *alone]
    ]


def _first_tick(run: Run, holds: np.ndarray) -> float:
    return float(run.tick_s[int(np.argmax(holds))])


def _queues(run: Run, scenario: Scenario) -> Iterator[Event]:
    """When a queue was full first, else when it was longest, of each group the worst replica."""
    limits = {
        name: getattr(spec, "queue_limit", None)
        for group, spec in scenario.system.components.items()
        for name in spec.instances(group)
    }
    in_window = run.tick_s > run.warmup_s
    for group in _groups(run):
        peaks = {
            name: np.where(in_window, record.peaks["queued"], 0)
            for name, record in group.items()
            if "queued" in record.peaks
        }
        if not peaks or not (longest := max(float(each.max()) for each in peaks.values())):
            continue
        full = [
            (_first_tick(run, peaks[name] >= limit), name)
            for name in peaks
            if (limit := limits[name]) and peaks[name].max() >= limit
        ]
        if full:
            at_s, name = min(full)
            words = f"queue full for the first time: {human(limits[name] or 0)} waiting"
            yield Event(at_s, "queue_full", name, words)
        else:
            name = next(name for name, each in peaks.items() if each.max() == longest)
            at_s = _first_tick(run, peaks[name] == longest)
            yield Event(at_s, "queue_peak", name, f"queue at its longest: {human(longest)} waiting")


def _end(run: Run, verdict: str) -> Event:
    open_ = int((run.requests.outcome == UNFINISHED).sum())
    open_ += sum(int(each.outcomes[UNFINISHED]) for each in run.tallies((0.0, inf)))
    left = (
        f"{human(open_)} requests without an outcome" if open_ else "every request has an outcome"
    )
    ends = "ends" if run.is_complete else "is stopped"
    return Event(run.duration_s, "run_ends", "", f"the run {ends}: {verdict}; {left}")
