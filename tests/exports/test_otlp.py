"""What is written for OpenTelemetry is a request that its own schema accepts."""

import base64
import json
from math import isnan

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from simulator.exports.otlp import BEGIN_NS, otlp
from simulator.exports.traces import first_traces
from tests.exports.traced import summary

IDENTIFIERS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}


@pytest.fixture(scope="module")
def spans():
    return first_traces(summary()).spans


@pytest.fixture(scope="module")
def document(spans):
    return json.loads(json.dumps(otlp(spans, "run"), allow_nan=False))


@pytest.fixture(scope="module")
def request_(document):
    """The document as its protobuf message, read strictly."""
    return json_format.ParseDict(in_base64(document), ExportTraceServiceRequest())


def each_span(document):
    for resource in document["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            yield from scope["spans"]


def in_base64(document):
    """Identifiers as protobuf's JSON has them; OTLP's has hexadecimal ones instead."""
    document = json.loads(json.dumps(document))
    for span in each_span(document):
        for name, size in IDENTIFIERS.items():
            raw = bytes.fromhex(span[name])
            assert span[name] == span[name].lower()
            assert len(raw) == (size if span[name] else 0)
            span[name] = base64.b64encode(raw).decode()
    return document


def message_spans(request_):
    return [s for r in request_.resource_spans for scope in r.scope_spans for s in scope.spans]


def test_the_schema_knows_every_field_and_reads_back_the_same(document, request_):
    back = json_format.MessageToDict(request_, use_integers_for_enums=True)
    expected = in_base64(document)
    for span in each_span(expected):  # a field that has its default is left out
        for name in [name for name, value in span.items() if value in ("", [])]:
            del span[name]
        span["status"] = {k: v for k, v in span["status"].items() if v}
    assert back == expected


def test_enumerations_are_integers_and_times_are_text(document):
    for span in each_span(document):
        assert type(span["kind"]) is int
        assert type(span["status"]["code"]) is int
        assert type(span["startTimeUnixNano"]) is str
        for attribute in span["attributes"]:
            (value,) = attribute["value"].items()
            assert value[0] != "intValue" or type(value[1]) is str


def test_every_span_is_there_with_its_times(spans, request_):
    times = sorted((s.start_time_unix_nano, s.end_time_unix_nano) for s in message_spans(request_))
    expected = sorted(
        (BEGIN_NS + round(start_s * 1e9), BEGIN_NS + round(end_s * 1e9))
        for start_s, end_s in zip(spans.start_s.tolist(), spans.end_s.tolist(), strict=True)
    )
    assert times == expected


def test_identifiers_differ_and_parents_are_spans_of_the_same_trace(spans, request_):
    found = {span.span_id: span for span in message_spans(request_)}
    assert len(found) == len(spans)
    roots = [span for span in found.values() if not span.parent_span_id]
    assert len(roots) == len({span.trace_id for span in found.values()}) == len(spans.numbers())
    for span in found.values():
        if span.parent_span_id:
            assert found[span.parent_span_id].trace_id == span.trace_id


def test_every_component_is_a_service_and_a_replica_an_instance(document):
    services = [
        {a["key"]: a["value"]["stringValue"] for a in resource["resource"]["attributes"]}
        for resource in document["resourceSpans"]
    ]
    assert {"service.name": "db"} in services
    assert {"service.name": "api", "service.instance.id": "api[1]"} in services


def test_outcomes_are_a_status_and_giving_up_is_an_event(spans, request_):
    found = message_spans(request_)
    outcome = {span.span_id: _attributes(span)["simulator.outcome"] for span in found}
    codes = {"ok": Status.STATUS_CODE_OK, "timed_out": Status.STATUS_CODE_ERROR}
    for span in found:
        assert span.status.code == codes.get(outcome[span.span_id], Status.STATUS_CODE_UNSET)
        assert (span.kind == Span.SPAN_KIND_CLIENT) == (not span.parent_span_id)
    given_up = sum(
        not isnan(at_s) and at_s >= start_s
        for at_s, start_s in zip(spans.given_up_s, spans.start_s, strict=True)
    )
    assert sum(len(span.events) for span in found) == given_up > 0


def _attributes(span):
    return {each.key: each.value.string_value for each in span.attributes}


def test_the_same_run_has_the_same_identifiers_and_another_has_others(spans):
    assert otlp(spans, "run") == otlp(spans, "run")
    ids = [{span["spanId"] for span in each_span(otlp(spans, run))} for run in ("run", "other")]
    assert not ids[0] & ids[1]
