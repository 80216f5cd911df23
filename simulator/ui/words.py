"""How results are said: names, numbers with their units and margins, verdicts, differences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.results.names import measure_words
from simulator.scenario.claims import BASELINE
from simulator.units import human, of_difference

Estimate = Mapping[str, Any]
"""``mean``, ``half_width`` and ``unit``, as in the documents of a job."""

LEVEL_COLORS = {"beginner": "green", "intermediate": "blue", "advanced": "violet"}

STATUS_BADGES = {
    "confirmed": (":material/check_circle:", "green"),
    "refuted": (":material/cancel:", "red"),
    "undecided": (":material/help:", "orange"),
}

LIGHT_BADGES = {
    "assumptions hold": (":material/check_circle:", "green"),
    "nearly": (":material/error:", "orange"),
    "broken": (":material/cancel:", "red"),
}
"""Of a formula beside a simulated value: what is true of its assumptions."""

VERDICTS = {
    "stable": ("Stable", "green", "The system kept up with its load."),
    "backlogged": (
        "Backlogged",
        "orange",
        "Work was left behind that had not drained when the run ended.",
    ),
    "overloaded": (
        "Overloaded",
        "red",
        (
            "More came than could be done, and was refused, given up or piled up. Where it piles "
            "up, latencies say how long one looked, not how fast the system is."
        ),
    ),
    "too short to tell": (
        "Too short to tell",
        "gray",
        "Too little was seen to say whether the system keeps up with its load.",
    ),
}

_PERCENTILE = re.compile(r"p\d")


def capital(text: str) -> str:
    """The text with a capital at its beginning, the rest as it is; percentiles stay small.

    >>> capital("goodput falls"), capital("p99 latency falls")
    ('Goodput falls', 'p99 latency falls')
    """
    return text if _PERCENTILE.match(text) else text[:1].upper() + text[1:]


def variant_words(name: str) -> str:
    """A variant's name for a heading.

    >>> variant_words("baseline"), variant_words("two_choices")
    ('As it is', 'Two choices')
    """
    return "As it is" if name == BASELINE else capital(name.replace("_", " "))


def chapter_words(chapter: str) -> str:
    """A chapter's folder as a title.

    >>> chapter_words("1_system_design")
    '1 System design'
    """
    number, _, name = chapter.partition("_")
    return f"{number} {capital(name.replace('_', ' '))}" if number.isdigit() else capital(chapter)


def estimate_words(estimate: Estimate) -> str:
    """A mean with its margin, both with the unit.

    >>> estimate_words({"mean": 8.98, "half_width": 0.31, "unit": "s"})
    '8.98 s ± 310 ms'
    """
    if estimate["mean"] is None:
        return "n/a"
    return f"{human(estimate['mean'], estimate['unit'])} {margin_words(estimate)}".rstrip()


def margin_words(estimate: Estimate) -> str:
    """The margin alone; empty where one run leaves none."""
    half_width = estimate["half_width"]
    if half_width is None:
        return ""
    return f"± {human(float(f'{half_width:.2g}'), estimate['unit'])}"


def light_words(light: str, reasons: Sequence[str]) -> str:
    """How far a formula may be trusted, and why no further, as markdown.

    >>> light_words("nearly", ["the window is short"])
    ':orange-badge[:material/error: Nearly] The window is short.'
    """
    icon, color = LIGHT_BADGES[light]
    badge = f":{color}-badge[{icon} {capital(light)}]"
    return f"{badge} {capital('; '.join(reasons))}." if reasons else badge


def difference_words(name: str, difference: Mapping[str, Any]) -> str:
    """What a variant does to a measure, in one sentence.

    >>> difference_words("latency_p99_s", {"mean": -8.2, "half_width": 0.3, "unit": "s",
    ...     "words": "better", "better_in": 8, "n": 8})
    'p99 latency falls by 8.2 s ± 300 ms; better in 8 of 8 runs'
    """
    what = measure_words(name)
    if difference["half_width"] is None:
        return f"{what}: one pair of runs cannot tell"
    if difference["words"] == "no detectable difference":
        return f"{what}: no detectable difference"
    verb = "falls" if difference["mean"] < 0 else "rises"
    unit = of_difference(difference["unit"])
    size = estimate_words({**difference, "mean": abs(difference["mean"]), "unit": unit})
    better_in = difference["better_in"]
    runs = "" if better_in is None else f"; better in {better_in} of {difference['n']} runs"
    return f"{what} {verb} by {size}{runs}"


def finding_words(finding: Mapping[str, Any]) -> str:
    """The number behind a verdict on a claim, its interval, and what was claimed."""
    if finding["estimate"] is None:
        return "no run had a value"
    estimate, low, high, bound = (
        "n/a" if finding[key] is None else human(finding[key], finding["unit"])
        for key in ("estimate", "low", "high", "bound")
    )
    what = "runs in which it holds:" if finding["in_runs"] else measure_words(finding["measure"])
    other = finding["relative_to"]
    times = f" that of “{variant_words(other).lower()}”" if other else ""
    interval = f" (95 % interval {low} to {high})"
    claimed = f"claimed: {finding['claimed'].replace('_', ' ')} {bound}"
    return f"{what} {estimate}{times}{interval} over {finding['n']} runs; {claimed}"
