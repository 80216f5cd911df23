"""What is written for Perfetto keeps to the Trace Event Format."""

import json
from collections import defaultdict
from itertools import pairwise

import pytest

from simulator.exports.perfetto import perfetto
from simulator.exports.traces import first_traces, labels
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


def test_spans_on_a_track_lie_in_one_another_or_apart(document):
    on_track = defaultdict(list)
    for event in complete(document):
        since, until = round(event["ts"] * 1000), round((event["ts"] + event["dur"]) * 1000)
        on_track[event["pid"], event["tid"]].append((since, -until))
    assert any(track > 0 for _, track in on_track), "nothing went on beside anything else"
    for spans in on_track.values():
        open_until = []
        for since, minus_until in sorted(spans):
            while open_until and open_until[-1] <= since:
                open_until.pop()
            assert not open_until or -minus_until <= open_until[-1]
            open_until.append(-minus_until)


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
