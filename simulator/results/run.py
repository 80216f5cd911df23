"""What one run left behind: immutable arrays, and the measures read off them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.measures import (
    COST_MEASURES,
    EARNED,
    OUTCOMES,
    QUANTILES,
    REQUEST_MEASURES,
    SPENT,
    USERS,
    WORLD_MEASURES,
    Measure,
    Reported,
    reported,
)
from simulator.results.spans import Spans
from simulator.stats.sketch import Histogram, quantiles

if TYPE_CHECKING:
    import pandas as pd

OK, UNFINISHED = OUTCOMES.index("ok"), OUTCOMES.index("unfinished")

Window = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Requests:
    """A row a request, in order of arrival; all columns have shape ``(requests,)``.

    Attributes:
        arrived_s: instant of the first attempt, in seconds of simulated time.
        latency_s: from there to the outcome, in seconds; NaN for unfinished requests.
        outcome: index into ``OUTCOMES``.
        request_class: index into ``Run.classes``.
        attempts: tries that the first client on the request's way made; 1 if it comes to none, or
            only to some behind a component that makes calls of its own.
    """

    arrived_s: np.ndarray
    latency_s: np.ndarray
    outcome: np.ndarray
    request_class: np.ndarray
    attempts: np.ndarray

    def __len__(self) -> int:
        return len(self.arrived_s)

    def rows(self, chosen: slice | np.ndarray) -> Requests:
        """Some of the rows."""
        return Requests(
            self.arrived_s[chosen],
            self.latency_s[chosen],
            self.outcome[chosen],
            self.request_class[chosen],
            self.attempts[chosen],
        )


@dataclass(slots=True)
class Tally:
    """Requests of one class that arrived between two ticks and have no row, in bounded memory.

    Attributes:
        outcomes: how many had each outcome, in the order of ``OUTCOMES``.
        attempts: tries of those that have an outcome.
        ok_late: how many ok answers came after the deadline.
        latency_ok: latencies of those answered ok.
        latency_not_ok: latencies of those that had another outcome.
    """

    outcomes: np.ndarray = field(default_factory=lambda: np.zeros(len(OUTCOMES), int))
    attempts: int = 0
    ok_late: int = 0
    latency_ok: Histogram = field(default_factory=Histogram)
    latency_not_ok: Histogram = field(default_factory=Histogram)


@dataclass(frozen=True, slots=True)
class Beyond:
    """The requests that came after the log was full.

    Attributes:
        tallies: place in ``Run.tick_s`` of the tick with which an interval begins -> a tally for
            each class.
        inside_area: at every tick, the area so far under the number of these requests that are
            in the system, in request-seconds, shape ``(ticks,)``.
    """

    tallies: Mapping[int, Sequence[Tally]]
    inside_area: np.ndarray


@dataclass(frozen=True, slots=True)
class ComponentRecord:
    """What one component recorded.

    Attributes:
        measures: its declared measures.
        totals: per count, running total; per level, area under it (level-seconds); per samples,
            how many; each at every tick, shape ``(ticks,)``.
        peaks: per level that keeps them, the largest value since the tick before.
        samples: per samples, the values in order, as far as they were kept.
        beyond: per samples, histograms of those that were not kept: place of the tick with which
            an interval begins -> histogram.
        cost_per_hour: dollars, on average over the window if it is not there all the time.
    """

    measures: Mapping[str, Measure]
    totals: Mapping[str, np.ndarray]
    peaks: Mapping[str, np.ndarray]
    samples: Mapping[str, np.ndarray]
    beyond: Mapping[str, Mapping[int, Histogram]]
    cost_per_hour: float


@dataclass(frozen=True, slots=True)
class Strike:
    """One time that a fault struck.

    Attributes:
        fault: its place in the scenario's list of faults.
        of: the component or group that it befell.
        start_s, end_s: from when to when, in seconds, at most to the end of the run.
    """

    fault: int
    of: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that a controller decided, or that became of it.

    Attributes:
        at_s: instant, in seconds.
        kind: a word for the event log, such as ``scaled_up``.
        of: the component or group that it concerns.
        words: what was decided and why.
    """

    at_s: float
    kind: str
    of: str
    words: str


