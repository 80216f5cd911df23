"""What is written for Perfetto keeps to the Trace Event Format."""

import json
from collections import defaultdict
from itertools import pairwise
from math import nan

import pytest

from simulator.exports.perfetto import perfetto, tracks
from simulator.exports.traces import first_traces, labels
from simulator.results.spans import Row, Spans
from tests.exports.traced import summary

PHASES = {"X": {"ph", "name", "cat", "pid", "tid", "ts", "dur", "args"}, "M": None}
METADATA = {"process_name", "thread_name"}


@pytest.fixture(scope="module")
def traces():
    return first_traces(summary())


@pytest.fixture(scope="module")
def document(traces):
    return json.loads(json.dumps(perfetto(traces.spans, labels(traces)), allow_nan=False))


def complete(document):
    return [each for each in document["traceEvents"] if each["ph"] == "X"]


def test_every_event_has_the_fields_of_its_phase(document):
    assert set(document) == {"traceEvents", "displayTimeUnit"}
    assert document["displayTimeUnit"] in ("ms", "ns")
    for event in document["traceEvents"]:
        assert event["ph"] in PHASES
        assert type(event["pid"]) is int
        assert type(event["tid"]) is int
        if event["ph"] == "M":
            assert event["name"] in METADATA
            assert set(event["args"]) == {"name"}
            assert event["args"]["name"]
        else:
            assert set(event) == PHASES["X"]
            assert event["name"]
            assert event["ts"] >= 0
            assert event["dur"] >= 0


def test_every_process_and_every_track_has_one_name(document):
    named = [
        (event["name"], event["pid"], event["tid"] if event["name"] == "thread_name" else 0)
        for event in document["traceEvents"]
        if event["ph"] == "M"
    ]
    assert len(named) == len(set(named))
    used = {(event["pid"], event["tid"]) for event in complete(document)}
    assert {("thread_name", *track) for track in used} <= set(named)
    assert {("process_name", pid, 0) for pid, _ in used} <= set(named)


def test_a_span_lies_on_its_track_in_those_it_belongs_to_and_apart_from_others(document):
    events = {event["args"]["span"]: event for event in complete(document)}
    on_track = defaultdict(list)
    for span, event in events.items():
        since, until = round(event["ts"] * 1000), round((event["ts"] + event["dur"]) * 1000)
        on_track[event["pid"], event["tid"]].append((since, -until, span))
    assert any(track > 0 for _, track in on_track), "nothing went on beside anything else"
    for spans in on_track.values():
        open_spans = []
        for since, minus_until, span in sorted(spans):
            while open_spans and open_spans[-1][0] <= since:
                open_spans.pop()
            if open_spans:
                until, outer = open_spans[-1]
                assert -minus_until <= until
                assert outer in _around(events, span)
            open_spans.append((-minus_until, span))


def _around(events, span):
    while parent := events[span]["args"]["parent"]:
        yield parent
        span = parent


def test_calls_made_at_once_stand_beside_each_other():
    def row(span, parent, step, start_s, end_s):
        return Row(1, span, parent, 0, step, start_s, end_s, 0.0, 0, 1, nan)

    fan = [row(1, 0, 0, 0, 9), row(2, 1, 1, 0, 9), row(3, 1, 1, 1, 2), row(4, 3, 3, 1, 2)]
    assert tracks(Spans.of(["fan"], fan)) == [0, 0, 1, 1]


def test_times_are_microseconds(document, traces):
    starts = [event["ts"] for event in complete(document)]
    assert sorted(starts) == pytest.approx(sorted(traces.spans.start_s * 1e6), abs=1e-3)


def test_every_span_is_there_once_and_names_the_one_it_lies_in(document, traces):
    spans = [event["args"]["span"] for event in complete(document)]
    assert sorted(spans) == traces.spans.span.tolist()
    of_parent = {e["args"]["span"]: e for e in complete(document)}
    for event in complete(document):
        parent = event["args"]["parent"]
        assert parent == 0 or of_parent[parent]["pid"] == event["pid"]


def test_a_process_says_which_request_it_is_and_why(document):
    names = [e["args"]["name"] for e in document["traceEvents"] if e["name"] == "process_name"]
    assert any(name.startswith("slowest request ") and " ok after " in name for name in names)
    assert all(a != b for a, b in pairwise(sorted(names)))
