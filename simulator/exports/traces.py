"""What was traced, shown in the terminal and written to files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from simulator.experiments.ledger import Account, Ledger, ledger
from simulator.experiments.summary import Summary
from simulator.experiments.traces import COHORTS, Traces
from simulator.exports.files import LEDGER_HEADER, ledger_rows, write_csv, write_json
from simulator.exports.otlp import otlp
from simulator.exports.perfetto import perfetto
from simulator.exports.waterfall import legend, waterfall
from simulator.results.spans import COLUMNS
from simulator.stats.intervals import Interval
from simulator.units import human

NEGLIGIBLE = 10  # digits after the point of a second; more are rounding


def first_traces(summary: Summary) -> Traces:
    """The traces of the first replication that has any; one of them must."""
    found = summary.traced()[0].traces
    assert found is not None
    return found


def trace_tables(summary: Summary) -> list[RenderableType]:
    """The waterfalls of the first replication's examples, and the ledger of all replications."""
    found = first_traces(summary)
    if not found.examples:
        return ["No request had an outcome in the measured window."]
    shown = [
        (why, found.spans.only([number]))
        for why, numbers in found.examples.items()
        for number in numbers
    ]
    waterfalls = [waterfall(trace, why) for why, trace in shown]
    account = ledger(summary.rows)
    return [*waterfalls, legend(trace for _, trace in shown), *ledger_tables(account)]


def ledger_tables(found: Ledger) -> list[RenderableType]:
    """Where the time of each cohort goes, and what makes one slower than another."""
    table = Table(title="\nWhere the time goes", title_justify="left", box=None)
    table.add_column("cause")
    table.add_column("component")
    for name in found.accounts:
        table.add_column(escape(name), justify="right")
    if found.longer:
        table.add_column(escape(f"{found.of.name} less {found.than.name}"), justify="right")
    entries = {entry: None for each in found.accounts.values() for entry in each.seconds}
    for cause, component in entries:
        entry = cause, component
        cells = [_mean(each.seconds.get(entry)) for each in found.accounts.values()]
        cells += [_plus_minus(found.longer.get(entry))] if found.longer else []
        table.add_row(cause, escape(component), *cells)
    table.add_section()
    table.add_row("all together", "", *(_mean(a.latency) for a in found.accounts.values()))
    parts: list[RenderableType] = [table]
    words = {each.name: each.words() for each in (*COHORTS, found.of, found.than)}
    parts += [_cohort(name, words[name], each) for name, each in found.accounts.items()]
    return [*parts, *filter(None, [found.words()])]


def _cohort(name: str, words: str, account: Account) -> str:
    traced = "all" if account.traced == account.size else human(account.traced)
    requests = "request" if account.size == 1 else "requests"
    return escape(f"{name}: {human(account.size)} {requests} {words}, {traced} of them traced")


def _mean(interval: Interval | None) -> str:
    return human(round(interval.mean, NEGLIGIBLE), "s") if interval is not None else ""


def _plus_minus(interval: Interval | None) -> str:
    if interval is None or not round(interval.half_width or 0.0, NEGLIGIBLE):
        return _mean(interval)
    return f"{_mean(interval)} ± {human(interval.half_width, 's')}"


def trace_document(summary: Summary) -> dict[str, Any]:
    """The document that ``simulator trace --json`` prints."""
    whole = summary.as_json()
    kept = ("scenario", "variant", "set", "seed", "replications", "engine_version")
    return {
        **{name: whole[name] for name in kept},
        "ledger": ledger(summary.rows).as_json(),
        "examples": first_traces(summary).as_json(),
    }


def labels(found: Traces) -> dict[int, str]:
    """Why each example is shown, by its number."""
    return {number: why for why, numbers in found.examples.items() for number in numbers}


def write_traces(summary: Summary, folder: Path) -> list[Path]:
    """Write everything that was traced; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    found = first_traces(summary)
    row = summary.traced()[0]
    run = f"{summary.scenario.digest()}/{row.seed}/{row.replication}"
    documents: Mapping[str, Any] = {
        "result.json": trace_document(summary),
        "trace.perfetto.json": perfetto(found.spans, labels(found)),
        "trace.otlp.json": otlp(found.spans, run),
    }
    for name, document in documents.items():
        write_json(document, folder / name)
    spans = (record.values() for record in found.spans.records())
    write_csv(folder / "spans.csv", [*COLUMNS], spans)
    write_csv(folder / "ledger.csv", LEDGER_HEADER, ledger_rows(ledger(summary.rows)))
    return [folder / name for name in (*documents, "spans.csv", "ledger.csv")]
