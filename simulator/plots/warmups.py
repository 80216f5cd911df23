"""The beginning of a run as a picture, with matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.experiments.warmups import Proposal, inside
from simulator.plots.palette import BLUE, GRAY, ORANGE
from simulator.units import human

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def warmup_picture(found: Proposal) -> Figure:
    """Requests in the system over time, averaged over runs, with what is and may be left out."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    edges, mean = inside(found.summary)
    axes.stairs(mean, edges, color=BLUE, baseline=None)
    if found.has_s:
        label = f"left out: {human(found.has_s, 's')}"
        axes.axvspan(0.0, found.has_s, color=GRAY, alpha=0.2, linewidth=0, label=label)
    if found.warmup_s is not None:
        label = f"proposed: {human(found.warmup_s, 's')}"
        axes.axvline(found.warmup_s, color=ORANGE, linestyle="--", label=label)
    scenario, variant = found.summary.scenario, found.summary.variant
    axes.set(title=f"{scenario.title} ({variant})", ylabel="requests in the system")
    axes.set_xlim(0.0, scenario.run.duration)
    axes.set_ylim(bottom=0.0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: human(float(value), "s")))
    axes.legend(frameon=False, fontsize=8)
    return figure
