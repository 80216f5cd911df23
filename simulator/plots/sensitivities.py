"""Sobol' indices as a picture, with matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.experiments.sensitivities import Sensitivity
from simulator.plots.palette import BLUE, ORANGE

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def sensitivity_picture(found: Sensitivity) -> Figure:
    """Two bars a value, what it does alone and in all, with 95 % intervals."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    shares = list(reversed(found.shares))
    figure = Figure(figsize=(8, 1.6 + 0.6 * len(shares)), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    looks: tuple[tuple[str, float, dict[str, Any]], ...] = (
        ("first", 0.2, {"color": BLUE, "label": "alone (first order)"}),
        ("total", -0.2, {"color": ORANGE, "hatch": "//", "label": "in all (total)"}),
    )
    for name, shift, look in looks:
        indices = [getattr(each, name) for each in shares]
        reach = [
            [max(each.share - each.low, 0.0) for each in indices],
            [max(each.high - each.share, 0.0) for each in indices],
        ]
        places = [place + shift for place in range(len(shares))]
        values = [each.share for each in indices]
        axes.barh(places, values, height=0.38, xerr=reach, capsize=2, **look)
    axes.axvline(0.0, color="0.35", linewidth=0.8)
    axes.set_yticks(range(len(shares)), [each.axis.name for each in shares])
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    title = f"{found.scenario.title} ({found.variant})"
    axes.set(title=title, xlabel=f"part of the variance of {found.measure}")
    if shares:
        axes.legend(frameon=False, fontsize=8)
    return figure
