"""The stretches of time that charts shade: the warm-up, and each strike of a fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.plots.axes import Span
from simulator.scenario import Scenario


def spans(scenario: Scenario, curves: Mapping[str, Any]) -> list[Span]:
    """The warm-up and all strikes of all faults, in order of their beginning.

    Args:
        scenario: with everything applied.
        curves: of the run, with its strikes: random faults strike every run at other times.
    """
    found = []
    if scenario.run.warmup:
        found.append(Span(0.0, scenario.run.warmup, "warm-up", is_warmup=True))
    named: set[int] = set()
    for each in curves["strikes"]:
        place = each["fault"]
        fault = scenario.faults[place]
        words = "" if place in named else f"{fault.kind.replace('_', ' ')}: {fault.whom}"
        named.add(place)
        found.append(Span(each["start_s"], each["end_s"], words))
    return sorted(found, key=lambda span: span.start_s)
