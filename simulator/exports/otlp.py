"""Traces for OpenTelemetry: OTLP in its JSON form, an ExportTraceServiceRequest.

Every component is a service, a replica one of its instances. Identifiers follow from the run and
the number of the request, so that the same run is exported the same way. Simulated time begins with
the year 2000, because some backends refuse to show 1970.

Source: OpenTelemetry protocol 1.x, section "JSON Protobuf Encoding": identifiers in hexadecimal,
enumerations as integers, 64-bit integers as text, names in lowerCamelCase.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from math import isnan
from typing import Any

from simulator.exports.naming import outcome_of, step_of
from simulator.results.spans import REQUEST, VISIT, Spans
from simulator.version import __version__

BEGIN_NS = 946_684_800 * 10**9  # 2000-01-01T00:00:00Z
INTERNAL, SERVER, CLIENT = 1, 2, 3  # SpanKind
UNSET, FINE, ERROR = 0, 1, 2  # StatusCode
WITHOUT_VERDICT = ("unfinished", "canceled")


def otlp(spans: Spans, run: str) -> dict[str, Any]:
    """The spans as the body of a request to ``/v1/traces``.

    Args:
        spans: of any number of requests.
        run: identity of the run; the same one gives the same identifiers.
    """
    by_component: dict[str, list[dict[str, Any]]] = {}
    for number, trace in spans.each():
        trace_id = _digest(f"{run}/{number}", 16)
        for row in range(len(trace)):
            found = by_component.setdefault(trace.names[trace.component[row]], [])
            found.append(_span(trace, row, trace_id))
    scope = {"name": "simulator", "version": __version__}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": list(_service(name))},
                "scopeSpans": [{"scope": scope, "spans": found}],
            }
            for name, found in by_component.items()
        ]
    }


def _service(component: str) -> Iterator[dict[str, Any]]:
    group, bracket, _ = component.partition("[")
    yield _attribute("service.name", group)
    if bracket:
        yield _attribute("service.instance.id", component)


def _span(trace: Spans, row: int, trace_id: str) -> dict[str, Any]:
    step, parent = int(trace.step[row]), int(trace.parent[row])
    is_leaf = step > VISIT
    found = {
        "traceId": trace_id,
        "spanId": _span_id(trace_id, int(trace.span[row])),
        "parentSpanId": _span_id(trace_id, parent) if parent else "",
        "name": step_of(trace, row) if step != VISIT else trace.names[trace.component[row]],
        "kind": INTERNAL if is_leaf else CLIENT if step == REQUEST else SERVER,
        "startTimeUnixNano": _instant(trace.start_s[row]),
        "endTimeUnixNano": _instant(trace.end_s[row]),
        "attributes": list(_attributes(trace, row)),
        "events": [],
        "status": _status(outcome_of(trace, row)),
    }
    given_up_s = float(trace.given_up_s[row])
    if not isnan(given_up_s) and given_up_s >= float(trace.start_s[row]):
        found["events"] = [{"timeUnixNano": _instant(given_up_s), "name": "given up"}]
    return found


def _attributes(trace: Spans, row: int) -> Iterator[dict[str, Any]]:
    yield _attribute("simulator.request", int(trace.request[row]))
    yield _attribute("simulator.step", step_of(trace, row))
    yield _attribute("simulator.outcome", outcome_of(trace, row))
    yield _attribute("simulator.attempt", int(trace.attempt[row]))
    if trace.step[row] > VISIT:
        yield _attribute("simulator.active_s", float(trace.active_s[row]))


def _attribute(key: str, value: str | float) -> dict[str, Any]:
    match value:
        case str():
            typed: dict[str, Any] = {"stringValue": value}
        case int():
            typed = {"intValue": str(value)}
        case _:
            typed = {"doubleValue": value}
    return {"key": key, "value": typed}


def _status(outcome: str) -> dict[str, Any]:
    if outcome == "ok":
        return {"code": FINE}
    if outcome in WITHOUT_VERDICT:
        return {"code": UNSET}
    return {"code": ERROR, "message": outcome.replace("_", " ")}


def _instant(at_s: float) -> str:
    return str(BEGIN_NS + round(float(at_s) * 1e9))


def _span_id(trace_id: str, span: int) -> str:
    return _digest(f"{trace_id}/{span}", 8)


def _digest(text: str, size: int) -> str:
    """So many bytes in hexadecimal, not all of them zero."""
    return sha256(text.encode()).hexdigest()[: 2 * size - 1] + "1"
