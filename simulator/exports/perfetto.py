"""Traces for Perfetto (ui.perfetto.dev) and Chrome's tracing page: trace event JSON.

Each request is a process, each of its tracks a thread. On a track spans lie in one another or
apart; what goes on beside something else, such as a parallel call or the late work of a try that
was given up, gets a track of its own.

Source: *Trace Event Format* (Chromium project), complete events (``X``) and metadata (``M``);
times there are in microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import Any

from simulator.exports.naming import outcome_of, step_of, title
from simulator.results.spans import REQUEST, VISIT, Spans

Times = tuple[int, int]
"""Start and end in nanoseconds."""


def perfetto(spans: Spans, labels: Mapping[int, str] | None = None) -> dict[str, Any]:
    """The spans as a trace event document.

    Args:
        spans: of any number of requests.
        labels: number of a request -> why it is there.
    """
    events: list[dict[str, Any]] = []
    for number, trace in spans.each():
        process = number + 1  # there is no process 0
        times_ns, track_of = nanoseconds(trace), tracks(trace)
        name = title(trace, (labels or {}).get(number, ""))
        events.append(_named("process_name", process, 0, name))
        events += [
            _named("thread_name", process, track, "way" if track == 0 else f"beside {track}")
            for track in sorted(set(track_of))
        ]
        events += [
            _event(trace, row, times_ns[row], process, track) for row, track in enumerate(track_of)
        ]
    return {"traceEvents": events, "displayTimeUnit": "ms"}


def tracks(trace: Spans) -> list[int]:
    """The track of each span of one request, its parent's if there is room.

    On a track a span lies in those that it belongs to, and apart from all others.
    """
    times_ns = nanoseconds(trace)
    parents = (trace.parent - trace.span[0]).tolist()
    around: list[set[int]] = []  # the spans that each one belongs to
    on_track: list[list[int]] = []
    found: list[int] = []
    for row, parent in enumerate(parents):
        around.append({parent} | around[parent] if parent >= 0 else set())
        tried = sorted(range(len(on_track)), key=lambda t: parent < 0 or t != found[parent])
        track = next(
            (t for t in tried if _fits(row, on_track[t], around[row], times_ns)), len(on_track)
        )
        if track == len(on_track):
            on_track.append([])
        on_track[track].append(row)
        found.append(track)
    return found


def _fits(row: int, others: list[int], around: set[int], times_ns: list[Times]) -> bool:
    """Whether a span can stand on a track with all that came to it before."""
    since, until = times_ns[row]
    for other in others:
        start, end = times_ns[other]
        is_inside = other in around and start <= since and until <= end
        if not (is_inside or end <= since or start >= until):
            return False
    return True


def nanoseconds(spans: Spans) -> list[Times]:
    """Starts and ends as whole numbers; rounding keeps what lies in something else there."""
    pairs = zip(spans.start_s.tolist(), spans.end_s.tolist(), strict=True)
    return [(round(start_s * 1e9), round(end_s * 1e9)) for start_s, end_s in pairs]


def _event(trace: Spans, row: int, times_ns: Times, process: int, track: int) -> dict[str, Any]:
    start_ns, end_ns = times_ns
    step = int(trace.step[row])
    component = trace.names[trace.component[row]]
    details = {
        "component": component,
        "outcome": outcome_of(trace, row),
        "attempt": int(trace.attempt[row]),
        "span": int(trace.span[row]),
        "parent": int(trace.parent[row]),
    }
    if step > VISIT:
        details["active_us"] = float(trace.active_s[row]) * 1e6
    if not isnan(trace.given_up_s[row]):
        details["given_up_us"] = float(trace.given_up_s[row]) * 1e6
    return {
        "ph": "X",
        "name": component if step == VISIT else step_of(trace, row),
        "cat": "request" if step == REQUEST else step_of(trace, row),
        "pid": process,
        "tid": track,
        "ts": start_ns / 1000,
        "dur": (end_ns - start_ns) / 1000,
        "args": details,
    }


def _named(what: str, process: int, track: int, name: str) -> dict[str, Any]:
    return {"ph": "M", "name": what, "pid": process, "tid": track, "args": {"name": name}}
