"""Codecs in small scenes: which message is worked on when, and what that allows at most."""

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.components.codec import CodecSpec
from simulator.kernel import FAILED, OK, REJECTED
from simulator.policies.encoding import Json
from simulator.runner import run
from tests.kernel.scene import Scene, scenario


def codec(at_s, needs=(0.5, 0.25), takes_s=1.0, outcomes=(), **parameters):
    """A codec that reads for 0.5 s and writes for 0.25 s, before a second downstream."""
    spec = CodecSpec(**{"next": "model", "request_values": 1, "response_values": 1} | parameters)
    return Scene(spec, at_s, needs=[needs] * len(at_s), takes_s=takes_s, outcomes=outcomes)


def test_a_request_is_read_before_it_goes_on_and_its_response_written_before_it_goes_back():
    scene = codec([0.0]).run()
    assert scene.downstream.arrived_s == [0.5]
    assert scene.answered_s == [0.5 + 1.0 + 0.25]
    assert scene.it.served == 2


def test_the_next_request_is_read_while_the_first_is_downstream():
    scene = codec([0.0, 0.0]).run()
    assert scene.downstream.arrived_s == [0.5, 1.0]


def test_responses_wait_behind_requests_for_the_same_worker():
    scene = codec([0.0, 1.25, 1.25]).run()  # the response is there at 1.5, two requests wait
    assert scene.answered_s[0] == 1.25 + 0.5 + 0.5 + 0.25
    assert list(scene.it.wait_s)[:4] == [0.0, 0.0, 0.5, 0.75]


def test_what_is_downstream_has_no_worker_and_is_counted():
    scene = codec([0.0]).run(until=1.0)
    assert (scene.it.in_service, scene.it.queued, scene.it.outstanding) == (0, 0, 1)


def test_a_blocking_worker_keeps_its_call_until_the_response_is_written():
    scene = codec([0.0, 0.0], blocking=True).run()
    assert scene.answered_s == [1.75, 3.5]
    assert scene.downstream.arrived_s == [0.5, 2.25]


def test_only_what_is_ok_is_written():
    for blocking in (False, True):
        scene = codec([0.0, 0.0], outcomes=[FAILED, REJECTED], blocking=blocking, workers=2).run()
        assert scene.outcomes == [FAILED, REJECTED]
        assert scene.answered_s == [1.5, 1.5]
        assert (scene.it.in_service, scene.it.outstanding) == (0, 0)


def test_requests_are_refused_for_want_of_a_place_and_responses_never():
    scene = codec([0.0, 0.0, 0.0, 1.3, 1.4, 1.6], takes_s=0.5, queue_limit=1).run()
    assert scene.outcomes == [OK, OK, REJECTED, OK, OK, REJECTED]
    assert scene.it.queued_peak == 2  # the response of the second is there at 1.5


def test_on_the_client_side_it_is_the_request_that_is_written():
    values = {"request_values": 1000, "response_values": 10}
    json = Json(message_bytes=0, value_bytes=1, encode_per_byte=1e-3, decode_per_byte=1e-2)
    specs = [
        CodecSpec(next="api", encoding=json, side=side, **values) for side in ("client", "server")
    ]
    scenes = [Scene(spec, [0.0]).run() for spec in specs]
    assert scenes[0].answered_s == [pytest.approx(1000 * 1e-3 + 10 * 1e-2)]
    assert scenes[1].answered_s == [pytest.approx(1000 * 1e-2 + 10 * 1e-3)]


def test_a_call_taken_back_downstream_is_taken_back_there_and_never_written():
    scene = codec([0.0])
    scene.at(1.0, lambda: scene.user.calls[0].cancel()).run()
    assert scene.downstream.canceled_s == [1.0]
    assert (scene.it.served, scene.it.outstanding) == (1, 0)


def test_a_call_taken_back_from_a_blocking_worker_frees_it():
    scene = codec([0.0, 0.0], blocking=True)
    scene.at(1.0, lambda: scene.user.calls[0].cancel()).run()
    assert scene.downstream.arrived_s == [0.5, 1.5]


def test_a_crash_loses_also_what_is_downstream():
    scene = codec([0.0, 0.0])
    scene.at(0.75, lambda: scene.it.crash()).run()
    assert scene.outcomes == [FAILED, FAILED]
    assert scene.answered_s == [0.75, 0.75]
    assert scene.downstream.canceled_s == [0.75]


@pytest.mark.parametrize("blocking", [False, True])
def test_a_response_that_comes_during_a_breakdown_is_written_afterwards(blocking):
    scene = codec([0.0], blocking=blocking)
    scene.at(1.0, lambda: scene.it.stop()).at(3.0, lambda: scene.it.go_on()).run()
    assert scene.answered_s == [3.25]


