"""Spans of scenes whose numbers can be worked out by hand."""

import numpy as np
import pytest

from simulator.kernel.streams import Streams
from simulator.results.ledger import ledger
from simulator.results.spans import SPAN_OUTCOMES, STEPS
from simulator.runner import run
from simulator.tracing import Sampled
from simulator.tracing.tracer import MOST_SAMPLED
from tests.kernel.scene import digest, scenario

EVERYTHING = range(1000)


def trace(components, at_s, tmp_path, duration=100.0, **sections):
    """Run requests that come at these instants, all of them traced."""
    file = tmp_path / "arrivals.csv"
    file.write_text("arrived_s\n" + "".join(f"{instant_s}\n" for instant_s in at_s))
    arrivals = {"kind": "trace", "path": file.name, "column": "arrived_s"}
    found = scenario(components, arrivals, duration, **sections)
    found.read_files(tmp_path)
    return run(found, traces=EVERYTHING).spans


def lines(spans, number):
    """What a request went through: component, step, start, end, outcome."""
    return [
        (
            spans.names[row.component[0]],
            STEPS[row.step[0]],
            pytest.approx(float(row.start_s[0])),
            pytest.approx(float(row.end_s[0])),
            SPAN_OUTCOMES[row.outcome[0]],
        )
        for row in each_row(spans.only([number]))
    ]


def each_row(spans):
    return [spans.rows(slice(place, place + 1)) for place in range(len(spans))]


def tree(spans, number):
    """The same with what lies in it: ``(component, step, [inner ...])``."""
    rows = {int(row.span[0]): row for row in each_row(spans.only([number]))}

    def below(span):
        return [
            (spans.names[row.component[0]], STEPS[row.step[0]], below(inner))
            for inner, row in rows.items()
            if int(row.parent[0]) == span
        ]

    return below(0)


SERVER = {"kind": "server", "service_time": 1.0}


def test_a_call_that_finds_a_worker_is_served_and_the_next_one_waits_first(tmp_path):
    spans = trace({"api": SERVER}, [0.0, 0.25], tmp_path)
    assert lines(spans, 0) == [
        ("users", "request", 0.0, 1.0, "ok"),
        ("api", "visit", 0.0, 1.0, "ok"),
        ("api", "service", 0.0, 1.0, "ok"),
    ]
    assert lines(spans, 1) == [
        ("users", "request", 0.25, 2.0, "ok"),
        ("api", "visit", 0.25, 2.0, "ok"),
        ("api", "wait", 0.25, 1.0, "ok"),
        ("api", "service", 1.0, 2.0, "ok"),
    ]


def test_the_last_to_come_is_served_first_under_lifo(tmp_path):
    spans = trace({"api": SERVER | {"discipline": "lifo"}}, [0.0, 0.25, 0.5], tmp_path)
    assert ("api", "wait", 0.25, 2.0, "ok") in lines(spans, 1)
    assert ("api", "wait", 0.5, 1.0, "ok") in lines(spans, 2)


def test_a_shared_worker_serves_without_a_break_but_with_half_its_time(tmp_path):
    spans = trace({"api": SERVER | {"discipline": "processor_sharing"}}, [0.0, 0.5], tmp_path)
    assert lines(spans, 0)[2] == ("api", "service", 0.0, 1.5, "ok")
    assert lines(spans, 1)[2] == ("api", "service", 0.5, 2.0, "ok")
    active_s = spans.active_s[spans.step == STEPS.index("service")]
    assert active_s == pytest.approx([1.0, 1.0])  # of 1.5 s each: the rest went to the other


def test_a_slowdown_makes_the_service_longer_and_is_no_wait(tmp_path):
    slowdown = [{"kind": "slowdown", "of": "api", "factor": 3, "from": 0.5, "until": 99.0}]
    spans = trace({"api": SERVER}, [0.0], tmp_path, faults=slowdown)
    assert lines(spans, 0)[2:] == [("api", "service", 0.0, 2.0, "ok")]


def test_a_call_that_goes_on_leaves_its_worker_and_one_that_blocks_keeps_it(tmp_path):
    behind = {"db": {"kind": "server", "service_time": 2.0}}
    stage = trace({"api": SERVER | {"next": "db"}, **behind}, [0.0], tmp_path)
    assert lines(stage, 0) == [
        ("users", "request", 0.0, 3.0, "ok"),
        ("api", "visit", 0.0, 1.0, "ok"),
        ("api", "service", 0.0, 1.0, "ok"),
        ("db", "visit", 1.0, 3.0, "ok"),
        ("db", "service", 1.0, 3.0, "ok"),
    ]
    served = [("db", "service", [])]
    assert tree(stage, 0)[0][2] == [
        ("api", "visit", [("api", "service", [])]),
        ("db", "visit", served),
    ]
    blocked = trace({"api": SERVER | {"next": "db", "blocking": True}, **behind}, [0.0], tmp_path)
    assert ("api", "visit", 0.0, 3.0, "ok") in lines(blocked, 0)
    assert tree(blocked, 0)[0][2] == [
        ("api", "visit", [("api", "service", []), ("db", "visit", served)])
    ]


