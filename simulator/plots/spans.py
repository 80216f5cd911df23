"""The stretches of time that charts shade: the warm-up, and each fault."""

from __future__ import annotations

from simulator.plots.axes import Span
from simulator.scenario import Scenario


def spans(scenario: Scenario, end_s: float) -> list[Span]:
    """The warm-up and all strikes of all faults, in order of their beginning.

    Args:
        scenario: with everything applied.
        end_s: when the run ended.
    """
    found = []
    if scenario.run.warmup:
        found.append(Span(0.0, scenario.run.warmup, "warm-up", is_warmup=True))
    for fault in scenario.faults:
        words = f"{fault.kind.replace('_', ' ')}: {fault.of}"
        for place, (start_s, stop_s) in enumerate(fault.spans(end_s)):
            found.append(Span(start_s, stop_s, "" if place else words))
    return sorted(found, key=lambda span: span.start_s)
