"""Numbers as one would write them into a scenario file: four digits, and a unit that fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

SCALES = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def short(value: float) -> float:
    """Four significant digits.

    >>> short(1.23456), short(0.000123456)
    (1.235, 0.0001235)
    """
    return float(f"{value:.4g}")


def time(seconds: float) -> str:
    """A time in the largest unit in which it is 1 or more.

    >>> time(0.0824136), time(12.5), time(86400), time(3e-7)
    ('82.41ms', '12.5s', '86400s', '300ns')
    """
    fits = [unit for unit, scale in SCALES.items() if abs(seconds) * scale >= 1]
    unit = fits[0] if fits else "ns"
    return f"{_plain(seconds * SCALES[unit])}{unit}"


def rate(per_s: float) -> str:
    """A rate a second, or an hour if it is that slow.

    >>> rate(5.53012), rate(0.00061)
    ('5.53/s', '2.196/h')
    """
    return f"{_plain(per_s)}/s" if per_s >= 0.1 else f"{_plain(per_s * 3600)}/h"


def probabilities(weights: Sequence[float]) -> list[float]:
    """Probabilities with few digits that add up to 1.

    >>> probabilities([0.123456, 0.876544])
    [0.1235, 0.8765]
    """
    first = [round(float(each), 4) for each in weights[:-1]]
    return [*first, round(1 - sum(first), 4)]


def flow(value: Any) -> str:
    """A value as YAML on one line.

    >>> flow({"kind": "gamma", "mean": "80ms", "cv": 1.2})
    '{kind: gamma, mean: 80ms, cv: 1.2}'
    """
    return yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=float("inf"), allow_unicode=True
    ).strip()


def _plain(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"
