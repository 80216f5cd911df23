"""Tables as CSV files, and documents as JSON files."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.experiments.ledger import Ledger
from simulator.stats.intervals import Interval

LEDGER_HEADER = (
    *("cohort", "requests", "traced", "cause", "component"),
    *("mean_s", "half_width_s", "n"),
)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a table to a file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def write_json(document: Any, path: Path) -> None:
    """Write a document to a file; nothing in it is NaN."""
    text = json.dumps(document, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def ledger_rows(ledger: Ledger) -> Iterator[tuple[Any, ...]]:
    """The ledger under ``LEDGER_HEADER``; a row without cause is the latency itself."""
    for name, account in ledger.accounts.items():
        head = (name, account.size, account.traced)
        yield (*head, "", "", *_numbers(account.latency))
        yield from ((*head, *pair) for pair in _entries(account.seconds))
    longer = f"{ledger.of.name} less {ledger.than.name}"
    yield from ((longer, "", "", *pair) for pair in _entries(ledger.longer))


def _entries(seconds: Mapping[tuple[str, str], Interval]) -> Iterator[tuple[Any, ...]]:
    for (cause, component), interval in seconds.items():
        yield (cause, component, *_numbers(interval))


def _numbers(interval: Interval) -> tuple[Any, ...]:
    return interval.mean, interval.half_width, interval.n
