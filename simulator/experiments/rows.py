"""One run as one row of plain numbers: what is kept of it, and what crosses process boundaries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import nan

import numpy as np

from simulator.experiments.books import counts_all
from simulator.experiments.events import Event, events
from simulator.experiments.memberships import Membership
from simulator.experiments.traces import COHORTS, Traces, trace
from simulator.results import OUTCOMES, Run, Strike
from simulator.results.balance import gaps
from simulator.results.run import OK, Window
from simulator.runner import Stopped, Watch, run
from simulator.scenario import Scenario
from simulator.stats.sketch import quantiles
from simulator.stats.verdict import verdict

MOST_POINTS = 120  # of a curve over time
INTERVALS = 40  # of the window, for the verdict
LOOKS = 25  # at the number of requests in the system, in each of them
BEGINNING = 250  # intervals of a run in which the number of requests is kept, from its very start


@dataclass(frozen=True, slots=True)
class Task:
    """One run to be made.

    Attributes:
        scenario: with its variant applied.
        variant: its name.
        replication: the run's number.
        examples: requests of each kind to trace, for which the run is made twice; 0 for none.
        cohorts: whose time is accounted for, if requests are traced.
    """

    scenario: Scenario
    variant: str
    replication: int
    examples: int = 0
    cohorts: tuple[Membership, ...] = COHORTS


@dataclass(frozen=True, slots=True)
class Curves:
    """How one run went, interval by interval; every array has shape ``(intervals,)``.

    Attributes:
        start_s, end_s: of each interval.
        latency: percentile (``p50 p95 p99``) -> seconds, of requests answered ok, by arrival.
        outcomes: outcome -> requests a second that arrived in the interval and came to it.
        components: name -> curve (``utilization``, ``queued`` ...) -> values.
        strikes: when faults struck in it.
    """

    start_s: np.ndarray
    end_s: np.ndarray
    latency: Mapping[str, np.ndarray]
    outcomes: Mapping[str, np.ndarray]
    components: Mapping[str, Mapping[str, np.ndarray]]
    strikes: Sequence[Strike] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What is kept of one run.

    Attributes:
        variant, seed, replication: which run.
        measures: every measure by its full name.
        windows: the same over parts of the run that findings ask for.
        classes: request measures by request class.
        samples: answered requests behind the latency percentiles.
        verdict: stable, backlogged, overloaded or too short to tell.
        stopped_s: when it was stopped, in simulated time; None if it ran to its end.
        curves: how it went over time, if they were asked for.
        events: what happened in it, in order; told along with the curves.
        traces: what some of its requests went through, if that was asked for.
        gaps: in its books, of the system and of every station, relative; rounding if all is well.
        inside: the average number of requests in the system in equal intervals of the whole run,
            the warm-up included; empty if it was stopped.
        wall_s: seconds it took.
    """

    variant: str
    seed: int
    replication: int
    measures: Mapping[str, float]
    windows: Mapping[Window, Mapping[str, float]]
    classes: Mapping[str, Mapping[str, float]]
    samples: int
    verdict: str
    stopped_s: float | None
    curves: Curves | None
    wall_s: float
    events: Sequence[Event] = ()
    traces: Traces | None = None
    gaps: Mapping[str, float] = field(default_factory=dict)
    inside: Sequence[float] = ()

    def value(self, measure: str, during: Window | None = None) -> float:
        """One measure, over the whole window or a part of it."""
        return (self.measures if during is None else self.windows[during])[measure]


def make(task: Task, with_curves: bool = False, watch: Watch | None = None) -> Row:
    """Make one run and keep its row."""
    scenario = task.scenario
    finished = run(scenario, task.replication, task.variant, watch=watch)
    windows = {each.during for each in scenario.findings if each.during is not None}
    row = row_of(finished, sorted(windows), with_curves, counts_all(scenario))
    if task.examples and finished.is_complete:
        with suppress(Stopped):
            row = replace(row, traces=trace(finished, scenario, task.examples, watch, task.cohorts))
    if not with_curves:
        return row
    return replace(row, events=events(finished, scenario, edges_of(finished), row.verdict))


def row_of(
    finished: Run,
    windows: list[Window] | None = None,
    with_curves: bool = False,
    counts_all: bool = False,
) -> Row:
    """The row of a run.

    Args:
        finished: the run.
        windows: further ones to measure.
        with_curves: whether to keep how it went.
        counts_all: whether no call can have been taken back, so that its books must balance.
    """
    measures = finished.measures()
    return Row(
        variant=finished.variant,
        seed=finished.seed,
        replication=finished.replication,
        measures=measures,
        windows={each: _over(finished, each, measures) for each in windows or ()},
        classes={each: finished.request_measures(None, each) for each in finished.classes},
        samples=int(measures["ok"]),
        verdict=verdict_of(finished, measures),
        stopped_s=None if finished.is_complete else finished.duration_s,
        curves=curves_of(finished) if with_curves else None,
        wall_s=finished.manifest["wall_s"],
        gaps=gaps(finished, counts_all),
        inside=inside(finished) if finished.is_complete else (),
    )


