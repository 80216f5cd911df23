"""Whether the books of a run balance: what every run is checked for, whatever the model.

*Flow*: what has come is what has gone and what is still there. *Little's law*: the area under the
number that waits is the time that those who waited spent waiting. Both hold for any system and to
rounding, so that a gap is a fault of the program, never chance. For each station:

- no more calls have been served than were begun, and those begun and not served are in service;
- at no tick is the time waited more than the area under the queue; it is equal whenever the station
  is empty for a while.

The second halves hold only if no call is taken back, nothing breaks and no replica goes: a call
that is lost is not counted.

Source: Little, "A Proof for the Queuing Formula: L = λW", *Operations Research* 9(3), 1961.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simulator.results.run import UNFINISHED, ComponentRecord, Run

ROUNDING = 1e-6  # relative; a larger gap is none of rounding
OF_STATIONS = {"queued", "in_service", "workers", "up", "served", "reneged", "wait_s"}
SYSTEM = "the system"


def gaps(run: Run, is_exact: bool = True) -> dict[str, float]:
    """The largest relative gap in the books of the system and of every station.

    Args:
        run: finished or stopped.
        is_exact: whether no call can be taken back before its time.
    """
    is_exact = is_exact and not run.strikes and not run.decisions
    found = {SYSTEM: _of_requests(run)}
    stations = _stations(run)
    found |= {name: _of_station(record, is_exact) for name, record in stations.items()}
    if is_exact and run.beyond is None and len(stations) == len(run.components) == 1:
        (record,) = stations.values()
        found[SYSTEM] = max(found[SYSTEM], _of_time(run, record))
    return found


def violated(found: Mapping[str, float]) -> dict[str, float]:
    """The gaps that are more than rounding."""
    return {name: gap for name, gap in found.items() if gap > ROUNDING}


def _stations(run: Run) -> dict[str, ComponentRecord]:
    """The records of stations that no fault befell: a slower one makes more wait than wait."""
    struck = {name for each in run.strikes for name in run.groups.get(each.of, (each.of,))}
    if not struck <= run.components.keys():  # a zone, or a gap between components
        return {}
    return {
        name: record
        for name, record in run.components.items()
        if record.totals.keys() >= OF_STATIONS and name not in struck
    }


def _of_requests(run: Run) -> float:
    """Flow through the system: arrived = outcomes + inside, each at a possible instant."""
    rows = run.requests
    if not len(rows):
        return 0.0
    has_gone = np.isfinite(rows.latency_s)
    wrong = np.count_nonzero(has_gone == (rows.outcome == UNFINISHED))
    wrong += np.count_nonzero(rows.latency_s[has_gone] < 0)
    wrong += np.count_nonzero(np.diff(rows.arrived_s) < 0)
    return float(wrong / len(rows))


def _of_time(run: Run, record: ComponentRecord) -> float:
    """Little's law for a system of one station: its levels against the latencies of requests."""
    end_s = run.tick_s[-1]
    left_s = run.requests.arrived_s + run.requests.latency_s
    left_s = np.minimum(np.nan_to_num(left_s, nan=end_s), end_s)
    spent_s = float((left_s - np.minimum(run.requests.arrived_s, end_s)).sum())
    area = float(record.totals["queued"][-1] + record.totals["in_service"][-1])
    return abs(area - spent_s) / max(area, spent_s) if area or spent_s else 0.0


def _of_station(record: ComponentRecord, is_exact: bool) -> float:
    """The largest gap of flow and of Little's law at any tick."""
    totals, waits_s = record.totals, record.samples["wait_s"]
    begun = totals["wait_s"].astype(int)
    known = int(np.searchsorted(begun, len(waits_s), "right"))  # ticks whose waits all are kept
    waited_s = np.concatenate(([0.0], np.cumsum(waits_s)))[begun[:known]]
    calls, area = max(1, begun[-1]), totals["queued"][-1] + totals["in_service"][-1]
    if area <= 0:
        return 0.0
    too_many, too_long = totals["served"] - begun, waited_s - totals["queued"][:known]
    gap = max(0.0, too_many.max() / calls, too_long.max() / area)
    if is_exact and not _has_let_go(totals):
        idle = _idle(record)
        gap = max(gap, np.abs(too_many[idle]).max(initial=0.0) / calls)
        idle = idle[idle < known]
        gap = max(gap, np.abs(too_long[idle]).max(initial=0.0) / area)
    return float(gap)


def _has_let_go(totals: Mapping[str, np.ndarray]) -> bool:
    """Whether calls have left, or were turned away, that had waited."""
    return any(name in totals and totals[name][-1] for name in ("reneged", "shed", "expired"))


def _idle(record: ComponentRecord) -> np.ndarray:
    """The ticks before and after which a station was empty for a whole interval.

    Before alone would not do: a call may have come at the very instant of the tick.
    """
    queued, in_service = record.totals["queued"], record.totals["in_service"]
    is_empty = (np.diff(queued) == 0) & (np.diff(in_service) == 0)
    return np.flatnonzero(is_empty[:-1] & is_empty[1:]) + 1
