"""Claims checked by running them: confirmed, refuted, or undecided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

import numpy as np

from simulator.experiments.rows import Row
from simulator.scenario.claims import Finding
from simulator.stats.intervals import mean_interval, proportion_interval

Status = Literal["confirmed", "refuted", "undecided"]
Rows = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the runs say of one finding.

    Attributes:
        finding: the claim.
        status: confirmed if the whole interval lies on the claim's side, refuted if on the other.
        estimate, low, high: of what the claim bounds: the measure, how many times the other
            variant's value it is, or the share of runs; None where no run had a value.
        bound: what it is held against; for ``about`` the value claimed.
        n: runs.
    """

    finding: Finding
    status: Status
    estimate: float | None
    low: float | None
    high: float | None
    bound: float
    n: int

    def as_json(self, scenario: str) -> dict[str, Any]:
        """As in the output of ``simulator findings --json``."""
        return {
            "scenario": scenario,
            "claim": self.finding.claim,
            "measure": self.finding.measure,
            "of": self.finding.of,
            "status": self.status,
            "estimate": self.estimate,
            "low": self.low,
            "high": self.high,
            "bound": self.bound,
            "n": self.n,
        }


def variants_needed(findings: Sequence[Finding]) -> list[str]:
    """The variants that must be run to check some findings."""
    named = [name for each in findings for name in (each.of, each.relative_to) if name]
    return list(dict.fromkeys(named))


def check_findings(findings: Sequence[Finding], rows: Rows) -> list[Verdict]:
    """Hold every finding against the rows of the variants that it names."""
    return [check(each, rows) for each in findings]


def check(finding: Finding, rows: Rows) -> Verdict:
    """Hold one finding against the rows of the variants that it names, paired by replication."""
    values, others = _values(finding, rows)
    if not len(values):
        return Verdict(finding, "undecided", None, None, None, _bound(finding), 0)
    if finding.in_runs is not None:
        return _in_runs(finding, values, others)
    statuses = {_one_sided(values, others, bound, sign) for bound, sign in _sides(finding)}
    status: Status = (
        "refuted"
        if "refuted" in statuses
        else "confirmed"
        if statuses == {"confirmed"}
        else "undecided"
    )
    estimate, low, high = _shown(values, others)
    return Verdict(finding, status, estimate, low, high, _bound(finding), len(values))


def _values(finding: Finding, rows: Rows) -> tuple[np.ndarray, np.ndarray | None]:
    """A value a run, and in the same order those of the other variant if there is one.

    Only pairs of which both are there count: some runs may not have been made yet.
    """
    found = [
        {row.replication: row.value(finding.measure, finding.during) for row in rows[variant]}
        for variant in (finding.of, finding.relative_to)
        if variant is not None
    ]
    both = sorted(set.intersection(*map(set, found)))
    values, *others = [np.array([each[replication] for replication in both]) for each in found]
    return values, others[0] if others else None


def _bound(finding: Finding) -> float:
    given = (finding.at_most, finding.at_least, finding.about)
    return next(bound for bound in given if bound is not None)


def _sides(finding: Finding) -> list[tuple[float, int]]:
    """The bounds a value must keep, each with the sign that makes keeping it mean `<= 0`."""
    if finding.at_most is not None:
        return [(finding.at_most, 1)]
    if finding.at_least is not None:
        return [(finding.at_least, -1)]
    about, within = finding.about or 0.0, finding.within or 0.0
    return [(about + within, 1), (about - within, -1)]


def _excess(values: np.ndarray, others: np.ndarray | None, bound: float, sign: int) -> np.ndarray:
    """By how much each run is on the wrong side; in pairs, of a multiple of the other's value."""
    return sign * (values - bound * (1.0 if others is None else others))


def _one_sided(values: np.ndarray, others: np.ndarray | None, bound: float, sign: int) -> Status:
    excess = _excess(values, others, bound, sign)
    if not np.isfinite(excess).all():
        return "undecided"  # a run without a value is no evidence either way
    interval = mean_interval(excess)
    if interval.low is None or interval.high is None:
        return "undecided"
    return "confirmed" if interval.high <= 0 else "refuted" if interval.low > 0 else "undecided"


def _in_runs(finding: Finding, values: np.ndarray, others: np.ndarray | None) -> Verdict:
    """The share of runs for which the comparison holds; a run without a value does not hold."""
    holds = np.ones(len(values), bool)
    for bound, sign in _sides(finding):
        with np.errstate(invalid="ignore"):
            holds &= _excess(values, others, bound, sign) <= 0
    share = proportion_interval(int(holds.sum()), len(holds))
    assert finding.in_runs is not None
    wanted = finding.in_runs
    status: Status = "undecided"
    if wanted.at_least is not None:
        bound = wanted.at_least
        if share.low >= bound:
            status = "confirmed"
        elif share.high < bound:
            status = "refuted"
    else:
        assert wanted.at_most is not None
        bound = wanted.at_most
        if share.high <= bound:
            status = "confirmed"
        elif share.low > bound:
            status = "refuted"
    return Verdict(finding, status, share.share, share.low, share.high, bound, share.n)


def _shown(
    values: np.ndarray, others: np.ndarray | None
) -> tuple[float | None, float | None, float | None]:
    """Estimate and interval for a reader; of a ratio, by how the mean of one varies."""
    if others is not None:
        mean = float(others.mean())
        values = values / mean if mean else np.full(len(values), np.nan)
    if not all(isfinite(value) for value in values) or len(values) == 0:
        return None, None, None
    interval = mean_interval(values)
    return interval.mean, interval.low, interval.high
