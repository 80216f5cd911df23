"""Pictures of sweeps and tornados, with matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.experiments.axes import Axis
from simulator.experiments.stability_maps import StabilityMap
from simulator.experiments.sweeps import TRADED, Point, Sweep
from simulator.experiments.tornadoes import Tornado
from simulator.plots.palette import BLUE, GRAY, ORANGE
from simulator.plots.paper import COLORS, LINES
from simulator.units import human, of_difference

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis as Ruler
    from matplotlib.figure import Figure

MOST_LINES = 8
DARK = 0.5  # share of a cell whose color takes white letters
MARKERS: Mapping[str | None, tuple[str, str]] = {
    "yes": ("o", "keeps all objectives"),
    "unsure": ("s", "too close to tell"),
    "no": ("x", "misses an objective"),
    None: ("o", "no objectives"),
}


def sweep_picture(sweep: Sweep, measure: str) -> Figure:
    """A measure over the first axis, a line for each combination of the others.

    Of a sample, whose other values differ from point to point, there are points and no lines. Bars
    are 95 % intervals.
    """
    figure, axes = _figure()
    first, *others = sweep.axes
    groups: dict[str, list[Point]] = {}
    for point in sweep.points:
        label = ", ".join(f"{a.name} {a.label(point.changes[a.path])}" for a in others)
        groups.setdefault(label, []).append(point)
    is_sample = len(groups) > MOST_LINES or all(len(each) == 1 for each in groups.values())
    if is_sample:
        groups = {"": list(sweep.points)}
    places = _places(first, sweep.points)
    for i, (label, points) in enumerate(groups.items()):
        found = [point for point in points if point.summary.measures[measure].interval]
        intervals = [point.summary.measures[measure].interval for point in found]
        axes.errorbar(
            [places[first.label(point.changes[first.path])] for point in found],
            [each.mean for each in intervals if each],
            yerr=[each.half_width or 0.0 for each in intervals if each],
            color=COLORS[i % 5],
            linestyle="none" if is_sample else LINES[i % 5],
            marker="o",
            markersize=4,
            capsize=2,
            label=label,
        )
    if _is_numeric(first):
        _in_units(axes.xaxis, first.unit, first.whole)
    else:
        axes.set_xticks(list(places.values()), list(places))
    reported = sweep.points[0].summary.measures[measure].reported
    axes.set(title=f"{sweep.scenario.title} ({sweep.variant})", xlabel=first.path, ylabel=measure)
    _in_units(axes.yaxis, reported.unit)
    if len(groups) > 1:
        axes.legend(frameon=False, fontsize=8)
    return figure


def frontier_picture(sweep: Sweep) -> Figure:
    """Cost against the 99th percentile; the frontier is joined, misses of an objective are gray."""
    figure, axes = _figure()
    cost, latency, _ = TRADED
    for kept, (marker, label) in MARKERS.items():
        points = [each for each in sweep.points if each.kept == kept and _has(each, cost, latency)]
        if points:
            axes.scatter(
                [_mean(each, cost) for each in points],
                [_mean(each, latency) for each in points],
                marker=marker,
                color=GRAY if kept == "no" else ORANGE if kept == "unsure" else BLUE,
                label=label,
            )
    best = [each for each in sweep.points if each.on_frontier]
    best.sort(key=lambda each: (_mean(each, cost), _mean(each, latency)))
    axes.plot(
        [_mean(each, cost) for each in best],
        [_mean(each, latency) for each in best],
        color="0.35",
        linewidth=0.8,
        linestyle=":",
        label="frontier (success counts, too)",
        zorder=0,
    )
    axes.set(
        title=f"{sweep.scenario.title} ({sweep.variant})",
        xlabel="cost an hour",
        ylabel="99th percentile of latency",
    )
    _in_units(axes.xaxis, "$")
    _in_units(axes.yaxis, "s")
    axes.legend(frameon=False, fontsize=8)
    return figure


def stability_picture(found: StabilityMap) -> Figure:
    """The share of runs that are still down as a heat map: first axis across, second upward."""
    from matplotlib.ticker import PercentFormatter

    across, *rest = found.axes
    columns = list(dict.fromkeys(across.label(each.changes[across.path]) for each in found.cells))
    names = [" ".join(a.label(each.changes[a.path]) for a in rest) for each in found.cells]
    lines = list(dict.fromkeys(names))
    shares = np.full((len(lines), len(columns)), np.nan)
    figure, axes = _figure(height=1.8 + 0.45 * len(lines))
    for cell, name in zip(found.cells, names, strict=True):
        i, j = lines.index(name), columns.index(across.label(cell.changes[across.path]))
        shares[i, j] = cell.down.share
        text = f"{round(cell.down.share * cell.down.n)}/{cell.down.n}"
        color = "white" if cell.down.share > DARK else "black"
        axes.text(j, i, text, ha="center", va="center", color=color, fontsize=8)
    image = axes.imshow(shares, cmap="cividis_r", vmin=0, vmax=1, origin="lower", aspect="auto")
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(lines)), lines)
    after = human(found.look.after_s, "s")
    title = f"{found.scenario.title} ({found.variant}): still down {after} after the trouble"
    axes.set(title=title, xlabel=across.path, ylabel=" ".join(each.path for each in rest))
    figure.colorbar(image, ax=axes, label="share of runs", format=PercentFormatter(1.0))
    return figure


def tornado_picture(tornado: Tornado) -> Figure:
    """A bar for each value, from the change at its low end to that at its high end."""
    figure, axes = _figure(height=1.2 + 0.5 * len(tornado.bars))
    for i, bar in enumerate(reversed(tornado.bars)):
        ends = (bar.axis.values[0], bar.axis.values[-1])
        looks: tuple[dict[str, Any], ...] = (
            {"color": BLUE, "label": "at its low end"},
            {"color": ORANGE, "hatch": "//", "label": "at its high end"},
        )
        for interval, value, look in zip((bar.low, bar.high), ends, looks, strict=True):
            if interval is None or interval.mean == 0.0:  # which is the scenario as it is
                continue
            half_width = interval.half_width or 0.0
            axes.barh(i, interval.mean, xerr=half_width, capsize=2, height=0.6, **look)
            axes.annotate(
                bar.axis.label(value),
                (interval.mean + np.sign(interval.mean) * half_width, i),
                xytext=(4 if interval.mean >= 0 else -4, 0),
                textcoords="offset points",
                ha="left" if interval.mean >= 0 else "right",
                va="center",
                fontsize=8,
            )
    axes.axvline(0.0, color="0.35", linewidth=0.8)
    axes.margins(x=0.15)
    axes.set_yticks(range(len(tornado.bars)), [bar.axis.name for bar in reversed(tornado.bars)])
    title = f"{tornado.baseline.scenario.title} ({tornado.baseline.variant})"
    axes.set(title=title, xlabel=f"change of {tornado.measure}")
    _in_units(axes.xaxis, of_difference(tornado.reported.unit))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[:2], labels[:2], frameon=False, fontsize=8)
    return figure


def _figure(height: float = 4.6) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _in_units(ruler: Ruler, unit: str, whole: bool = False) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if whole:
        ruler.set_major_locator(MaxNLocator(integer=True))
    ruler.set_major_formatter(FuncFormatter(lambda value, _: human(float(value), unit)))


def _is_numeric(axis: Axis) -> bool:
    return all(isinstance(each, int | float) and not isinstance(each, bool) for each in axis.values)


def _places(axis: Axis, points: Sequence[Point]) -> dict[str, float]:
    """Where each value of an axis stands: numbers at themselves, others side by side."""
    values = {axis.label(each.changes[axis.path]): each.changes[axis.path] for each in points}
    if _is_numeric(axis):
        return {label: float(value) for label, value in values.items()}
    return {label: float(i) for i, label in enumerate(values)}


def _has(point: Point, *names: str) -> bool:
    return all(point.summary.measures[name].interval for name in names)


def _mean(point: Point, name: str) -> float:
    interval = point.summary.measures[name].interval
    return interval.mean if interval else float("nan")
