"""The names of measures in words."""

from __future__ import annotations

import re

_SPECIAL = {
    "attempts_mean": "tries for each request",
    "arrived": "requests arrived",
    "ok": "requests answered ok",
    "cost_per_hour_usd": "cost an hour",
    "cost_per_million_usd": "cost of a million ok answers",
    "cost_per_thousand_usd": "cost of a thousand ok answers in time",
    "latency_max_s": "longest latency",
    "net_per_hour_usd": "earned less costs, an hour",
    "latency_mean_s": "mean latency",
}
_QUANTILE = re.compile(r"(?P<what>.+)_(?P<which>p\d+|mean|max)(_s)?")
_WHICH = {"mean": "average", "max": "most", "p999": "p99.9"}


def measure_words(name: str) -> str:
    """A measure's name in words.

    >>> [measure_words(name) for name in ("latency_p99_s", "api.queued_mean", "goodput_per_s")]
    ['p99 latency', 'api: queued, average', 'goodput']
    """
    component, dot, measure = name.rpartition(".")
    return f"{component}{': ' if dot else ''}{_own_words(measure)}"


def _own_words(measure: str) -> str:
    if measure in _SPECIAL:
        return _SPECIAL[measure]
    if found := _QUANTILE.fullmatch(measure):
        what, which = found["what"].replace("_", " "), found["which"]
        words = _WHICH.get(which, which)
        return f"{words} {what}" if words.startswith("p") else f"{what}, {words}"
    return measure.removesuffix("_per_s").replace("_", " ")