def test_a_try_that_is_given_up_goes_on_for_nobody(tmp_path):
    client = {"kind": "client", "next": "api", "timeout": 0.4, "retries": 1}
    backoff = {"kind": "fixed", "pause": 0.1}
    system = {"client": client | {"backoff": backoff}, "api": SERVER | {"workers": 2}}
    spans = trace(system, [0.0], tmp_path)
    assert lines(spans, 0) == [
        ("users", "request", 0.0, 0.9, "timed_out"),
        ("client", "visit", 0.0, 0.9, "timed_out"),
        ("api", "visit", 0.0, 1.0, "ok"),
        ("api", "service", 0.0, 1.0, "ok"),
        ("client", "pause", 0.4, 0.5, "ok"),
        ("api", "visit", 0.5, 1.5, "ok"),
        ("api", "service", 0.5, 1.5, "ok"),
    ]
    of_api = spans.rows(spans.component == list(spans.names).index("api"))
    assert of_api.attempt.tolist() == [1, 1, 2, 2]
    assert of_api.given_up_s == pytest.approx([0.4, 0.4, 0.9, 0.9])


def test_a_try_that_is_canceled_ends_there_waiting_or_in_service(tmp_path):
    client = {"kind": "client", "next": "api", "timeout": 0.4, "cancels": True}
    spans = trace({"client": client, "api": SERVER}, [0.0, 0.1], tmp_path)
    assert lines(spans, 0)[2:] == [
        ("api", "visit", 0.0, 0.4, "canceled"),
        ("api", "service", 0.0, 0.4, "canceled"),
    ]
    assert lines(spans, 1)[2:] == [
        ("api", "visit", 0.1, 0.5, "canceled"),
        ("api", "wait", 0.1, 0.4, "ok"),
        ("api", "service", 0.4, 0.5, "canceled"),
    ]


def test_a_balancer_lasts_as_long_as_the_replica_that_it_chose(tmp_path):
    system = {
        "balancer": {"kind": "load_balancer", "pool": "api", "policy": "round_robin"},
        "api": SERVER | {"replicas": 2},
    }
    spans = trace(system, [0.0, 0.1], tmp_path)
    inside = [("api[2]", "visit", [("api[2]", "service", [])])]
    assert tree(spans, 1) == [("users", "request", [("balancer", "visit", inside)])]


def test_a_balancer_sees_what_replicas_report_through_their_probes(tmp_path):
    system = {
        "balancer": {"kind": "load_balancer", "pool": "api", "signal": "reported"},
        "api": SERVER | {"replicas": 2},
    }
    spans = trace(system, [0.0, 0.1], tmp_path)
    assert not (spans.step == STEPS.index("wait")).any()


def test_a_miss_is_a_lookup_and_a_load_and_those_who_join_it_wait(tmp_path):
    cache = {"kind": "cache", "ttl": 50.0, "coalesces": True, "lookup_time": 0.1, "origin": "db"}
    system = {"cache": cache, "db": SERVER}
    spans = trace(system, [0.0, 0.2, 3.0], tmp_path, keys={"kind": "uniform", "count": 1})
    assert lines(spans, 0)[1:] == [
        ("cache", "visit", 0.0, 1.1, "ok"),
        ("cache", "lookup", 0.0, 0.1, "ok"),
        ("cache", "wait", 0.1, 1.1, "ok"),
        ("db", "visit", 0.1, 1.1, "ok"),
        ("db", "service", 0.1, 1.1, "ok"),
    ]
    assert lines(spans, 1)[1:] == [
        ("cache", "visit", 0.2, 1.1, "ok"),
        ("cache", "lookup", 0.2, 0.3, "ok"),
        ("cache", "wait", 0.3, 1.1, "ok"),
    ]
    assert lines(spans, 2)[1:] == [
        ("cache", "visit", 3.0, 3.1, "ok"),
        ("cache", "lookup", 3.0, 3.1, "ok"),
    ]


FAN = {
    "fast": {"kind": "server", "service_time": 1.0},
    "slow": {"kind": "server", "service_time": 3.0},
}


