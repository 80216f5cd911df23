"""What charts show, in words: for those who do not see them.

Every sentence is made from the numbers that are drawn: where a line starts, how high it rises and
when, where it ends. Nothing here depends on what the case is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.plots.axes import Span
from simulator.units import clock, human

Curves = Mapping[str, Any]
Values = Sequence[float | None]

STEADY = 2.0  # times the lower quartile: what never rises above it is called steady
MOST_LINES = 3  # told one by one, the highest first
MOST_TIMES = 1000  # the lower quartile; of more it is next to nothing, and the ratio says nothing
NEAR = 0.99  # of the highest value: there the line has reached it
LOWEST = 0.05  # of the highest line: what never rises above it is not told by itself


def course(curves: Curves, values: Values, unit: str) -> str:
    """How one line runs.

    >>> curves = {"start_s": [0, 60, 120, 180], "end_s": [60, 120, 180, 240]}
    >>> course(curves, [0.1, 0.1, 0.9, 0.12], "s")
    'rises from 100 ms to 900 ms at 2 min 30 s, 9 times its lower quartile, and ends at 120 ms'
    >>> course(curves, [4.0, None, 5.0, 4.0], ""), course(curves, [0.0] * 4, "ratio")
    ('stays between 4 and 5', 'stays at 0 %')
    """
    found = [(value, place) for place, value in enumerate(values) if value is not None]
    if not found:
        return "has no value"
    numbers = sorted(value for value, _ in found)
    low, high = human(numbers[0], unit), human(numbers[-1], unit)
    quartile = numbers[len(numbers) // 4]
    if low == high:
        return f"stays at {low}"
    if numbers[-1] <= STEADY * quartile:
        return f"stays between {low} and {high}"
    (first, _), (last, _) = found[0], found[-1]
    reached = next(place for value, place in found if value >= NEAR * numbers[-1])
    at_s = _middle_s(curves, reached)
    is_telling = 0 < numbers[-1] <= MOST_TIMES * quartile
    times = f", {human(numbers[-1] / quartile)} times its lower quartile" if is_telling else ""
    if high == human(first, unit):
        return f"starts at its highest, {high}{times}, and ends at {human(last, unit)}"
    ends = "stays there" if high == human(last, unit) else f"ends at {human(last, unit)}"
    return f"rises from {human(first, unit)} to {high} at {clock(at_s)}{times}, and {ends}"


def _middle_s(curves: Curves, place: int) -> float:
    return (curves["start_s"][place] + curves["end_s"][place]) / 2


def latency_words(curves: Curves, bounded: str = "p99", bound_s: float | None = None) -> str:
    """How the percentiles run, and how often the objective was broken.

    Args:
        curves: of one run.
        bounded: the percentile that has an objective.
        bound_s: the largest latency allowed, if there is an objective.
    """
    lines = curves["latency"]
    words = f"p99 {course(curves, lines['p99'], 's')}; p50 {course(curves, lines['p50'], 's')}."
    found = [value for value in lines.get(bounded, ()) if value is not None]
    if bound_s is None or not found:
        return words
    broken = sum(value > bound_s for value in found)
    often = f"in {broken} of {len(found)} intervals" if broken else "never"
    return f"{words} {bounded} is above its objective of {human(bound_s, 's')} {often}."


def outcomes_words(curves: Curves) -> str:
    """What became of all requests, and when the fewest were answered ok."""
    per_s = curves["outcomes"]
    widths = [b - a for a, b in zip(curves["start_s"], curves["end_s"], strict=True)]
    totals = {
        name: sum(value * width for value, width in zip(values, widths, strict=True))
        for name, values in per_s.items()
    }
    arrived = sum(totals.values())
    if not arrived:
        return "No request arrived."
    shares = [
        f"{human(total / arrived, 'ratio')} {name.replace('_', ' ')}"
        for name, total in totals.items()
        if total
    ]
    words = f"Of all requests {', '.join(shares)}."
    ok, place = min(_ok_ratios(per_s))
    if ok == 1:
        return words
    return f"{words} Fewest ok at {clock(_middle_s(curves, place))}: {human(ok, 'ratio')}."


def _ok_ratios(per_s: Mapping[str, Sequence[float]]) -> list[tuple[float, int]]:
    """The share of requests answered ok in each interval that had any, and its place."""
    intervals = zip(*per_s.values(), strict=True)
    sums = [sum(each) for each in intervals]
    return [(ok / sums[i], i) for i, ok in enumerate(per_s["ok"]) if sums[i]]


def levels_words(curves: Curves, values: Mapping[str, Values], unit: str) -> str:
    """How the lines of components run, the highest first."""
    highest = {
        name: max((value for value in line if value is not None), default=0.0)
        for name, line in values.items()
    }
    ranked = sorted(values, key=lambda name: -highest[name])
    tall = [name for name in ranked if highest[name] >= LOWEST * highest[ranked[0]]]
    told, others = tall[:MOST_LINES], ranked[len(tall[:MOST_LINES]) :]
    words = "; ".join(f"{name} {course(curves, values[name], unit)}" for name in told)
    if others:
        words += f"; {', '.join(others)}: at most {human(highest[others[0]], unit)}"
    return f"{words}."


def cost_words(per_hour: Mapping[str, float]) -> str:
    """What everything costs, and what is dearest.

    >>> cost_words({"api": 0.6, "db": 0.2})
    '$0.80 an hour in all; api is 75 % of it: $0.60.'
    """
    whole = sum(per_hour.values())
    name = max(per_hour, key=lambda each: per_hour[each])
    own, share = human(per_hour[name], "$"), human(per_hour[name] / whole, "ratio")
    return f"{human(whole, '$')} an hour in all; {name} is {share} of it: {own}."


def spans_words(spans: Sequence[Span]) -> str:
    """What is shaded and when; empty if nothing is."""
    parts = []
    for span in spans:
        if not span.label:
            continue
        if span.start_s == span.end_s:
            parts.append(f"{span.label} at {clock(span.start_s)}")
        else:
            parts.append(f"{span.label} from {clock(span.start_s)} to {clock(span.end_s)}")
    return f"Marked: {'; '.join(parts)}." if parts else ""
