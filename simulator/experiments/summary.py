"""Several replications as estimates: a mean and a half-width for every measure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from simulator.experiments.events import Event
from simulator.experiments.rows import Row
from simulator.experiments.tabular import Tabular, estimated
from simulator.experiments.theory import Beside, beside
from simulator.results import Reported
from simulator.results.balance import violated
from simulator.scenario import Scenario
from simulator.scenario.claims import Objective
from simulator.scenario.draft import Draft
from simulator.stats.intervals import Interval, mean_interval
from simulator.version import __version__

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure over replications.

    Attributes:
        interval: mean of the runs' values and its t interval; None if no run had a value.
        samples: answered requests behind it, over all runs.
        reported: its unit, good direction and meaning.
    """

    interval: Interval | None
    samples: int
    reported: Reported

    def as_json(self) -> dict[str, Any]:
        """As in the output of ``simulator run --json``."""
        return {
            "mean": self.interval.mean if self.interval else None,
            "half_width": self.interval.half_width if self.interval else None,
            "n": self.interval.n if self.interval else 0,
            "samples": self.samples,
            "unit": self.reported.unit,
        }


@dataclass(frozen=True, slots=True)
class Summary(Tabular):
    """All replications of one design.

    Attributes:
        scenario: with the variant applied.
        variant: its name.
        changes: further changes, path -> value.
        rows: a row a replication, in order.
        measures: full name -> estimate.
        classes: request class -> measure -> estimate.
        interrupted: whether more runs were wanted.
    """

    scenario: Scenario
    variant: str
    changes: Mapping[str, Any]
    rows: Sequence[Row]
    measures: Mapping[str, Estimate]
    classes: Mapping[str, Mapping[str, Estimate]]
    interrupted: bool = False

    @property
    def verdict(self) -> str:
        """The verdict of most runs; of equally many, the worse."""
        counts = Counter(row.verdict for row in self.rows)
        return max(VERDICTS, key=lambda each: counts[each])

    def events(self) -> Sequence[Event]:
        """What happened in the first run whose log was kept, in order."""
        return next((row.events for row in self.rows if row.events), ())

    @property
    def stopped_s(self) -> list[float]:
        """When its runs were stopped, in simulated time; empty if they came to their end."""
        return [row.stopped_s for row in self.rows if row.stopped_s is not None]

    def records(self) -> list[dict[str, Any]]:
        """A line a measure."""
        return [
            {
                "measure": name,
                **estimated(each.interval),
                "n": each.interval.n if each.interval else 0,
                "unit": each.reported.unit,
            }
            for name, each in self.measures.items()
        ]

    def traced(self) -> list[Row]:
        """The runs of which there are traces."""
        return [row for row in self.rows if row.traces is not None]

    def objectives(self) -> list[dict[str, Any]]:
        """Each objective of the scenario: its bound, whether the mean keeps it, the estimate."""
        return [self._objective(each) for each in self.scenario.slo]

    def gaps(self) -> dict[str, float]:
        """The largest relative gap in the books of each part of the system, over all runs."""
        names = dict.fromkeys(name for row in self.rows for name in row.gaps)
        return {name: max(row.gaps.get(name, 0.0) for row in self.rows) for name in names}

    def theory(self) -> list[Beside]:
        """What closed forms say of its parts, beside what its runs came to."""
        scenario = self.scenario
        if any(self.stopped_s):
            scenario = scenario.with_run(duration=min(self.stopped_s))
        return beside(scenario, [row.measures for row in self.rows])

    def _objective(self, objective: Objective) -> dict[str, Any]:
        found = self.measures[objective.measure].as_json()
        mean = found["mean"]
        bound = {
            name: value
            for name in ("at_most", "at_least")
            if (value := getattr(objective, name)) is not None
        }
        met = None if mean is None else objective.excess(mean) <= 0
        return {"measure": objective.measure, **bound, "met": met, **found}

    def as_json(self) -> dict[str, Any]:
        """The document that ``simulator run --json`` prints."""
        of_requests = {k: v.as_json() for k, v in self.measures.items() if "." not in k}
        components: dict[str, dict[str, Any]] = {}
        for name, estimate in self.measures.items():
            component, dot, measure = name.rpartition(".")
            if dot:
                components.setdefault(component, {})[measure] = estimate.as_json()
        return {
            "scenario": self.scenario.scenario,
            "variant": self.variant,
            "set": dict(self.changes),
            "seed": self.scenario.run.seed,
            "replications": len(self.rows),
            "complete": not (self.stopped_s or self.interrupted),
            "stopped_s": self.stopped_s,
            "confidence": CONFIDENCE,
            "engine_version": __version__,
            "verdict": self.verdict,
            "measures": of_requests,
            "classes": {
                name: {k: v.as_json() for k, v in measures.items()}
                for name, measures in self.classes.items()
            },
            "components": components,
            "objectives": self.objectives(),
            "checks": self._checks(),
            "theory": [each.as_json() for each in self.theory()],
            "events": [each.as_json() for each in self.events()],
        }

    def _checks(self) -> dict[str, Any]:
        """Whether the books of all runs balance, by flow and by Little's law."""
        gaps = self.gaps()
        return {"largest_gap": max(gaps.values(), default=0.0), "violated": violated(gaps)}


def heading(scenario: Scenario, variant: str) -> dict[str, Any]:
    """How the documents of experiments begin: what was run, with which random numbers."""
    return {
        "scenario": scenario.scenario,
        "variant": variant,
        "seed": scenario.run.seed,
        "confidence": CONFIDENCE,
        "engine_version": __version__,
    }


VERDICTS = ("overloaded", "backlogged", "too short to tell", "stable")


def summarize(
    scenario: Scenario, variant: str, rows: Sequence[Row], changes: Mapping[str, Any] | None = None
) -> Summary:
    """Estimates from the rows of one design, one or more, in any order."""
    rows = sorted(rows, key=lambda row: row.replication)
    reported = Draft.of(scenario).measures()
    samples = sum(row.samples for row in rows)
    return Summary(
        scenario=scenario,
        variant=variant,
        changes=changes or {},
        rows=rows,
        measures={
            name: estimate([row.measures[name] for row in rows], samples, reported[name])
            for name in rows[0].measures
        },
        classes={
            request_class: {
                name: estimate(
                    [row.classes[request_class][name] for row in rows],
                    sum(int(row.classes[request_class]["ok"]) for row in rows),
                    reported[name],
                )
                for name in rows[0].classes[request_class]
            }
            for request_class in rows[0].classes
        },
    )


def estimate(values: Sequence[float], samples: int, reported: Reported) -> Estimate:
    """Mean and interval of the runs that have a value."""
    present = [value for value in values if isfinite(value)]
    interval = mean_interval(present, CONFIDENCE) if present else None
    return Estimate(interval, samples, reported)
