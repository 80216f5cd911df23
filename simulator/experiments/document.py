"""What some runs of one scenario came to, as plain data: the result of a job.

Everything that a reader is shown is computed here, so that whoever shows it only has to word it.
Nothing in it is NaN: what has no value is None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import product
from typing import Any

import numpy as np

from simulator.controllers import of_replicas
from simulator.experiments.comparisons import comparison_of
from simulator.experiments.design import Outcome
from simulator.experiments.findings import check, variants_needed
from simulator.experiments.ledger import ledger
from simulator.experiments.predictions import truth, variants_asked
from simulator.experiments.rows import Curves
from simulator.experiments.summary import Summary
from simulator.experiments.warmups import proposal
from simulator.scenario import Scenario

DIGITS = 6  # significant ones of a curve's values; more would only make it longer


def document(scenario: Scenario, outcome: Outcome) -> dict[str, Any]:
    """Everything to be said about the runs so far.

    Args:
        scenario: as in its file, with the run settings applied.
        outcome: the runs; those of the first design are what the others are compared with.
    """
    summaries = outcome.summaries()
    finished = [each for each in summaries if not each.stopped_s]
    as_written = {each.variant: each for each in finished if not each.changes}
    places = range(len(scenario.findings))
    return {
        "wanted": scenario.run.replications,
        "designs": [_design(each) for each in summaries],
        "comparisons": _comparisons(finished),
        "findings": [_finding(scenario, place, as_written) for place in places],
        "truth": _truth(scenario, as_written),
    }


def _design(summary: Summary) -> dict[str, Any]:
    first = next((row for row in summary.rows if row.curves is not None), None)
    return {
        **summary.as_json(),
        "curves": _plain_curves(first.curves) if first and first.curves else None,
        "traces": _traces(summary),
        "unfinished": round(sum(row.measures["unfinished"] for row in summary.rows)),
        "busiest": _busiest(summary),
        "costs": _costs(summary),
        "warmup": proposal(summary).as_json(),
        "meanings": {name: asdict(each.reported) for name, each in summary.measures.items()},
    }


def _traces(summary: Summary) -> dict[str, Any] | None:
    """The examples of the first traced run and the ledger of all of them, if there are any."""
    row = next(iter(summary.traced()), None)
    if row is None or row.traces is None:
        return None
    return {
        "run": f"{summary.scenario.digest()}/{row.seed}/{row.replication}",
        "examples": row.traces.as_json(),
        "ledger": ledger(summary.rows).as_json(),
    }


def _busiest(summary: Summary) -> dict[str, Any] | None:
    """The component with the highest utilization, replicas one by one."""
    groups = {name for name, names in summary.scenario.group_members().items() if len(names) > 1}
    found = [
        (estimate.interval.mean, name.rpartition(".")[0], estimate)
        for name, estimate in summary.measures.items()
        if name.endswith(".utilization") and estimate.interval
        if name.rpartition(".")[0] not in groups
    ]
    if not found:
        return None
    _, name, estimate = max(found, key=lambda each: each[0])
    return {"component": name, **estimate.as_json()}


def _costs(summary: Summary) -> dict[str, float]:
    """Dollars an hour of each component, its replicas together, as long as they are paid for."""
    scenario = summary.scenario
    paid = {name: float(len(names)) for name, names in scenario.group_members().items()}
    for name, controller in of_replicas(scenario.controllers).items():
        measured = summary.measures[f"{name}.paid_mean"].interval
        paid[controller.of] = measured.mean if measured is not None else 0.0
    specs = scenario.system.components
    return {name: spec.cost_per_hour * paid[name] for name, spec in specs.items()}


def _plain_curves(curves: Curves) -> dict[str, Any]:
    return {
        "start_s": _plain(curves.start_s),
        "end_s": _plain(curves.end_s),
        "latency": {name: _plain(values) for name, values in curves.latency.items()},
        "outcomes": {name: _plain(values) for name, values in curves.outcomes.items()},
        "components": {
            name: {measure: _plain(values) for measure, values in found.items()}
            for name, found in curves.components.items()
            if found
        },
        "strikes": [asdict(each) for each in curves.strikes],
    }


def _plain(values: np.ndarray) -> list[float | None]:
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in values]


def _comparisons(summaries: Sequence[Summary]) -> list[dict[str, Any]]:
    """The first design against each other one that has the same changes."""
    found = []
    for first, other in product(summaries[:1], summaries[1:]):
        if dict(other.changes) != dict(first.changes):
            continue
        comparison = comparison_of(first, other)
        differences = {
            name: {**each.as_json(), "words": each.words(), "better": each.reported.better}
            for name, each in comparison.differences.items()
        }
        found.append({"of": first.variant, "with": other.variant, "differences": differences})
    return found


def _finding(
    scenario: Scenario, place: int, as_written: Mapping[str, Summary]
) -> dict[str, Any] | None:
    """The verdict on a finding; None unless all variants it needs have run as they are written."""
    finding = scenario.findings[place]
    needed = variants_needed([finding])
    if any(name not in as_written for name in needed):
        return None
    verdict = check(finding, {name: as_written[name].rows for name in needed})
    unit = "ratio" if finding.in_runs else _unit(finding.measure, as_written)
    unit = "times" if finding.relative_to and not finding.in_runs else unit
    bounds = finding.in_runs or finding
    forms = ("at_most", "at_least", "about")
    return {
        **{key: _number(value) for key, value in verdict.as_json(scenario.scenario).items()},
        "unit": unit,
        "claimed": next(form for form in forms if getattr(bounds, form, None) is not None),
        "relative_to": finding.relative_to,
        "in_runs": finding.in_runs is not None,
    }


def _unit(measure: str, as_written: Mapping[str, Summary]) -> str:
    return next(iter(as_written.values())).measures[measure].reported.unit


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _truth(scenario: Scenario, as_written: Mapping[str, Summary]) -> dict[str, Any] | None:
    asked = scenario.predict
    if asked is None or any(name not in as_written for name in variants_asked(asked)):
        return None
    return truth(asked, as_written).as_json()
