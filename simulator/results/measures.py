"""Names, units and good directions of everything that a run reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher"] | None

OUTCOMES = ("ok", "rejected", "timed_out", "failed", "unfinished")

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}


@dataclass(frozen=True, slots=True)
class Measure:
    """Something a component records.

    Attributes:
        form: how it is kept and reported, see ``simulator.kernel.measures``.
        description: what it means, in a few words.
        unit: ``s``, ``ratio``, ``$``, ``B`` or empty for a plain number.
        better: which direction is good; None where neither is.
        peaks: for a level: the component also keeps ``x_peak``, its largest value.
        parts: for a ratio: the numerator's name, then those whose sum is the denominator; with the
            numerator alone, which is a level of 0 or 1 then, part of the time.
    """

    form: Literal["count", "level", "samples", "ratio"]
    description: str
    unit: str = ""
    better: Better = None
    peaks: bool = False
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reported:
    """One number of a run, as a reader sees it."""

    unit: str
    better: Better
    description: str


def reported(name: str, measure: Measure) -> dict[str, Reported]:
    """What a component's measure is reported as: name -> unit, good direction, description.

    >>> list(reported("rejected", Measure("count", "calls refused")))
    ['rejected', 'rejected_per_s']
    >>> list(reported("wait_s", Measure("samples", "time in queue", "s")))[:3]
    ['wait_mean_s', 'wait_max_s', 'wait_p50_s']
    """
    text, better = measure.description, measure.better
    match measure.form:
        case "count":
            per_second = Reported(f"{measure.unit}/s", better, f"{text}, per second")
            return {name: Reported(measure.unit, better, text), f"{name}_per_s": per_second}
        case "level":
            unit = measure.unit
            names = {f"{name}_mean": Reported(unit, better, f"{text}, average over time")}
            if measure.peaks:
                names[f"{name}_max"] = Reported(unit, better, f"{text}, at most")
            return names
        case "samples":
            return _statistics(name, measure.unit, better, text)
        case "ratio":
            return {name: Reported("ratio", better, text)}


def _statistics(name: str, unit: str, better: Better, text: str) -> dict[str, Reported]:
    base, suffix = (name[:-2], "_s") if name.endswith("_s") else (name, "")
    kinds = {"mean": "mean", "max": "maximum"}
    kinds |= {quantile: f"{100 * level:g}th percentile" for quantile, level in QUANTILES.items()}
    return {
        f"{base}_{kind}{suffix}": Reported(unit, better, f"{text}, {words}")
        for kind, words in kinds.items()
    }


REQUEST_MEASURES: dict[str, Reported] = {
    **_statistics("latency_s", "s", "lower", "first attempt to answer, requests answered ok"),
    **_statistics("latency_all_s", "s", "lower", "first attempt to outcome, whatever the outcome"),
    "success_ratio": Reported("ratio", "higher", "ok over all requests with an outcome"),
    "goodput_per_s": Reported("/s", "higher", "ok answers within the deadline, per second"),
    "throughput_per_s": Reported("/s", "higher", "requests with any outcome, per second"),
    "arrived_per_s": Reported("/s", None, "requests that arrived, per second"),
    "arrived": Reported("", None, "requests that arrived"),
    "ok": Reported("", "higher", "requests answered ok"),
    "rejected": Reported("", "lower", "requests refused on purpose"),
    "timed_out": Reported("", "lower", "requests whose user gave up"),
    "failed": Reported("", "lower", "requests that were tried and broke"),
    "unfinished": Reported("", "lower", "requests with no outcome when the run stopped"),
    "attempts_mean": Reported("", "lower", "tries of each request by the first client it comes to"),
}

COST_MEASURES: dict[str, Reported] = {
    "cost_per_hour_usd": Reported(
        "$", "lower", "cost of all components, by the hour and by use, dollars an hour"
    ),
    "cost_per_million_usd": Reported("$", "lower", "dollars for a million requests answered ok"),
    "cost_per_thousand_usd": Reported(
        "$", "lower", "dollars for a thousand requests answered ok within the deadline"
    ),
}

WORLD_MEASURES: dict[str, Reported] = {
    "net_per_hour_usd": Reported(
        "$", "higher", "what answers earned less the cost of all components, dollars an hour"
    ),
}
"""Those of runs with a world."""

USERS, EARNED = "users", "earned_usd"
"""Who counts what answers earn, and as what."""

SPENT = "spent_usd"
"""The measure of a component that is paid by use; what it counts is a part of all costs."""
