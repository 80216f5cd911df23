"""What a component records, declared in one line each.

=============  ==================================  ==========================================
declaration    kept by the component as            reported as
=============  ==================================  ==========================================
``count``      ``self.x += 1``                     ``x`` in the window, ``x_per_s``
``level``      ``x`` and ``x_area``, see below     ``x_mean`` over time, ``x_max`` if peaks
``samples``    ``self.x_s.append(value)``          ``x_mean_s``, ``x_p50_s`` ... ``x_p99_s``
``ratio``      nothing: it follows from others     ``x``
=============  ==================================  ==========================================

A level is a number that lasts: its time average needs the area under it. ``x_area`` is that area
short of ``x * now``, so that a step costs no memory of the last one: ``x += 1; x_area -= now`` on
the way up, ``x -= 1; x_area += now`` on the way down. The area at any instant t is then
``x_area + x * t``.
"""

from __future__ import annotations

from typing import Any

from simulator.results import Measure
from simulator.results.measures import Better


def count(description: str, better: Better = None, unit: str = "") -> Any:
    """How many times something happened: ``self.x += 1``; with a unit, how much of something.

    What need not be whole, such as dollars, is annotated: ``spent_usd: float = count(...)``.
    """
    return Measure("count", description, unit, better)


def level(description: str, better: Better = None, peaks: bool = False, unit: str = "") -> Any:
    """A number that lasts, reported as its average over time."""
    return Measure("level", description, unit, better, peaks)


def samples(description: str, unit: str = "s", better: Better = "lower") -> Any:
    """One value a call, reported as mean and percentiles: ``self.x_s.append(value)``."""
    return Measure("samples", description, unit, better)


def ratio(description: str, part: str, *whole: str, better: Better = None) -> Any:
    """One count (or level) over the sum of others: ``ratio("...", "hits", "hits", "misses")``.

    Without others it is the part of the time during which the level, 0 or 1, was 1.
    """
    return Measure("ratio", description, "ratio", better, parts=(part, *whole))


def declared(owner: type) -> dict[str, Measure]:
    """All measures of a class, inherited ones first."""
    found: dict[str, Measure] = {}
    for base in reversed(owner.__mro__):
        own = vars(base)  # of a compiled class, attributes: its measures are kept under one name
        found.update(
            own.get("_declared") or {k: v for k, v in own.items() if isinstance(v, Measure)}
        )
    return found
