"""What the spans of a request are called."""

from __future__ import annotations

from simulator.results.spans import SPAN_OUTCOMES, STEPS, Spans
from simulator.units import clock, human


def step_of(spans: Spans, row: int) -> str:
    """What a span is, in a word."""
    return STEPS[spans.step[row]]


def outcome_of(spans: Spans, row: int) -> str:
    """What became of it."""
    return SPAN_OUTCOMES[spans.outcome[row]]


def title(trace: Spans, why: str = "") -> str:
    """A request in one line.

    Args:
        trace: the spans of one request.
        why: it is shown, such as ``slowest``.
    """
    number, lasted_s = int(trace.request[0]), float(trace.end_s[0] - trace.start_s[0])
    outcome = outcome_of(trace, 0).replace("_", " ")
    came = clock(float(trace.start_s[0]))
    name = f"{why} request {number}" if why else f"request {number}"
    return f"{name}: came at {came}, {outcome} after {human(lasted_s, 's')}"
