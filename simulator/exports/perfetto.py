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


def perfetto(spans: Spans, labels: Mapping[int, str] | None = None) -> dict[str, Any]:
    """The spans as a trace event document.

    Args:
        spans: of any number of requests.
        labels: number of a request -> why it is there.
    """
    events: list[dict[str, Any]] = []
    for number, trace in spans.each():
        process = number + 1  # there is no process 0
        track_of = tracks(trace)
        name = title(trace, (labels or {}).get(number, ""))
        events.append(_named("process_name", process, 0, name))
        events += [
            _named("thread_name", process, track, "way" if track == 0 else f"beside {track}")
            for track in sorted(set(track_of))
        ]
        events += [_event(trace, row, process, track) for row, track in enumerate(track_of)]
    return {"traceEvents": events, "displayTimeUnit": "ms"}


def tracks(trace: Spans) -> list[int]:
    """The track of each span of one request, such that spans on a track never overlap in part."""
    start_ns, end_ns = nanoseconds(trace)
    first = int(trace.span[0])
    on_track: list[list[int]] = [[]]
    found: list[int] = []
    for row in range(len(trace)):
        outer = int(trace.parent[row]) - first
        tried = [found[outer]] if outer >= 0 else []
        tried += [track for track in range(len(on_track)) if track not in tried]
        track = next((t for t in tried if _fits(row, on_track[t], start_ns, end_ns)), len(on_track))
        if track == len(on_track):
            on_track.append([])
        on_track[track].append(row)
        found.append(track)
    return found


def _fits(row: int, others: list[int], start_ns: list[int], end_ns: list[int]) -> bool:
    """Whether a span lies in or apart from all that came to a track before it."""
    since, until = start_ns[row], end_ns[row]
    return all(
        end_ns[each] <= since
        or start_ns[each] >= until
        or (start_ns[each] <= since and until <= end_ns[each])
        for each in others
    )


def nanoseconds(spans: Spans) -> tuple[list[int], list[int]]:
    """Starts and ends as whole nanoseconds; rounding keeps what lies in something else there."""
    return (
        [round(each * 1e9) for each in spans.start_s.tolist()],
        [round(each * 1e9) for each in spans.end_s.tolist()],
    )


def _event(trace: Spans, row: int, process: int, track: int) -> dict[str, Any]:
    start_ns, end_ns = round(float(trace.start_s[row]) * 1e9), round(float(trace.end_s[row]) * 1e9)
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
