"""How well laws of probability fit measured times, with matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from simulator.plots.paper import COLORS, LINES
from simulator.units import human

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS = 400  # of a curve, and of the data
MOST_TICKS = 6
REACH = 100.0  # times the largest measured time that a fitted quantile is looked for


class Law(Protocol):
    """What is drawn of a law: P(T > t) for each of some times."""

    def sf(self, x: Any) -> Any: ...


def fit_picture(lengths_s: np.ndarray, laws: Mapping[str, Law], title: str) -> Figure:
    """Measured times against laws: the share that lasts longer, and quantile against quantile.

    The first panel has both axes logarithmic, so that a tail is to be seen. In the second a law
    that fits lies on the diagonal.

    Args:
        lengths_s: measured, shape ``(n,)``, above 0.
        laws: name -> law, the best first.
        title: of the picture.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    figure = Figure(figsize=(9, 4.2), layout="constrained")
    figure.suptitle(title)
    tail, quantiles = figure.subplots(1, 2)
    ordered = np.sort(lengths_s)
    _draw_tail(tail, ordered, laws)
    _draw_quantiles(quantiles, ordered, laws)
    for axis in (tail.xaxis, quantiles.xaxis, quantiles.yaxis):
        axis.set_major_locator(LogLocator(numticks=MOST_TICKS))
        axis.set_major_formatter(FuncFormatter(lambda value, _: human(value, "s")))
        axis.set_minor_formatter(NullFormatter())
    for axes in (tail, quantiles):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_tail(axes: Axes, ordered: np.ndarray, laws: Mapping[str, Law]) -> None:
    longer = 1 - np.arange(ordered.size) / ordered.size
    axes.step(*_thinned(ordered, longer), where="pre", color="0.3", label="measured")
    times_s = np.geomspace(ordered[0], ordered[-1], POINTS)
    for i, (name, law) in enumerate(laws.items()):
        axes.plot(times_s, law.sf(times_s), label=name, **_style(i))
    axes.set(xscale="log", yscale="log", ylim=(0.5 / ordered.size, 1.5))
    axes.set(xlabel="time", ylabel="share that lasts longer")
    axes.legend(frameon=False)


def _draw_quantiles(axes: Axes, ordered: np.ndarray, laws: Mapping[str, Law]) -> None:
    longer = 1 - (np.arange(ordered.size) + 0.5) / ordered.size
    measured_s, share = _thinned(ordered, longer)
    times_s = np.geomspace(ordered[0] / REACH, ordered[-1] * REACH, 20 * POINTS)
    for i, (name, law) in enumerate(laws.items()):
        falling = np.minimum.accumulate(law.sf(times_s))
        fitted_s = np.interp(-share, -falling, times_s)
        axes.plot(measured_s, fitted_s, label=name, **_style(i))
    ends = (ordered[0], ordered[-1])
    axes.plot(ends, ends, color="0.6", linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlabel="measured quantile", ylabel="fitted quantile")


def _thinned(*columns: np.ndarray) -> list[np.ndarray]:
    """Some of the rows: every one at the end, where a tail is, and fewer before."""
    size = columns[0].size
    from_end = np.unique(np.geomspace(1, size, POINTS).astype(int))
    evenly = np.linspace(1, size, POINTS).astype(int)
    kept = size - np.union1d(from_end, evenly)
    return [column[np.sort(kept)] for column in columns]


def _style(i: int) -> dict[str, Any]:
    return {"color": COLORS[i % 5], "linestyle": LINES[i % 5]}
