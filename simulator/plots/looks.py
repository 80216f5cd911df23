"""How time spent waiting, being served and so on is drawn: each with a look beside its color.

A wait is an outline, a service is filled, what came to nothing or is neither has a broken outline.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import altair as alt

from simulator.plots.palette import BLUE, GRAY, GREEN, ORANGE, PINK, SKY


class Look(NamedTuple):
    """Color, how opaque its filling is from 0 to 1, and dashes of the outline."""

    color: str
    filling: float
    dash: tuple[int, ...]


SOLID, BROKEN = (1, 0), (4, 3)
_WAITING, _LOST = Look(ORANGE, 0.12, SOLID), Look(PINK, 0.12, BROKEN)
_LOOKUP, _NETWORK = Look(GREEN, 1.0, SOLID), Look(SKY, 1.0, SOLID)
_SERVICE, _OTHER = Look(BLUE, 1.0, SOLID), Look(GRAY, 0.12, BROKEN)

CAUSES: Mapping[str, Look] = {
    "waiting": _WAITING,
    "service": _SERVICE,
    "network": _NETWORK,
    "lookups": _LOOKUP,
    "retries": _LOST,
    "other": _OTHER,
}

STEPS: Mapping[str, Look] = {
    "wait": _WAITING,
    "service": _SERVICE,
    "shared service": Look(BLUE, 0.4, SOLID),
    "network": _NETWORK,
    "lookup": _LOOKUP,
    "pause": _LOST,
    "hold": _OTHER,
}


def encoding(
    field: str, looks: Mapping[str, Look], present: Collection[str]
) -> dict[str, alt.Fill | alt.Stroke | alt.StrokeDash]:
    """Filling and outline by the name of a look, in one legend above the chart.

    Args:
        field: column of the names.
        looks: all that there are.
        present: those that occur.
    """
    found = {name: look for name, look in looks.items() if name in present}
    legend = alt.Legend(title=None, orient="top", symbolType="square", columns=4)

    def scale(values: list) -> alt.Scale:
        return alt.Scale(type="ordinal", domain=list(found), range=values)

    fillings = [_translucent(each.color, each.filling) for each in found.values()]
    return {
        "fill": alt.Fill(field, legend=legend, scale=scale(fillings)),
        "stroke": alt.Stroke(
            field, legend=legend, scale=scale([each.color for each in found.values()])
        ),
        "strokeDash": alt.StrokeDash(
            field, legend=legend, scale=scale([list(each.dash) for each in found.values()])
        ),
    }


def _translucent(color: str, opacity: float) -> str:
    """A color with its opacity, in a form that legends show as well.

    >>> _translucent("#0072B2", 0.4)
    'rgba(0, 114, 178, 0.4)'
    """
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"
