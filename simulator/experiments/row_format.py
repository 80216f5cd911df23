"""A row as bytes and back: compressed JSON, which cannot do anything when it is read.

Numbers come back bit by bit, since Python writes as many digits as it takes; NaN and infinities are
written by those names, as Python reads them.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from simulator.experiments.events import Event
from simulator.experiments.rows import Curves, Row
from simulator.experiments.traces import Cohort, Traces
from simulator.results import Spans, Strike
from simulator.results.spans import COLUMNS

FORMAT = 3  # of the bytes; part of what a stored row is known by
LEVEL = 1  # of compression; a higher one saves little and takes several times as long


def packed(row: Row) -> bytes:
    """A row as bytes."""
    document = {
        "variant": row.variant,
        "seed": row.seed,
        "replication": row.replication,
        "measures": row.measures,
        "windows": [[*during, measures] for during, measures in row.windows.items()],
        "classes": row.classes,
        "samples": row.samples,
        "verdict": row.verdict,
        "stopped_s": row.stopped_s,
        "curves": None if row.curves is None else _plain(row.curves),
        "wall_s": row.wall_s,
        "events": [[each.at_s, each.kind, each.component, each.words] for each in row.events],
        "gaps": row.gaps,
        "inside": row.inside,
        "traces": None if row.traces is None else _plain_traces(row.traces),
    }
    text = json.dumps(document, separators=(",", ":"), default=_number)
    return zlib.compress(text.encode(), LEVEL)


def unpacked(content: bytes) -> Row:
    """The row that was packed.

    Raises:
        ValueError, KeyError, TypeError, zlib.error: these are not the bytes of a row.
    """
    fields = json.loads(zlib.decompress(content))
    windows = {(start, end): measures for start, end, measures in fields.pop("windows")}
    events = [Event(*each) for each in fields.pop("events")]
    curves, traces = fields.pop("curves"), fields.pop("traces")
    return Row(
        windows=windows,
        events=events,
        curves=None if curves is None else _curves(curves),
        traces=None if traces is None else _traces(traces),
        **fields,
    )


def _number(value: Any) -> Any:
    """A number of numpy's as one of Python's."""
    return value.item()


def _plain(curves: Curves) -> dict[str, Any]:
    return {
        "start_s": curves.start_s.tolist(),
        "end_s": curves.end_s.tolist(),
        "latency": _lists(curves.latency),
        "outcomes": _lists(curves.outcomes),
        "components": {name: _lists(each) for name, each in curves.components.items()},
        "strikes": [[each.fault, each.of, each.start_s, each.end_s] for each in curves.strikes],
    }


def _curves(fields: dict[str, Any]) -> Curves:
    return Curves(
        start_s=_array(fields["start_s"]),
        end_s=_array(fields["end_s"]),
        latency=_arrays(fields["latency"]),
        outcomes=_arrays(fields["outcomes"]),
        components={name: _arrays(each) for name, each in fields["components"].items()},
        strikes=[Strike(*each) for each in fields["strikes"]],
    )


def _plain_traces(traces: Traces) -> dict[str, Any]:
    spans = traces.spans
    return {
        "cohorts": {
            name: [each.size, each.traced, [[*entry, s] for entry, s in each.seconds.items()]]
            for name, each in traces.cohorts.items()
        },
        "examples": traces.examples,
        "names": list(spans.names),
        "spans": {name: getattr(spans, name).tolist() for name in COLUMNS},
    }


def _traces(fields: dict[str, Any]) -> Traces:
    columns = fields["spans"]
    arrays = {name: np.asarray(columns[name], kind) for name, kind in COLUMNS.items()}
    return Traces(
        cohorts={
            name: Cohort(size, traced, {(cause, at): s for cause, at, s in seconds})
            for name, (size, traced, seconds) in fields["cohorts"].items()
        },
        examples=fields["examples"],
        spans=Spans(tuple(fields["names"]), **arrays),
    )


def _lists(arrays: Mapping[str, np.ndarray]) -> dict[str, list[float]]:
    return {name: values.tolist() for name, values in arrays.items()}


def _arrays(lists: Mapping[str, list[float]]) -> dict[str, np.ndarray]:
    return {name: _array(values) for name, values in lists.items()}


def _array(values: list[float]) -> np.ndarray:
    return np.asarray(values, dtype=float)