@dataclass(frozen=True, slots=True)
class Run:
    """One simulation of one variant with one seed.

    Attributes:
        scenario, variant: their names.
        scenario_hash: of the validated scenario, variant applied, and the engine's version.
        seed, replication: they fix every random number.
        warmup_s, duration_s: the window that is measured.
        deadlines_s: of each class: an ok answer later than this is not goodput.
        classes: names of the request classes.
        requests: a row a request.
        beyond: the requests that came after the log was full; None if it never was.
        tick_s: instants at which the components were read, shape ``(ticks,)``.
        components: name -> what it recorded; replicas one by one.
        groups: name in the scenario -> names of its components.
        strikes: every time that a fault struck, in order.
        decisions: of all controllers, in order.
        is_complete: whether it ran to its end; else it was stopped at ``duration_s``.
        manifest: versions, host and wall time; not part of the run's identity.
        spans: what the traced requests went through; None if none was to be traced.
    """

    scenario: str
    variant: str
    scenario_hash: str
    seed: int
    replication: int
    warmup_s: float
    duration_s: float
    deadlines_s: Sequence[float | None]
    classes: Sequence[str]
    requests: Requests
    beyond: Beyond | None
    tick_s: np.ndarray
    components: Mapping[str, ComponentRecord]
    groups: Mapping[str, Sequence[str]]
    strikes: Sequence[Strike] = ()
    decisions: Sequence[Decision] = ()
    is_complete: bool = True
    manifest: Mapping[str, Any] = field(default_factory=dict, compare=False)
    spans: Spans | None = None

    # -- requests ------------------------------------------------------------------------------

    def measured(self, during: Window | None = None, request_class: str | None = None) -> Requests:
        """The rows of requests that arrived in a window, by default [warm-up, duration)."""
        start_s, end_s = during or (self.warmup_s, self.duration_s)
        first, last = np.searchsorted(self.requests.arrived_s, [start_s, end_s])
        rows = self.requests.rows(slice(first, last))
        if request_class is None or len(self.classes) == 1:
            return rows
        return rows.rows(rows.request_class == self.classes.index(request_class))

    def tallies(
        self, during: Window | None = None, request_class: str | None = None
    ) -> list[Tally]:
        """The same of the requests without a row; the ends of the window must be ticks."""
        if self.beyond is None:
            return []
        chosen = slice(None)
        if request_class is not None:
            place = self.classes.index(request_class)
            chosen = slice(place, place + 1)
        first, last = self._ticks(during)
        found = self.beyond.tallies.items()
        return [each for tick, tallies in found if first <= tick < last for each in tallies[chosen]]

    def latency(self, q: float) -> float:
        """The q-quantile of the latency of requests answered ok, in seconds; q in 0..1."""
        rows = self.measured()
        tails = [each.latency_ok for each in self.tallies()]
        return quantiles(rows.latency_s[rows.outcome == OK], tails, [q])[0]

    def request_measures(
        self, during: Window | None = None, request_class: str | None = None
    ) -> dict[str, float]:
        """Every measure of ``REQUEST_MEASURES`` over a window; NaN where there is nothing to say.

        The ends of the window must be ticks if the log was full.
        """
        rows, tallies = self.measured(during, request_class), self.tallies(during, request_class)
        start_s, end_s = during or (self.warmup_s, self.duration_s)
        outcomes = np.bincount(rows.outcome, minlength=len(OUTCOMES))
        outcomes = sum((each.outcomes for each in tallies), outcomes)
        is_ok, has_outcome = rows.outcome == OK, rows.outcome != UNFINISHED
        attempts = int(rows.attempts.sum())
        attempts += sum(each.attempts + int(each.outcomes[UNFINISHED]) for each in tallies)
        arrived, answered = int(outcomes.sum()), int(outcomes[:UNFINISHED].sum())
        ok_tails = [each.latency_ok for each in tallies]
        all_tails = ok_tails + [each.latency_not_ok for each in tallies]
        return {
            **_summary("latency_s", rows.latency_s[is_ok], ok_tails),
            **_summary("latency_all_s", rows.latency_s[has_outcome], all_tails),
            "success_ratio": _over(outcomes[OK], answered),
            "goodput_per_s": (outcomes[OK] - self._ok_late(rows, tallies)) / (end_s - start_s),
            "throughput_per_s": answered / (end_s - start_s),
            "arrived_per_s": arrived / (end_s - start_s),
            "arrived": arrived,
            **dict(zip(OUTCOMES, outcomes.tolist(), strict=True)),
            "attempts_mean": _over(attempts, arrived),
        }

    def _ok_late(self, rows: Requests, tallies: Sequence[Tally]) -> int:
        """How many ok answers came after the deadline of their class."""
        limits_s = np.array([inf if each is None else each for each in self.deadlines_s])
        is_ok = rows.outcome == OK
        late = rows.latency_s[is_ok] > limits_s[rows.request_class[is_ok]]
        return int(late.sum()) + sum(each.ok_late for each in tallies)

    def _ticks(self, during: Window | None) -> tuple[int, int]:
        """The places of the ticks at the ends of a window."""
        first, last = np.searchsorted(self.tick_s, during or (self.warmup_s, self.duration_s))
        return int(first), int(last)

    # -- components ----------------------------------------------------------------------------

    def members(self, name: str) -> list[ComponentRecord]:
        """The records behind a name: of one component, or of all replicas of a group."""
        return [self.components[each] for each in self.groups.get(name, (name,))]

    def component_measures(self, name: str, during: Window | None = None) -> dict[str, float]:
        """Every measure of a component or group over a window whose ends are ticks."""
        members = self.members(name)
        found: dict[str, float] = {}
        for measure_name, measure in members[0].measures.items():
            found |= self._component_measure(members, measure_name, measure, during)
        return found

    def _component_measure(
        self,
        members: list[ComponentRecord],
        name: str,
        measure: Measure,
        during: Window | None,
    ) -> dict[str, float]:
        first, last = self._ticks(during)
        start_s, end_s = during or (self.warmup_s, self.duration_s)
        seconds = end_s - start_s

        def gained(part: str) -> float:
            return sum(float(m.totals[part][last] - m.totals[part][first]) for m in members)

        match measure.form:
            case "count":
                return {name: gained(name), f"{name}_per_s": gained(name) / seconds}
            case "level":
                averages = {f"{name}_mean": gained(name) / seconds}
                if measure.peaks:
                    averages[f"{name}_max"] = max(
                        float(m.peaks[name][first + 1 : last + 1].max()) for m in members
                    )
                return averages
            case "ratio":
                part, *whole = measure.parts
                most = sum(gained(each) for each in whole) if whole else seconds * len(members)
                return {name: _over(gained(part), most)}
            case "samples":
                ends = [m.totals[name][[first, last]].astype(int) for m in members]
                kept = [
                    m.samples[name][start:stop]
                    for m, (start, stop) in zip(members, ends, strict=True)
                ]
                tails = [
                    histogram
                    for m in members
                    for tick, histogram in m.beyond.get(name, {}).items()
                    if first <= tick < last
                ]
                return _summary(name, np.concatenate(kept), tails)

    # -- everything ----------------------------------------------------------------------------

    def cost_measures(self) -> dict[str, float]:
        """Dollars an hour, for a million requests answered ok, and for a thousand in time."""
        hours = (self.duration_s - self.warmup_s) / 3600
        per_hour = sum(each.cost_per_hour for each in self.components.values())
        per_hour += sum(self._counted(name, SPENT) for name in self.components) / hours
        rows, tallies = self.measured(), self.tallies()
        ok = np.count_nonzero(rows.outcome == OK)
        ok += sum(int(each.outcomes[OK]) for each in tallies)
        ok_per_s = ok / (self.duration_s - self.warmup_s)
        good_per_s = (ok - self._ok_late(rows, tallies)) / (self.duration_s - self.warmup_s)
        net = {}
        if self._earns():
            net = {"net_per_hour_usd": self._counted(USERS, EARNED) / hours - per_hour}
        return {
            **net,
            "cost_per_hour_usd": per_hour,
            "cost_per_million_usd": per_hour / 3600 / ok_per_s * 1e6 if ok_per_s else nan,
            "cost_per_thousand_usd": per_hour / 3600 / good_per_s * 1e3 if good_per_s else nan,
        }

    def _earns(self) -> bool:
        """Whether there is a world whose users bring in dollars; others may bear their name."""
        return USERS in self.components and EARNED in self.components[USERS].totals

    def _counted(self, name: str, count: str) -> float:
        """What one component has counted in the window; 0 if it does not count that."""
        first, last = self._ticks(None)
        total = self.components[name].totals.get(count)
        return 0.0 if total is None else float(total[last] - total[first])

    def measures(self, during: Window | None = None) -> dict[str, float]:
        """Every measure of the run by its full name, such as ``api.queued_mean``."""
        found = {**self.request_measures(during), **self.cost_measures()}
        for name in {**self.groups, **self.components}:
            of_component = self.component_measures(name, during)
            found |= {f"{name}.{measure}": value for measure, value in of_component.items()}
        return found

    def reported(self) -> dict[str, Reported]:
        """Unit, good direction and description of every measure in ``measures``."""
        found = {**REQUEST_MEASURES, **COST_MEASURES}
        found |= WORLD_MEASURES if self._earns() else {}
        for name in {**self.groups, **self.components}:
            for measure_name, measure in self.members(name)[0].measures.items():
                found |= {f"{name}.{k}": v for k, v in reported(measure_name, measure).items()}
        return found

    def curve(self, name: str, measure: str, every: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """How a count's rate, a level or a ratio went over time.

        Args:
            name: of a component or group.
            measure: as declared by it.
            every: ticks to an interval.

        Returns:
            Middle of each interval in seconds, and the average there, both ``(intervals,)``.
        """
        members = self.members(name)
        tick_s = self.tick_s[::every]
        step_s = np.diff(tick_s)
        middle_s = tick_s[:-1] + step_s / 2
        declared = members[0].measures[measure]

        def gained(part: str) -> np.ndarray:
            total = np.sum([each.totals[part] for each in members], axis=0)
            return np.diff(total[::every])

        if declared.form == "ratio":
            part, *whole = declared.parts
            most = [gained(each) for each in whole] or [step_s * len(members)]
            denominator = np.sum(most, axis=0)
            with np.errstate(invalid="ignore", divide="ignore"):
                return middle_s, np.where(denominator > 0, gained(part) / denominator, nan)
        return middle_s, gained(measure) / step_s

    def frame(self) -> pd.DataFrame:
        """The requests as a table, outcomes and classes by name."""
        import pandas as pd

        rows = self.requests
        return pd.DataFrame(
            {
                "arrived_s": rows.arrived_s,
                "latency_s": rows.latency_s,
                "outcome": pd.Categorical.from_codes(rows.outcome, list(OUTCOMES)),
                "request_class": pd.Categorical.from_codes(rows.request_class, list(self.classes)),
                "attempts": rows.attempts,
            }
        )


def _over(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else nan


def _summary(name: str, values: np.ndarray, tails: Sequence[Histogram]) -> dict[str, float]:
    """Mean, maximum and quantiles; ``values`` may be put into another order."""
    base, suffix = (name[:-2], "_s") if name.endswith("_s") else (name, "")
    count = values.size + sum(tail.count for tail in tails)
    mean = largest = nan
    if count:
        whole = [(values.size, values.mean(), values.max())] if values.size else []
        whole += [(tail.count, tail.mean, tail.maximum) for tail in tails if tail.count]
        mean = float(sum(n * part for n, part, _ in whole) / count) if tails else whole[0][1]
        largest = max(peak for *_, peak in whole)
    statistics = {"mean": mean, "max": float(largest)}
    statistics |= zip(QUANTILES, quantiles(values, tails, list(QUANTILES.values())), strict=True)
    return {f"{base}_{kind}{suffix}": float(value) for kind, value in statistics.items()}
