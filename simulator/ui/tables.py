"""Results as tables, for reading and for downloading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from simulator.plots.over_time import table
from simulator.ui.words import (
    capital,
    difference_words,
    estimate_words,
    light_words,
    measure_words,
    variant_words,
)
from simulator.units import clock, human

FIRST = (
    "latency_p50_s",
    "latency_p95_s",
    "latency_p99_s",
    "success_ratio",
    "goodput_per_s",
    "cost_per_hour_usd",
    "cost_per_million_usd",
)
"""Measures that matter in every case; the others follow on demand."""

Design = Mapping[str, Any]


def estimates(design: Design) -> dict[str, Mapping[str, Any]]:
    """Every measure of a design by its full name."""
    of_components = {
        f"{name}.{measure}": estimate
        for name, found in design["components"].items()
        for measure, estimate in found.items()
    }
    return {**design["measures"], **of_components}


def measures(design: Design) -> pd.DataFrame:
    """Every measure in words, with its margin and its meaning."""
    rows = [
        (measure_words(name), estimate_words(estimate), design["meanings"][name]["description"])
        for name, estimate in estimates(design).items()
    ]
    return pd.DataFrame(rows, columns=["Measure", "Value", "Meaning"])


def measures_csv(designs: list[Design]) -> str:
    """Every measure of every design in plain numbers: a measure of a design a row."""
    rows = [
        {"variant": design["variant"], "measure": name, **estimate}
        for design in designs
        for name, estimate in estimates(design).items()
    ]
    return pd.DataFrame(rows).to_csv(index=False)


def curves(design: Design) -> pd.DataFrame:
    """All curves of a design's first run: an interval a row."""
    found = design["curves"]
    of_components = {
        f"{name}.{measure}": values
        for name, levels in found["components"].items()
        for measure, values in levels.items()
    }
    latency = {f"latency_{name}_s": values for name, values in found["latency"].items()}
    outcomes = {f"{name}_per_s": values for name, values in found["outcomes"].items()}
    return table(found, {**latency, **outcomes, **of_components})


def curves_csv(designs: list[Design]) -> str:
    """All curves of every design."""
    frames = [curves(each).assign(variant=each["variant"]) for each in designs if each["curves"]]
    return pd.concat(frames).to_csv(index=False) if frames else ""


def events(design: Design, by: str) -> pd.DataFrame:
    """The log of a design's first run.

    Args:
        design: from a document.
        by: the column it is sorted by: ``at_s``, ``component`` or ``kind``; then by time.
    """
    found = sorted(design["events"], key=lambda each: (each[by], each["at_s"]))
    rows = [
        (clock(each["at_s"]), each["component"] or "the system", capital(each["words"]))
        for each in found
    ]
    return pd.DataFrame(rows, columns=["When", "Where", "What"])


def events_csv(designs: list[Design]) -> str:
    """The logs of all designs: an event a row."""
    rows = [{"variant": each["variant"], **event} for each in designs for event in each["events"]]
    return pd.DataFrame(rows).to_csv(index=False)


def theory(design: Design) -> pd.DataFrame:
    """What formulas say beside what was simulated, and how far they may be trusted."""
    rows = [
        (
            measure_words(f"{each['component']}.{each['measure']}".lstrip(".")),
            each["formula"],
            _expected(each),
            estimate_words(each),
            light_words(each["light"], each["reasons"]),
        )
        for each in design["theory"]
    ]
    heads = ["Measure", "Formula", "Expected", "Simulated", "Do its assumptions hold?"]
    return pd.DataFrame(rows, columns=heads)


def _expected(each: Mapping[str, Any]) -> str:
    if each["expected"] is None:
        return "none"
    margin = each["expected_half_width"]
    return estimate_words({**each, "mean": each["expected"], "half_width": margin})


def theory_csv(designs: list[Design]) -> str:
    """The same in plain numbers: a value of a design a row."""
    rows = [
        {"variant": design["variant"], **each, "reasons": "; ".join(each["reasons"])}
        for design in designs
        for each in design["theory"]
    ]
    return pd.DataFrame(rows).to_csv(index=False)


def differences(comparison: Mapping[str, Any], baseline: Design, variant: Design) -> pd.DataFrame:
    """A measure a row: both designs, and the difference in words.

    Args:
        comparison: from a document.
        baseline, variant: the designs it compares.
    """
    before, after = estimates(baseline), estimates(variant)
    rows = [
        (
            measure_words(name),
            estimate_words(before[name]),
            estimate_words(after[name]),
            difference_words(name, found),
        )
        for name, found in comparison["differences"].items()
    ]
    titles = [variant_words(comparison["of"]), variant_words(comparison["with"])]
    return pd.DataFrame(rows, columns=["Measure", *titles, "Difference"])


def costs(per_hour: Mapping[str, float]) -> pd.DataFrame:
    """Dollars an hour by component."""
    return pd.DataFrame(
        [(name, human(value, "$")) for name, value in per_hour.items()],
        columns=["Component", "Dollars an hour"],
    )
