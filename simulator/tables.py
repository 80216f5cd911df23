"""Results as tables: for the terminal, and as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from simulator.experiments.comparisons import Comparison, Difference
from simulator.experiments.findings import Verdict
from simulator.experiments.summary import Estimate, Summary
from simulator.exports.files import write_csv
from simulator.exports.theory import theory_tables
from simulator.results.balance import violated
from simulator.scenario import Scenario
from simulator.units import clock, human, of_difference

KEY_MEASURES = (
    "latency_p50_s",
    "latency_p99_s",
    "success_ratio",
    "goodput_per_s",
    "arrived",
    "rejected",
    "timed_out",
    "failed",
    "unfinished",
    "attempts_mean",
    "cost_per_hour_usd",
    "cost_per_million_usd",
)
KEY_OF_COMPONENTS = (
    "utilization",
    "queued_mean",
    "queued_max",
    "wait_p99_s",
    "hit_ratio",
    "retried",
    "rejected",
    "failed",
    "lost_calls",
    "not_permitted",
    "open_ratio",
    "degraded_ratio",
)
MOST_EVENTS = 16  # printed
ROUNDING = 1e-12  # of a mean: a smaller half-width is that of equal numbers
STATUS_STYLES = {"confirmed": "green", "refuted": "red", "undecided": "yellow"}
VERDICT_WORDS = {
    "stable": "stable",
    "backlogged": "backlogged: it ends with work that has piled up and is not done",
    "overloaded": (
        "overloaded: more comes than is done; a tenth or more is turned away, or work piles up"
    ),
    "too short to tell": "too short to tell whether it is stable",
}


def show(*parts: RenderableType) -> None:
    """Print to stdout."""
    console = Console(highlight=False)
    for part in parts:
        console.print(part)


@contextmanager
def progress(what: str) -> Iterator[Callable[[float, float, str | None], None]]:
    """A progress bar on stderr, from the first time that there is something to tell.

    Yields:
        A function that takes how many are done, of how many, and in words what has just been done.
    """
    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.description}"),
    )
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=None)

    def advance(done: float, of: float, words: str | None = None) -> None:
        bar.start()
        told = None if words is None else escape(words)
        bar.update(task, completed=done, total=of, description=told)

    try:
        yield advance
    finally:
        if bar.live.is_started:
            bar.stop()


def case_table(cases: Sequence[Scenario]) -> Table:
    """The case studies, by chapter."""
    table = Table(box=None, header_style="bold")
    table.add_column("id", no_wrap=True)  # to be copied: a shortened one is no good
    for head in ("title", "chapter", "level", "minutes"):
        table.add_column(head)
    for case in cases:
        row = (case.scenario, case.title, case.chapter, case.level, str(case.minutes))
        table.add_row(*map(escape, row))
    return table


def run_tables(summary: Summary) -> list[RenderableType]:
    """What happened: requests, components, objectives, verdict."""
    name = f"{summary.scenario.title} ({summary.variant})"
    runs = f"{len(summary.rows)} runs, seed {summary.scenario.run.seed}, mean ± 95 % half-width"
    title = escape(f"{name}: {runs}")
    requests = Table(title=title, title_justify="left", box=None, header_style="bold")
    requests.add_column("measure")
    requests.add_column("value", justify="right")
    requests.add_column("meaning", style="dim")
    for measure in KEY_MEASURES:
        estimate = summary.measures[measure]
        requests.add_row(measure, plus_minus(estimate), estimate.reported.description)
    parts: list[RenderableType] = [requests, _component_table(summary)]
    if summary.scenario.slo:
        parts.append(_objective_table(summary))
    parts += theory_tables(summary)
    if summary.events():
        parts.append(_event_table(summary))
    parts.append(f"verdict: {VERDICT_WORDS[summary.verdict]}")
    if summary.stopped_s:
        parts.append(f"[yellow]{_partial(summary)}")
    return [*parts, *_unbalanced(summary)]


def _unbalanced(summary: Summary) -> list[str]:
    """What does not balance in the books of the runs; nothing unless the program is at fault."""
    return [
        f"[red]the books of {escape(name)} do not balance (flow or Little's law is off by "
        f"{human(gap, 'ratio')}): this is a fault of the simulator, please report it"
        for name, gap in violated(summary.gaps()).items()
    ]


def _event_table(summary: Summary) -> Table:
    found = summary.events()
    first, last = found[: MOST_EVENTS - 1], found[-1]
    title = f"the first of {len(summary.rows)} runs" if len(summary.rows) > 1 else "the run"
    table = Table(title=f"what happened in {title}", title_justify="left", box=None)
    table.header_style = "bold"
    table.add_column("when", justify="right")
    table.add_column("where")
    table.add_column("what")
    for each in dict.fromkeys([*first, last]):
        table.add_row(clock(each.at_s), escape(each.component), escape(each.words))
    if len(found) > MOST_EVENTS:
        left_out = len(found) - MOST_EVENTS
        table.caption = f"{left_out} more before the end: --json or --out lists all"
        table.caption_justify = "left"
    return table


def _partial(summary: Summary) -> str:
    """What there is of runs that were stopped."""
    settings, times = summary.scenario.run, [human(each, "s") for each in summary.stopped_s]
    whole = f" of {human(settings.duration, 's')}" if settings.duration else ""
    return (
        f"partial: no run was finished. All of this is over simulated time from "
        f"{human(settings.warmup, 's')} to the stop at {' and '.join(times)}{whole}"
    )


def _component_table(summary: Summary) -> Table:
    names = list(dict.fromkeys(n.rpartition(".")[0] for n in summary.measures if "." in n))
    shown = [m for m in KEY_OF_COMPONENTS if any(f"{n}.{m}" in summary.measures for n in names)]
    table = Table(box=None, header_style="bold")
    table.add_column("component")
    for measure in shown:
        table.add_column(measure, justify="right")
    for name in names:
        cells = [summary.measures.get(f"{name}.{measure}") for measure in shown]
        table.add_row(escape(name), *(plus_minus(cell) if cell else "" for cell in cells))
    return table


def _objective_table(summary: Summary) -> Table:
    table = Table("objective", "bound", "found", "met", box=None, header_style="bold")
    for each in summary.objectives():
        unit = each["unit"]
        word, bound = ("≤", each.get("at_most")) if "at_most" in each else ("≥", each["at_least"])
        met = {True: "[green]yes", False: "[red]no", None: "no value"}[each["met"]]
        found = plus_minus(summary.measures[each["measure"]])
        table.add_row(escape(each["measure"]), f"{word} {human(bound, unit)}", found, met)
    return table


def comparison_table(comparison: Comparison) -> Table:
    """Variant less baseline, measure by measure, in words."""
    a, b = comparison.baseline.variant, comparison.variant.variant
    table = Table(
        title=escape(f"{comparison.baseline.scenario.title}: {b} against {a}, in pairs of runs"),
        title_justify="left",
        box=None,
        header_style="bold",
    )
    table.add_column("measure")
    for head in (a, b, "difference"):
        table.add_column(escape(head), justify="right")
    table.add_column("in words")
    table.add_column("pairing")
    unchanged = []
    for name in _compared(comparison):
        difference = comparison.differences[name]
        if difference.interval.mean == 0 and not difference.interval.half_width:
            unchanged.append(name)
            continue
        table.add_row(
            escape(name),
            plus_minus(comparison.baseline.measures[name]),
            plus_minus(comparison.variant.measures[name]),
            _signed(difference),
            _words(difference),
            _worth(difference),
        )
    if unchanged:
        table.caption = escape(f"the same in every pair: {', '.join(unchanged)}")
        table.caption_justify = "left"
    return table


def _compared(comparison: Comparison) -> list[str]:
    keys = [name for name in KEY_MEASURES if name in comparison.differences]
    groups = comparison.baseline.scenario.system.components
    of_components = [f"{group}.{measure}" for group in groups for measure in KEY_OF_COMPONENTS]
    return keys + [name for name in of_components if name in comparison.differences]


def _signed(difference: Difference) -> str:
    interval, unit = difference.interval, of_difference(difference.reported.unit)
    sign = "−" if interval.mean < 0 else "+"
    reach = f" ± {human(interval.half_width, unit)}" if interval.half_width is not None else ""
    return f"{sign}{human(abs(interval.mean), unit)}{reach}"


def _words(difference: Difference) -> str:
    words = difference.words()
    if difference.better_in is None or words not in ("better", "worse"):
        return words
    of = f"{difference.better_in} of {difference.interval.n} runs"
    return f"better in {of}" if words == "better" else f"worse (better in {of})"


def _worth(difference: Difference) -> str:
    """How many times the runs it would have taken without common random numbers."""
    ratio = difference.variance_ratio
    return f"worth {ratio:.0f}×" if ratio is not None and ratio >= 2 else ""


def findings_table(scenario: Scenario, verdicts: Sequence[Verdict]) -> Table:
    """Every finding with its status and what the runs say."""
    title = escape(scenario.title)
    table = Table(title=title, title_justify="left", box=None, header_style="bold")
    table.add_column("status")
    table.add_column("claim", ratio=1)
    table.add_column("estimate", justify="right")
    table.add_column("95 % interval", justify="right")
    table.add_column("bound", justify="right")
    for each in verdicts:
        interval = "no value" if each.low is None else f"{each.low:.4g} … {each.high:.4g}"
        table.add_row(
            f"[{STATUS_STYLES[each.status]}]{each.status}",
            escape(each.finding.claim),
            "" if each.estimate is None else f"{each.estimate:.4g}",
            interval,
            f"{each.bound:.4g}",
        )
    return table


def bench_table(summary: dict[str, Any]) -> Table:
    """Speed by model."""
    table = Table(box=None, header_style="bold")
    table.add_column("model")
    for head in ("idiomatic SimPy", "engine", "ratio"):
        table.add_column(head, justify="right")
    for model, ratio in summary["ratio_to_idiomatic_simpy"].items():
        speeds = summary["requests_per_cpu_s"][model]
        row = [f"{speeds[style]:,.0f}/s" for style in ("idiomatic_simpy", "engine")]
        table.add_row(model, *row, f"{ratio:.2f}")
    table.caption = _engine(summary)
    return table


def pool_table(summary: dict[str, Any]) -> Table:
    """Many short runs by one process and by two."""
    table = Table(box=None, header_style="bold", title_justify="left")
    for head in ("runs", "one process", "two processes", "ratio", "same results"):
        table.add_column(head, justify="right")
    seconds = (human(each, "s") for each in summary["seconds"].values())
    ratio, same = summary["ratio_to_one_process"], summary["same_results"]
    table.add_row(f"{summary['runs']:,}", *seconds, f"{ratio:.2f}", "yes" if same else "[red]no")
    table.caption = _engine(summary)
    return table


def _engine(summary: dict[str, Any]) -> str:
    engine = "compiled by mypyc" if summary["compiled"] else "plain Python (make compile is faster)"
    return f"engine: {engine}, Python {summary['python']}"


def plus_minus(estimate: Estimate) -> str:
    """A number with its unit and its uncertainty."""
    if estimate.interval is None:
        return "no value"
    unit, interval = estimate.reported.unit, estimate.interval
    if not interval.half_width or interval.half_width < ROUNDING * abs(interval.mean):
        return human(interval.mean, unit)
    return f"{human(interval.mean, unit)} ± {human(interval.half_width, unit)}"


def write_comparison(comparison: Comparison, folder: Path) -> list[str]:
    """Write a picture of both variants of a comparison over time; return its name."""
    from simulator.plots.paper import latency_over_time, save

    folder.mkdir(parents=True, exist_ok=True)
    sides = (comparison.baseline, comparison.variant)
    curves = {side.variant: row.curves for side in sides for row in side.rows if row.curves}
    if not curves:  # stopped before the first replication was finished
        return []
    scenario = comparison.baseline.scenario
    bounds = [each.at_most for each in scenario.slo if each.measure == "latency_p99_s"]
    struck = {each for curve in curves.values() for each in curve.strikes}
    spans = sorted((each.start_s, each.end_s) for each in struck)
    figure = latency_over_time(curves, scenario.title, spans, bounds[0] if bounds else None)
    save(figure, folder / "latency.svg")
    return ["latency.svg"]


def write_run(summary: Summary, folder: Path) -> list[str]:
    """Write every replication, the curves and the events as CSV; return the names of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(summary.measures)
    runs = ([row.replication, row.seed, *(row.measures[n] for n in names)] for row in summary.rows)
    write_csv(folder / "runs.csv", ["replication", "seed", *names], runs)
    events = ([each.at_s, each.kind, each.component, each.words] for each in summary.events())
    write_csv(folder / "events.csv", ["at_s", "kind", "component", "words"], events)
    curves = summary.rows[0].curves
    if curves is None:
        return ["runs.csv", "events.csv"]
    columns = {"start_s": curves.start_s, "end_s": curves.end_s}
    columns |= {f"latency_{name}_s": values for name, values in curves.latency.items()}
    columns |= {f"{name}_per_s": values for name, values in curves.outcomes.items()}
    for component, found in curves.components.items():
        columns |= {f"{component}.{name}": values for name, values in found.items()}
    rows = zip(*(each.tolist() for each in columns.values()), strict=True)
    write_csv(folder / "curves.csv", list(columns), rows)
    return ["runs.csv", "events.csv", "curves.csv"]