def test_a_slow_codec_is_slow_at_both_messages():
    scene = codec([0.0])
    scene.it.slow_down(2.0)
    assert scene.run().answered_s == [1.0 + 1.0 + 0.5]


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"side": "left"}, {"request_values": -1}])
def test_values_without_sense_are_refused(wrong):
    with pytest.raises(ValidationError):
        CodecSpec(**{"next": "model", "request_values": 1, "response_values": 1} | wrong)


# -- bounds of the throughput --------------------------------------------------------------------

# Reading takes 6 ms and writing 2 ms: with one worker at most 125 calls a second.
ENCODING = {
    "kind": "json",
    "value_bytes": 1.0,
    "message_bytes": 0.0,
    "decode_per_byte": "6us",
    "encode_per_byte": "2us",
}
CODEC = {"kind": "codec", "next": "model", "encoding": ENCODING}
CODEC |= {"request_values": 1000, "response_values": 1000}


def throughput(model_s, users=10, model=None, **parameters):
    """Answers a second of a codec before a model, with so many users who never think.

    Off by no more than what they may have begun before or left open after fifty seconds.
    """
    model = {"kind": "server", "service_time": model_s} | (model or {})
    arrivals = {"kind": "closed_loop", "users": users, "think_time": 0.0}
    system = {"codec": CODEC | parameters, "model": model}
    rows = run(scenario(system, arrivals, 55.0)).requests
    answered_s = rows.arrived_s + rows.latency_s
    return np.count_nonzero((answered_s >= 5.0) & (answered_s < 55.0)) / 50


@pytest.mark.parametrize("model_s", [0.001, 0.004, 0.0079])
def test_a_codec_slower_than_the_model_sets_the_pace(model_s):
    assert throughput(model_s) == pytest.approx(1 / 0.008, abs=0.21)


@pytest.mark.parametrize("model_s", [0.0081, 0.016, 0.04])
def test_a_model_slower_than_the_codec_sets_the_pace(model_s):
    assert throughput(model_s) == pytest.approx(1 / model_s, abs=0.21)


def test_more_workers_move_the_bottleneck_to_the_model():
    assert throughput(0.005, workers=1) == pytest.approx(125, abs=0.21)
    assert throughput(0.005, workers=2) == pytest.approx(200, abs=0.21)


def test_workers_that_also_run_the_model_pay_for_all_three():
    unlimited = {"workers": "unlimited"}
    found = throughput(0.012, model=unlimited, blocking=True, workers=4)
    assert found == pytest.approx(4 / (0.006 + 0.012 + 0.002), abs=0.21)


def test_few_users_are_bound_by_the_whole_way():
    assert throughput(0.012, users=1) == pytest.approx(1 / 0.020, abs=0.21)


def test_what_a_codec_is_offered_is_known_before_a_run():
    spec = CodecSpec(**CODEC | {"workers": 2, "replicas": 3})
    work_s, workers = spec.work(())
    assert (work_s, workers) == (pytest.approx(0.008), 6)


# -- over a link -----------------------------------------------------------------------------------

OVER = {
    "link": {"kind": "link", "next": "codec", "latency": 0.01},
    "codec": CODEC | {"workers": 20},
}


def throughput_over(transport, users=50, **link):
    """Answers a second over a round trip of 20 ms, to 8 ms of a codec and 12 ms of a model."""
    model = {"kind": "server", "workers": "unlimited", "service_time": 0.012}
    system = OVER | {"link": OVER["link"] | {"transport": transport} | link, "model": model}
    arrivals = {"kind": "closed_loop", "users": users, "think_time": 0.0}
    rows = run(scenario(system, arrivals, 55.0)).requests
    answered_s = rows.arrived_s + rows.latency_s
    return np.count_nonzero((answered_s >= 5.0) & (answered_s < 55.0)) / 50


@pytest.mark.parametrize("connections", [1, 6])
def test_over_http1_each_connection_carries_one_call_in_a_round_trip_and_its_work(connections):
    transport = {"kind": "http1", "connections": connections, "warm": True}
    found = throughput_over(transport)
    assert found == pytest.approx(connections / (0.020 + 0.008 + 0.012), abs=0.21)


def test_over_one_connection_of_http2_it_is_the_users_who_are_the_limit():
    found = throughput_over({"kind": "http2", "warm": True}, users=10)
    assert found == pytest.approx(10 / (0.020 + 0.008 + 0.012), abs=0.21)


def test_a_pipe_carries_as_many_messages_as_their_encoding_leaves_room_for():
    size = {"kind": "encoded", "values": 1000.0, "encoding": ENCODING | {"value_bytes": 10.0}}
    found = throughput_over(None, request_size=size, bandwidth="8Mbit/s")
    assert found == pytest.approx(1e6 / 10_000, abs=0.21)
