"""Pictures for pages and notebooks, with matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.units import human

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.experiments.rows import Curves

COLORS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00")  # Okabe and Ito, for color-blind
LINES = ("-", "--", "-.", ":", "-")


def latency_over_time(
    curves: Mapping[str, Curves],
    title: str,
    faults: Sequence[tuple[float, float]] = (),
    objective_s: float | None = None,
) -> Figure:
    """The 99th percentile and the answers over time, of several variants of one scenario.

    Args:
        curves: variant -> how one run of it went.
        title: of the picture.
        faults: beginning and end of each, in seconds.
        objective_s: bound to the 99th percentile, in seconds.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    figure = Figure(figsize=(8, 4.6), layout="constrained")
    latency, answers = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    for i, (variant, curve) in enumerate(curves.items()):
        middle_s = (curve.start_s + curve.end_s) / 2
        style: dict[str, Any] = {
            "color": COLORS[i % 5],
            "linestyle": LINES[i % 5],
            "label": variant,
        }
        latency.plot(middle_s, curve.latency["p99"], **style)
        answers.plot(middle_s, _answered_ok(curve), **style)
    for axes in (latency, answers):
        _mark_faults(axes, faults)
        axes.spines[["top", "right"]].set_visible(False)
    if objective_s is not None:
        latency.axhline(objective_s, color="0.35", linewidth=0.8, linestyle=":")
        latency.annotate("objective", (0, objective_s), va="bottom", color="0.35", fontsize=8)
    latency.set(title=title, ylabel="99th percentile of latency", yscale="log")
    latency.yaxis.set_major_locator(LogLocator(10, (1, 3)))
    latency.yaxis.set_major_formatter(FuncFormatter(lambda value, _: human(value, "s")))
    latency.yaxis.set_minor_formatter(NullFormatter())
    answers.set(ylabel="answered ok, %", xlabel="simulated time, s", ylim=(0, 105))
    latency.legend(frameon=False)
    return figure


def _answered_ok(curve: Curves) -> np.ndarray:
    """Percent of the requests that arrived in each interval; NaN where none did."""
    arrived = np.sum(list(curve.outcomes.values()), axis=0)
    with np.errstate(invalid="ignore"):
        return 100 * curve.outcomes["ok"] / arrived


def _mark_faults(axes: Axes, faults: Sequence[tuple[float, float]]) -> None:
    for i, (start_s, end_s) in enumerate(faults):
        label = "fault" if i == 0 else None
        end_s = max(end_s, start_s + 0.5)  # one that is over at once is to be seen, too
        axes.axvspan(start_s, end_s, color="0.5", alpha=0.15, linewidth=0, label=label)


def save(figure: Figure, path: Path) -> None:
    """Write a figure in the format of the file's ending, the same bytes each time."""
    from matplotlib import rc_context

    with rc_context({"svg.hashsalt": "simulator", "svg.fonttype": "path"}):
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
