"""Mann-Whitney: many metrics of both arms side by side, and a score, as Kayenta has it.

Each metric is a series of one value an interval. The values of both arms are compared by rank sum:
the metric is *high* or *low* if the interval of the shift between them lies beyond ``tolerance``
times the shift itself, and the ratio of the means reaches what is allowed. A metric passes if it is
neither, or if that direction does no harm. The score of a group is the part of its metrics that
pass, in per cent, and that of the candidate the sum over groups by weight. Below ``marginal_at``
it fails at once, from ``passes_at`` on it passes, and between them the trial goes on.

The more metrics, the more false alarms: with confidence 0.98 each raises one in 50 without any
difference, so that of trials with twenty metrics one in three has one. The tolerance makes them far
rarer, at the cost of what is small. But all this holds for values that are independent of one
another. Those of a service are not (``simulator.stats.trials.series``), nor are its metrics among
each other, and a control arm that is warm differs from a candidate that has just been started.

Other than there, a ratio is taken of means above 0 only, since of losses it says the contrary.

Left out: the noise that Kayenta adds to two series that are constant; the effect size that it
offers besides the ratio of means, how probable it is that a value of one arm is above one of the
other.

Source: Kayenta, ``NetflixACAJudge``, ``MannWhitneyClassifier``, ``WeightedSumScorer`` and
``IQRDetector`` of the directory ``kayenta-judge``; Spinnaker documentation, "How canary judgment
works" and "Best practices for configuring canary". Defaults as there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from simulator.policies.judging.base import (
    CONTINUE,
    FAIL,
    NOTHING,
    PASS,
    Evidence,
    Judge,
    JudgeMemory,
    Verdict,
    judges,
)
from simulator.registry import Spec
from simulator.units import Ratio

Score = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Factor = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]

HIGH, LOW, FINE, NO_DATA, MISSING = "high", "low", "fine", "no data", "missing"
MOST_WITHOUT_DATA = 0.5  # of all metrics; with more the candidate fails
TURNS = {HIGH: "increase", LOW: "decrease"}


class Metric(Spec):
    """How one metric is judged."""

    direction: Literal["increase", "decrease", "either"] = Field(
        "either", description="which way it goes if the candidate does harm"
    )
    group: str = Field("metrics", min_length=1, description="metrics that are scored together")
    critical: bool = Field(
        False, description="whether the candidate fails if this metric does, whatever the score"
    )
    must_have_data: bool = Field(False, description="whether it fails if there is no data")
    missing: Literal["remove", "zero"] = Field(
        "remove", description="what becomes of intervals without a value"
    )
    outliers: Literal["keep", "remove"] = Field(
        "keep",
        description="whether values more than three interquartile ranges beyond the quartiles, and "
        "beyond the first and last percentile, are left out",
    )
    allowed_increase: Factor = Field(
        1.0, ge=1, description="ratio of the means below which it is not high"
    )
    allowed_decrease: Factor = Field(
        1.0, le=1, description="ratio of the means above which it is not low"
    )
    critical_increase: Factor = Field(
        1.0,
        ge=1,
        description="ratio of the means from which on a critical metric that is high counts",
    )
    critical_decrease: Factor = Field(
        1.0, le=1, description="ratio of the means up to which it is critical that it is low"
    )


@judges.register
class MannWhitney(Judge):
    """Compares many metrics by rank sum, and goes by the part of them that pass."""

    kind: Literal["mann_whitney"] = "mann_whitney"
    compares: dict[str, Metric] = Field(
        min_length=1, max_length=200, description="metrics of the arms, by name"
    )
    weights: dict[str, Score] = Field(
        {},
        description="of groups, in per cent of the score; groups that are not named share the rest",
    )
    confidence: Annotated[Ratio, Field(ge=0.5, lt=1)] = Field(
        0.98, description="of the interval of the shift"
    )
    tolerance: Annotated[Ratio, Field(lt=1)] = Field(
        0.25, description="part of the shift that the interval has to lie beyond"
    )
    passes_at: Score = Field(95.0, description="score from which on the candidate passes")
    marginal_at: Score = Field(75.0, description="score below which it fails at once")
    min_values: int = Field(
        50, ge=2, description="intervals before anything is said; 50 are recommended at least"
    )

    def contradictions(self) -> Iterator[str]:
        if self.marginal_at > self.passes_at:
            yield f"marginal_at ({self.marginal_at:g}) must not exceed passes_at"
        groups = self.groups()
        for name in self.weights:
            if name not in groups:
                yield f"no metric is of the group {name!r}; groups: {', '.join(groups)}"
        total = sum(self.weights.values())
        if total > 100 + 1e-9 or (self.weights.keys() == groups.keys() and total < 100 - 1e-9):
            yield f"the weights of all groups must add up to 100, found {total:g}"

    def groups(self) -> dict[str, list[str]]:
        """The metrics of each group."""
        found: dict[str, list[str]] = {}
        for name, metric in self.compares.items():
            found.setdefault(metric.group, []).append(name)
        return found

    def weight_of(self, group: str) -> float:
        """The weight of a group, in per cent."""
        unnamed = [each for each in self.groups() if each not in self.weights]
        rest = 100 - sum(self.weights.values())
        return self.weights[group] if group in self.weights else rest / len(unnamed)

    def metrics(self) -> tuple[str, ...]:
        return tuple(self.compares)

    def start(self) -> JudgeMemory:
        return MannWhitneyMemory(self)


class MannWhitneyMemory(JudgeMemory):
    """Judges all series anew at each look: it remembers nothing but how."""

    def __init__(self, spec: MannWhitney) -> None:
        self._spec = spec
        self._groups = spec.groups()
        self._weights = {group: spec.weight_of(group) for group in self._groups}

    def judge(self, control: Evidence, candidate: Evidence) -> Verdict:
        spec = self._spec
        intervals = max((row.size for row in candidate.series.values()), default=0)
        if intervals < spec.min_values:
            return Verdict(CONTINUE, 50.0, f"{intervals} of {spec.min_values} intervals so far")
        found, critical = {}, ""
        for name, metric in spec.compares.items():
            before, after = (_values(arm, name, metric) for arm in (control, candidate))
            found[name] = self._classify(metric, before, after)
            if metric.critical and _is_critical(metric, found[name], before, after):
                critical = name
        if critical:
            return Verdict(FAIL, 0.0, f"{critical}, which is critical, is {_said(found[critical])}")
        if sum(each == NO_DATA for each in found.values()) >= MOST_WITHOUT_DATA * len(found):
            return Verdict(FAIL, 0.0, "half of the metrics or more have no data")
        return self._scored(found)

    def _classify(self, metric: Metric, before: np.ndarray, after: np.ndarray) -> str:
        from simulator.stats.trials.judging import rank_sum, shift

        if not before.size or not after.size:
            if metric.missing == "zero":
                return FINE
            return MISSING if metric.must_have_data else NO_DATA
        above, p = rank_sum(before, after)
        turn = HIGH if above > 0.5 else LOW
        if p >= 1 - self._spec.confidence or metric.direction not in ("either", TURNS[turn]):
            return FINE
        if self._spec.tolerance:
            estimate, lower, upper = shift(before, after, self._spec.confidence)
            clear = lower if turn == HIGH else -upper
            if clear <= self._spec.tolerance * abs(estimate):
                return FINE
        allowed = metric.allowed_increase if turn == HIGH else metric.allowed_decrease
        return turn if _reaches(turn, _ratio(before, after), allowed) else FINE

    def _scored(self, found: Mapping[str, str]) -> Verdict:
        score = 0.0
        for group, names in self._groups.items():
            known = [found[name] for name in names if found[name] != NO_DATA]
            passed = known.count(FINE) / len(known) if known else 1.0
            score += passed * self._weights[group]
        score = round(score, 2)
        decision = CONTINUE
        if score >= self._spec.passes_at:
            decision = PASS
        elif score < self._spec.marginal_at:
            decision = FAIL
        wrong = [f"{name} {_said(each)}" for name, each in found.items() if each != FINE]
        return Verdict(decision, score, f"score {score:g}: {', '.join(wrong) or 'all fine'}")


def _values(arm: Evidence, name: str, metric: Metric) -> np.ndarray:
    """The values of a metric that are compared."""
    row = arm.series.get(name, NOTHING)
    is_missing = np.isnan(row)
    row = np.where(is_missing, 0.0, row) if metric.missing == "zero" else row[~is_missing]
    return _without_outliers(row) if metric.outliers == "remove" and row.size else row


def _without_outliers(values: np.ndarray, factor: float = 3.0) -> np.ndarray:
    first, low, high, last = np.percentile(values, (1, 25, 75, 99))
    reach = factor * (high - low)
    return values[(values >= min(first, low - reach)) & (values <= max(last, high + reach))]


def _ratio(before: np.ndarray, after: np.ndarray) -> float | None:
    """The mean of the candidate over that of the control arm; None where either is not above 0."""
    means = float(before.mean()), float(after.mean())
    return means[1] / means[0] if min(means) > 0 else None


def _reaches(turn: str, ratio: float | None, bound: float) -> bool:
    """Whether a change is as large as it must be; one whose ratio is not known is."""
    if ratio is None:
        return True
    return ratio >= bound if turn == HIGH else ratio <= bound


def _is_critical(metric: Metric, found: str, before: np.ndarray, after: np.ndarray) -> bool:
    """Whether a critical metric that was found so fails the candidate by itself."""
    if found not in TURNS:
        return found != FINE
    bound = metric.critical_increase if found == HIGH else metric.critical_decrease
    return _reaches(found, _ratio(before, after), bound)


def _said(found: str) -> str:
    return "without data" if found in (NO_DATA, MISSING) else found