def _over(finished: Run, window: Window, names: Iterable[str]) -> dict[str, float]:
    """Measures over a window; without values if the run was stopped before the window's end."""
    if window[1] > finished.duration_s:
        return dict.fromkeys(names, nan)
    return finished.measures(window)


def verdict_of(finished: Run, measures: Mapping[str, float]) -> str:
    """Whether the run was stable, from the number of requests in the system over time."""
    return verdict(
        in_flight(finished),
        arrived=int(measures["arrived"]),
        answered=int(measures["ok"] + measures["failed"]),
        shed=int(measures["rejected"] + measures["timed_out"]),
        window_s=finished.duration_s - finished.warmup_s,
        mean_latency_s=measures["latency_mean_s"],
    )


def _step(finished: Run) -> int:
    """Ticks to an interval of the curves."""
    return max(1, (len(finished.tick_s) - 1) // MOST_POINTS)


def edges_of(finished: Run) -> np.ndarray:
    """Where the intervals of the curves begin and end, in seconds: every so many ticks."""
    return finished.tick_s[:: _step(finished)]


def in_flight(finished: Run) -> np.ndarray:
    """The number of requests in the system, averaged over equal intervals of the window.

    Returns:
        Shape ``(INTERVALS,)``.
    """
    edges = np.linspace(finished.warmup_s, finished.duration_s, INTERVALS + 1)
    arrived_s = finished.requests.arrived_s
    left_s = np.nan_to_num(finished.requests.latency_s, nan=np.inf)
    left_s += arrived_s
    left_s.sort()
    grid = np.linspace(edges[0], edges[-1], INTERVALS * LOOKS, endpoint=False)
    inside = np.searchsorted(arrived_s, grid, "right") - np.searchsorted(left_s, grid, "right")
    found = inside.reshape(INTERVALS, LOOKS).mean(axis=1)
    if finished.beyond is not None:
        area = np.interp(edges, finished.tick_s, finished.beyond.inside_area)
        found += np.diff(area) / np.diff(edges)
    return found


def inside(finished: Run) -> list[float]:
    """The average number of requests in the system in each of ``BEGINNING`` equal intervals."""
    edges = np.linspace(0.0, finished.duration_s, BEGINNING + 1)
    arrived_s = finished.requests.arrived_s
    left_s = arrived_s + finished.requests.latency_s
    left_s = np.sort(left_s[~np.isnan(left_s)])
    area = _area(arrived_s, edges) - _area(left_s, edges)
    if finished.beyond is not None:
        area += np.interp(edges, finished.tick_s, finished.beyond.inside_area)
    return np.round(np.diff(area) / np.diff(edges), 6).tolist()


def _area(instants_s: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The area under the number of instants that have passed, up to each edge."""
    passed = np.searchsorted(instants_s, edges, "right")
    return passed * edges - np.concatenate([[0.0], np.cumsum(instants_s)])[passed]


def curves_of(finished: Run) -> Curves:
    """How a run went over time, in intervals that end at ticks."""
    edges = edges_of(finished)
    rows = finished.requests
    first = np.searchsorted(rows.arrived_s, edges)
    latency = {label: np.full(len(edges) - 1, nan) for label in ("p50", "p95", "p99")}
    counts = np.zeros((len(OUTCOMES), len(edges) - 1))
    for i, (start, stop) in enumerate(pairwise(first)):
        outcome = rows.outcome[start:stop]
        tallies = finished.tallies((edges[i], edges[i + 1]))
        counts[:, i] = np.bincount(outcome, minlength=len(OUTCOMES))
        counts[:, i] += sum(each.outcomes for each in tallies)
        ok = rows.latency_s[start:stop][outcome == OK]
        found = quantiles(ok, [each.latency_ok for each in tallies], [0.5, 0.95, 0.99])
        for label, value in zip(latency, found, strict=True):
            latency[label][i] = value
    counts /= np.diff(edges)
    return Curves(
        start_s=edges[:-1],
        end_s=edges[1:],
        latency=latency,
        outcomes={name: counts[i] for i, name in enumerate(OUTCOMES)},
        components=_component_curves(finished, _step(finished)),
        strikes=finished.strikes,
    )


def _component_curves(finished: Run, step: int) -> dict[str, dict[str, np.ndarray]]:
    """Levels and ratios of every component and group, averaged over each interval."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for name in {**finished.groups, **finished.components}:
        forms = {key: each.form for key, each in finished.members(name)[0].measures.items()}
        found[name] = {
            measure: finished.curve(name, measure, step)[1]
            for measure, form in forms.items()
            if form in ("level", "ratio")
        }
    return found