def test_calls_made_at_once_lie_beside_each_other_and_the_last_one_counts(tmp_path):
    fan = {"kind": "parallel", "calls": ["fast", "slow"]}
    spans = trace({"fan": fan, **FAN}, [0.0], tmp_path)
    assert lines(spans, 0)[1:] == [
        ("fan", "visit", 0.0, 3.0, "ok"),
        ("fast", "visit", 0.0, 1.0, "ok"),
        ("fast", "service", 0.0, 1.0, "ok"),
        ("slow", "visit", 0.0, 3.0, "ok"),
        ("slow", "service", 0.0, 3.0, "ok"),
    ]
    assert np.isnan(spans.given_up_s).all()
    assert ledger(spans, [0]) == {("service", "slow"): pytest.approx(3.0)}


def test_a_call_that_a_quorum_does_not_need_goes_on_for_nobody(tmp_path):
    fan = {"kind": "parallel", "calls": ["fast", "slow"], "wait_for": 1}
    front = {"kind": "sequence", "steps": ["fan"]}
    spans = trace({"front": front, "fan": fan, **FAN}, [0.0], tmp_path)
    slow = spans.rows(spans.component == list(spans.names).index("slow"))
    assert slow.end_s == pytest.approx([3.0, 3.0])
    assert slow.given_up_s == pytest.approx([1.0, 1.0])
    assert ledger(spans, [0]) == {("service", "fast"): pytest.approx(1.0)}


def test_a_call_that_is_taken_back_ends_with_the_answer(tmp_path):
    fan = {"kind": "parallel", "calls": ["fast", "slow"], "wait_for": 1, "cancels": True}
    spans = trace({"fan": fan, **FAN}, [0.0], tmp_path)
    assert ("slow", "visit", 0.0, 1.0, "canceled") in lines(spans, 0)
    assert ledger(spans, [0]) == {("service", "fast"): pytest.approx(1.0)}


def test_steps_of_a_sequence_follow_one_another(tmp_path):
    sequence = {"kind": "sequence", "steps": ["fast", "slow"]}
    spans = trace({"page": sequence, **FAN}, [0.0], tmp_path)
    assert ("fast", "visit", 0.0, 1.0, "ok") in lines(spans, 0)
    assert ("slow", "visit", 1.0, 4.0, "ok") in lines(spans, 0)
    assert ledger(spans, [0]) == {
        ("service", "fast"): pytest.approx(1.0),
        ("service", "slow"): pytest.approx(3.0),
    }


def test_an_interrupted_service_goes_on_after_a_wait(tmp_path):
    server = SERVER | {"discipline": {"kind": "lifo", "preemptive": True}}
    spans = trace({"api": server}, [0.0, 0.5], tmp_path)
    assert lines(spans, 0)[2:] == [
        ("api", "service", 0.0, 0.5, "ok"),
        ("api", "wait", 0.5, 1.5, "ok"),
        ("api", "service", 1.5, 2.0, "ok"),
    ]
    assert lines(spans, 1)[2:] == [("api", "service", 0.5, 1.5, "ok")]


def test_a_refused_call_leaves_a_visit_of_no_length(tmp_path):
    spans = trace({"api": SERVER | {"queue_limit": 0}}, [0.0, 0.5], tmp_path)
    assert lines(spans, 1) == [
        ("users", "request", 0.5, 0.5, "rejected"),
        ("api", "visit", 0.5, 0.5, "rejected"),
    ]


def test_what_goes_on_when_the_run_stops_ends_there_unfinished(tmp_path):
    spans = trace({"api": SERVER}, [0.0, 0.25], tmp_path, duration=0.75)
    assert lines(spans, 1) == [
        ("users", "request", 0.25, 0.75, "unfinished"),
        ("api", "visit", 0.25, 0.75, "unfinished"),
        ("api", "wait", 0.25, 0.75, "unfinished"),
    ]


# -- which requests ----------------------------------------------------------------------------


def test_only_chosen_requests_have_spans(tmp_path):
    some = scenario({"api": SERVER | {"workers": 9}})
    assert run(some).spans is None
    assert run(some, traces={3, 5}).spans.numbers() == [3, 5]


def test_a_ratio_samples_the_same_requests_in_every_variant_and_more_if_it_is_larger():
    def numbers(ratio, **server):
        tenth = scenario({"api": SERVER | server}, run={"trace_ratio": ratio}, duration=100.0)
        return run(tenth).spans.numbers()

    few = numbers(0.1)
    assert few == numbers(0.1, workers=20)
    assert set(few) < set(numbers(0.3))
    assert len(few) == pytest.approx(100, abs=40)  # of 1000; four standard deviations


def test_sampling_ends_after_so_many_requests():
    sampled = Sampled(Streams(1, 0), 0.5)
    assert sum(number in sampled for number in range(3 * MOST_SAMPLED)) == MOST_SAMPLED


def test_the_ratio_is_no_part_of_what_a_run_is():
    some = scenario({"api": SERVER})
    traced = some.with_run(trace_ratio=0.5)
    assert some.digest() == traced.digest()
    assert digest(run(some)) == digest(run(traced))
