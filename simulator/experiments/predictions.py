"""The answer to the question that is put before a run, computed from the runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from simulator.experiments.summary import Summary
from simulator.scenario.claims import Prediction


@dataclass(frozen=True, slots=True)
class Truth:
    """What the runs say to a prediction.

    Attributes:
        choice: place of the right choice; None where a number was asked for.
        value: of the measure that was asked about, or of the right choice's own; None if no run
            had one.
        unit: of the value; empty for "how many times".
    """

    choice: int | None
    value: float | None
    unit: str

    def as_json(self) -> dict[str, Any]:
        """As in the result of a job."""
        return asdict(self)


def variants_asked(prediction: Prediction) -> list[str]:
    """The variants that must be run to answer."""
    return list(dict.fromkeys(filter(None, (prediction.of, prediction.relative_to))))


def truth(prediction: Prediction, summaries: Mapping[str, Summary]) -> Truth:
    """Answer a prediction.

    Args:
        prediction: the question.
        summaries: variant -> its runs; at least those of ``variants_asked``.
    """
    asked = summaries[prediction.of]
    if prediction.measure is None:
        own = [_mean(asked, choice.measure) for choice in prediction.choices]
        known = [value for value in own if value is not None]
        largest = max(known, default=None)
        place = own.index(largest) if largest is not None else None
        measure = prediction.choices[place or 0].measure or ""
        return Truth(place, largest, asked.measures[measure].reported.unit)
    value, unit = _mean(asked, prediction.measure), asked.measures[prediction.measure].reported.unit
    if prediction.relative_to is not None:
        other = _mean(summaries[prediction.relative_to], prediction.measure)
        value, unit = (value / other if value is not None and other else None), ""
    return Truth(_right_choice(prediction, value), value, unit)


def _mean(summary: Summary, measure: str | None) -> float | None:
    interval = summary.measures[measure or ""].interval
    return interval.mean if interval else None


def _right_choice(prediction: Prediction, value: float | None) -> int | None:
    """The first choice whose bound the value keeps; the last has none."""
    if value is None or not prediction.choices:
        return None
    bounds = [choice.at_most for choice in prediction.choices]
    return next(place for place, bound in enumerate(bounds) if bound is None or value <= bound)
