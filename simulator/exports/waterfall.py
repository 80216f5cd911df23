"""A request as a waterfall for the terminal: a line a span, with a bar where it lies in time.

Every step has a bar of its own look, so that none is told by its color alone. Time runs from the
request's arrival to its outcome; what nobody waited for any more is dimmed and runs off the edge.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from simulator.exports.naming import outcome_of, step_of, title
from simulator.results.spans import VISIT, Spans
from simulator.units import human

WIDTH = 24, 60  # of the bars, in places
MOST_ROWS = 60  # spans of one request
WHOLE = 0.999  # of a worker: a smaller share is a share
LATE = 1.000001  # times the request's time: what ends later is drawn beyond the edge
MARKS = {
    "request": "─",
    "visit": "─",
    "wait": "░",
    "service": "█",
    "shared service": "▓",
    "network": "═",
    "lookup": "▒",
    "pause": "·",
    "hold": "▪",
}
STYLES = {
    "wait": "yellow",
    "service": "blue",
    "shared service": "blue",
    "network": "cyan",
    "lookup": "green",
    "pause": "magenta",
}


def waterfall(trace: Spans, why: str = "") -> Table:
    """The spans of one request, as far as there is room.

    Args:
        trace: of one request.
        why: it is shown.
    """
    left_out = len(trace) - MOST_ROWS
    trace = trace.longest(MOST_ROWS)
    begin_s = float(trace.start_s[0])
    whole_s = float(trace.end_s[0]) - begin_s
    table = Table(title=escape(title(trace, why)), title_justify="left", box=SIMPLE_HEAD)
    table.add_column("span", no_wrap=True)
    for head in ("from", "lasts"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column(f"0 … {human(whole_s, 's')}", min_width=WIDTH[0])
    table.add_column("")
    depths = _depths(trace)
    for row in range(len(trace)):
        since_s, lasts_s = float(trace.start_s[row]) - begin_s, _lasts_s(trace, row)
        is_late = trace.given_up_s[row] <= trace.start_s[row]
        table.add_row(
            escape("  " * depths[row] + _name(trace, row)),
            human(since_s, "s"),
            human(lasts_s, "s"),
            Bar(_look(trace, row), since_s, lasts_s, whole_s),
            _remark(trace, row),
            style="dim" if is_late else None,
        )
    if left_out > 0:
        table.caption = f"and {left_out} shorter spans; --out writes all of them"
        table.caption_justify = "left"
    return table


def legend(traces: Iterable[Spans]) -> RenderableType:
    """What the bars mean that occur."""
    present = {_look(trace, row) for trace in traces for row in range(len(trace))}
    parts = [
        (f"{mark * 3} {look}   ", STYLES.get(look, ""))
        for look, mark in MARKS.items()
        if look in present and look not in ("request", "visit")
    ]
    return Text.assemble(*parts)


def _depths(trace: Spans) -> list[int]:
    depths = {0: -1}
    for span, parent in zip(trace.span.tolist(), trace.parent.tolist(), strict=True):
        depths[span] = depths[parent] + 1
    return [*depths.values()][1:]


def _lasts_s(trace: Spans, row: int) -> float:
    return float(trace.end_s[row] - trace.start_s[row])


def _name(trace: Spans, row: int) -> str:
    return trace.names[trace.component[row]] if trace.step[row] == VISIT else step_of(trace, row)


def _look(trace: Spans, row: int) -> str:
    """Which bar a span gets: its step, or that of a service with a part of a worker."""
    step = step_of(trace, row)
    return f"shared {step}" if step == "service" and _share(trace, row) < WHOLE else step


def _share(trace: Spans, row: int) -> float:
    lasts_s = _lasts_s(trace, row)
    return float(trace.active_s[row]) / lasts_s if lasts_s else 1.0


@dataclass(frozen=True)
class Bar:
    """A stretch of time as a bar that takes the room it is given."""

    look: str
    since_s: float
    lasts_s: float
    whole_s: float

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(*WIDTH).with_maximum(options.max_width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(options.max_width, WIDTH[1])
        per_s = width / self.whole_s if self.whole_s else 0.0
        first = min(width - 1, round(self.since_s * per_s))
        last = max(first + 1, round((self.since_s + self.lasts_s) * per_s))
        mark = MARKS[self.look] if self.lasts_s else "│"
        bar = mark * (min(last, width) - first)
        if self.since_s + self.lasts_s > self.whole_s * LATE:
            bar = f"{bar[:-1]}▶"
        yield Text(" " * first + bar, STYLES.get(self.look, ""))


def _remark(trace: Spans, row: int) -> str:
    """What else there is to say: the try, what became of it, the share of a worker."""
    parts = []
    if _look(trace, row) == "shared service":
        parts.append(f"{human(_share(trace, row), 'ratio')} of a worker")
    if trace.step[row] > VISIT:
        return ", ".join(parts)
    if trace.attempt[row] > 1:
        parts.append(f"try {trace.attempt[row]}")
    given_up_s = float(trace.given_up_s[row] - trace.start_s[0])
    if not isnan(given_up_s):
        parts.append(f"given up at {human(given_up_s, 's')}")
    elif (outcome := outcome_of(trace, row)) != "ok":
        parts.append(outcome.replace("_", " "))
    return ", ".join(parts)
