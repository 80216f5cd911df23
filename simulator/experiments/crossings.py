"""Values of a run that cross a bound and come back: broken objectives, saturation, recovery."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from simulator.results import Run
from simulator.results.measures import REQUEST_MEASURES
from simulator.results.names import measure_words
from simulator.results.run import Window
from simulator.scenario import Scenario
from simulator.scenario.claims import Objective
from simulator.stats.episodes import Episode, episodes
from simulator.units import human

SATURATED = 0.95  # utilization
MOST_TOLD = 3  # episodes of one bound; of more, the first and the longest
MOST_REPLICAS = 6  # told one by one
FEWEST_BEFORE = 5  # intervals before a fault that say what was usual
UNITS = ("s", "ratio", "/s")  # of measures that mean the same over an interval as over a run


class Crossing(NamedTuple):
    """An instant at which a bound was crossed; see ``events.Event``."""

    at_s: float
    kind: str
    component: str
    words: str


def told(found: Sequence[Episode]) -> list[Episode]:
    """The episodes that are told one by one: all of a few, else the first and the longest."""
    if len(found) <= MOST_TOLD:
        return list(found)
    longest = max(found, key=lambda each: each.stop - each.first)
    return list(dict.fromkeys([found[0], longest]))


def objectives(run: Run, scenario: Scenario, edges: np.ndarray) -> Iterator[Crossing]:
    """When each objective was broken, and when it was met again.

    Request measures are by arrival: an interval is broken if the requests that arrived in it
    break the bound. Left out are bounds on totals, which no interval has.
    """
    units = {name: each.unit for name, each in run.reported().items()}
    measured = edges[np.searchsorted(edges, run.warmup_s) :]
    for objective in scenario.slo:
        name = objective.measure
        if units[name] not in UNITS and not name.endswith(("_mean", "_max")):
            continue
        component, _, own = name.rpartition(".")
        value_in = _component_value(run, component, own) if component else _request_value(run, own)
        if value_in is not None:
            values = np.array([value_in(window) for window in pairwise(measured)])
            yield from _objective(objective, values, measured, units[name], component)


def _request_value(run: Run, name: str) -> Callable[[Window], float] | None:
    if name not in REQUEST_MEASURES:
        return None
    return lambda window: run.request_measures(window)[name]


def _component_value(run: Run, component: str, name: str) -> Callable[[Window], float]:
    return lambda window: run.component_measures(component, window)[name]


def _objective(
    objective: Objective, values: np.ndarray, edges: np.ndarray, unit: str, component: str
) -> Iterator[Crossing]:
    upper, bound = objective.at_most is not None, objective.bound
    found = episodes(values > bound if upper else values < bound)
    worst = np.nanmax if upper else np.nanmin
    what = measure_words(objective.measure)
    limit = f"{'at most' if upper else 'at least'} {human(bound, unit)}"
    for episode in told(found):
        reached = human(float(worst(values[slice(*episode)])), unit)
        words = f"{what} breaks its objective of {limit}: {reached} at worst{_of(episode, found)}"
        yield Crossing(_seen_s(episode.first, edges), "objective_broken", component, words)
        if episode.stop < values.size:
            words = f"{what} meets its objective again{_after(episode, edges)}"
            yield Crossing(_seen_s(episode.stop, edges), "objective_met", component, words)


def _seen_s(interval: int, edges: np.ndarray) -> float:
    """When one can know what happened in an interval: when it is over."""
    return float(edges[interval + 1])


def _of(episode: Episode, found: Sequence[Episode]) -> str:
    """Which of many episodes it is, if not all are told."""
    if len(found) <= MOST_TOLD:
        return ""
    which = "the first" if episode == found[0] else "the longest"
    return f"; {which} of {len(found)} times"


def _after(episode: Episode, edges: np.ndarray) -> str:
    return f", after {human(float(edges[episode.stop] - edges[episode.first]), 's')}"


def saturation(run: Run, edges: np.ndarray) -> Iterator[Crossing]:
    """When components were busy all the time; of many replicas, their group."""
    members = {name for names in run.groups.values() for name in names}
    names = [name for name in run.components if name not in members]
    for group, replicas in run.groups.items():
        names += replicas if len(replicas) <= MOST_REPLICAS else [group]
    for name in names:
        if "utilization" not in run.members(name)[0].measures:
            continue
        values = [run.component_measures(name, each)["utilization"] for each in pairwise(edges)]
        found = episodes(np.array(values) >= SATURATED)
        for episode in told(found):
            words = f"busy {human(SATURATED, 'ratio')} of the time or more{_of(episode, found)}"
            yield Crossing(_seen_s(episode.first, edges), "saturated", name, words)
            if episode.stop < len(values):
                words = f"no longer busy all the time{_after(episode, edges)}"
                yield Crossing(_seen_s(episode.stop, edges), "relieved", name, words)


def recoveries(run: Run, edges: np.ndarray, strikes: Sequence[Window]) -> Iterator[Crossing]:
    """Whether the system came back from its faults.

    It has recovered when no more requests are under way than at any time between the warm-up and
    the first fault. Nothing is said if too little was seen before it.
    """
    if not strikes or run.beyond:
        return
    first_s = min(start_s for start_s, _ in strikes)
    before = (edges[:-1] >= run.warmup_s) & (edges[1:] <= first_s)
    if before.sum() < FEWEST_BEFORE:
        return
    under_way = _under_way(run, edges)
    usual = float(under_way[before].max())
    for episode in episodes(under_way > usual):
        start_s, seen_s = float(edges[episode.first]), _seen_s(episode.first, edges)
        stop_s = float(edges[episode.stop])
        ends_s = [e for b, e in strikes if b < stop_s and e >= start_s - (seen_s - start_s)]
        if not ends_s:
            continue
        if episode.stop < under_way.size:
            recovered_s = _seen_s(episode.stop, edges)
            yield _recovered(recovered_s, recovered_s - max(ends_s), usual)
        elif max(ends_s) < run.duration_s:
            words = f"not recovered: {human(float(under_way[-1]))} requests under way"
            words += f", at most {human(usual)} before the fault"
            yield Crossing(stop_s, "not_recovered", "", words)


def _recovered(at_s: float, after_s: float, usual: float) -> Crossing:
    when = f"{human(after_s, 's')} after the fault" if after_s >= 0 else "while the fault lasts"
    words = f"recovered {when}: at most {human(usual)} requests under way, as before it"
    return Crossing(at_s, "recovered", "", words)


def _under_way(run: Run, edges: np.ndarray) -> np.ndarray:
    """Requests without an outcome yet, averaged over each interval."""
    arrived_s, latency_s = run.requests.arrived_s, run.requests.latency_s
    left_s = np.sort(arrived_s + np.nan_to_num(latency_s, nan=np.inf))
    return np.diff(_area(arrived_s, edges) - _area(left_s, edges)) / np.diff(edges)


def _area(instants_s: np.ndarray, until_s: np.ndarray) -> np.ndarray:
    """The area under how many of the rising instants have passed, from 0 to each ``until_s``."""
    passed = np.searchsorted(instants_s, until_s, "right")
    return passed * until_s - np.concatenate([[0.0], np.cumsum(instants_s)])[passed]
