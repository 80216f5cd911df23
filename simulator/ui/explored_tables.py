"""The results of studies as tables, and what stands out in them in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from simulator.plots.sweep_charts import KEPT
from simulator.plots.turned import Turned, shown
from simulator.results.names import measure_words
from simulator.ui.words import capital
from simulator.units import human, of_difference

Document = Mapping[str, Any]

TRADED = ("cost_per_hour_usd", "latency_p99_s", "success_ratio")


def sweep(document: Document, turned: Sequence[Turned], measure: str) -> pd.DataFrame:
    """A row a point: what was set, the measure, and whether the objectives are kept."""
    return _points(document, turned, [measure])


def frontier(document: Document, turned: Sequence[Turned]) -> pd.DataFrame:
    """A row a point: cost, 99th percentile, success, and whether it is on the frontier."""
    table = _points(document, turned, TRADED)
    table["Frontier"] = ["●" if each["on_frontier"] else "" for each in document["points"]]
    return table


def _points(document: Document, turned: Sequence[Turned], measures: Sequence[str]) -> pd.DataFrame:
    rows = [
        {
            **{each.name: each.label(point["set"][each.path]) for each in turned},
            **{capital(measure_words(name)): shown(point["measures"][name]) for name in measures},
            "Objectives": KEPT[point["keeps_objectives"]],
            "Verdict": point["verdict"],
        }
        for point in document["points"]
    ]
    return pd.DataFrame(rows)


def extremes(document: Document, turned: Sequence[Turned], measure: str) -> str:
    """Where a measure is lowest and where highest, in a sentence."""
    points = [each for each in document["points"] if each["measures"][measure]["mean"] is not None]
    if not points:
        return "No point has a value."
    points.sort(key=lambda each: each["measures"][measure]["mean"])
    low, high = (
        f"{shown(each['measures'][measure])} at "
        + ", ".join(one.label(each["set"][one.path]) for one in turned)
        for each in (points[0], points[-1])
    )
    return f"Lowest {low}; highest {high}."


def tornado(document: Document, turned: Sequence[Turned]) -> pd.DataFrame:
    """A row a value, that of the largest swing first."""
    known, unit = {each.path: each for each in turned}, of_difference(document["unit"])
    rows = []
    for bar in document["bars"]:
        each = known[bar["path"]]
        changes = (bar["at_low"], bar["at_high"], bar["swing"])
        cells = ["no value" if one is None else shown({**one, "unit": unit}) for one in changes]
        rows.append(
            (each.name, each.label(bar["low"]), each.label(bar["high"]), *cells, bar["sign"])
        )
    columns = ["Value", "From", "To", "Change at the low end", "At the high end", "Swing", "Sign"]
    return pd.DataFrame(rows, columns=columns)


def most_important(document: Document, turned: Sequence[Turned]) -> str:
    """Which value matters most, in a sentence."""
    known = {each.path: each.name for each in turned}
    first = document["bars"][0]
    if first["sign"] == "0":
        return "No value is certain to matter."
    return f"{known[first['path']]} matters most."


def stability(document: Document, turned: Sequence[Turned]) -> pd.DataFrame:
    """A row a cell: how many runs are still down, and the interval of their share."""
    rows = [
        {
            **{each.name: each.label(cell["set"][each.path]) for each in turned},
            "Still down": f"{round(cell['down'] * cell['n'])} of {cell['n']}",
            "95 % interval": f"{human(cell['low'], 'ratio')} to {human(cell['high'], 'ratio')}",
        }
        for cell in document["cells"]
    ]
    return pd.DataFrame(rows)


def counterfactuals(document: Document) -> pd.DataFrame:
    """A row a component: what happens if it is free."""
    rows = []
    for each in document["counterfactuals"]:
        found = {"Component": each["component"]}
        for name, difference in each["differences"].items():
            unit = of_difference(difference["unit"])
            found[capital(measure_words(name))] = shown({**difference, "unit": unit})
        wrong = each["misled"]
        found["One run each tells the opposite"] = "" if wrong is None else human(wrong, "ratio")
        rows.append(found)
    return pd.DataFrame(rows)
