"""Tracing in scenes small enough to work out."""

import pytest

from simulator.components.server import ServerSpec
from simulator.components.tracing import TracingSpec
from simulator.kernel import FAILED, OK, TIMED_OUT
from simulator.policies.sampling import is_chosen
from tests.kernel.scene import Scene, scenario

ALL = {"kind": "head", "share": 1.0}
NONE = {"kind": "head", "share": 0.0}


def traced(at_s, sampling, takes_s=0.0, outcomes=(), **told):
    spec = TracingSpec(**{"next": "downstream", "spans": {"it": 4}, "sampling": sampling} | told)
    return Scene(spec, at_s, takes_s=takes_s, outcomes=outcomes)


def tail(**told):
    return {"kind": "tail", "wait": 10.0, **told}


def test_a_head_keeps_the_requests_whose_number_is_chosen():
    found = traced([0.0] * 200, {"kind": "head", "share": 0.3}, outcomes=[FAILED] * 100).run()
    failing = sum(is_chosen(number, 0.3) for number in range(100))
    assert found.it.kept == sum(is_chosen(number, 0.3) for number in range(200))
    assert (found.it.failing, found.it.failing_kept) == (100, failing)


def test_a_limited_rate_keeps_the_first_that_come():
    found = traced([0.0, 0.1, 0.6, 0.7], {"kind": "rate_limited", "rate": 2.0}).run()
    assert (found.it.recorded, found.it.kept) == (2, 2)  # at 0 and at 0.6 s


def test_each_class_may_have_a_rate_of_its_own():
    policy = {"kind": "rate_limited", "rate": 1.0, "per": "class"}
    spec = TracingSpec(next="downstream", spans={"it": 1}, sampling=policy)
    found = Scene(spec, [0.0, 0.0, 0.1], classes=[0, 1, 0]).run()
    assert found.it.kept == 2


def test_a_tail_keeps_all_that_fail_or_are_slow():
    found = traced([0.0, 0.1, 0.2], tail(), 3.0, [OK, FAILED, TIMED_OUT], slow_after=4.0).run()
    assert (found.it.recorded, found.it.kept) == (3, 2)
    assert (found.it.failing, found.it.failing_kept) == (2, 2)
    found = traced([0.0], tail(), takes_s=5.0, slow_after=4.0).run()
    assert (found.it.slow, found.it.slow_kept) == (1, 1)


def test_a_tail_decides_when_the_wait_is_over():
    found = traced([0.0, 2.0], tail(), outcomes=[FAILED, FAILED]).run(9.9)
    assert (found.it.kept, found.it.buffered_spans) == (0, 8)
    found.run(10.1)
    assert (found.it.kept, found.it.buffered_spans) == (1, 4)
    found.run()
    assert (found.it.kept, found.it.buffered_spans) == (2, 0)


def test_what_takes_longer_than_the_wait_is_not_known_to_fail():
    found = traced([0.0], tail(), takes_s=11.0, outcomes=[FAILED]).run()
    assert (found.it.too_early, found.it.failing, found.it.kept) == (1, 1, 0)
    slow = traced([0.0], tail(), takes_s=11.0, outcomes=[FAILED], slow_after=9.0).run()
    assert (slow.it.too_early, slow.it.kept, slow.it.failing_kept) == (1, 1, 1)


def test_a_full_buffer_loses_the_oldest():
    found = traced([0.0, 1.0, 2.0], tail(buffer=8), outcomes=[FAILED] * 3).run()
    assert (found.it.overflowed, found.it.kept, found.it.failing) == (1, 2, 3)
    assert found.it.buffered_spans_peak == 8


def test_a_share_of_the_others_is_a_share_of_what_is_recorded():
    found = traced([0.0] * 4000, tail(head=0.5, share=0.2)).run()
    assert found.it.recorded == pytest.approx(2000, abs=130)
    assert found.it.kept == sum(is_chosen(number, 0.1) for number in range(4000))


def served(sampling):
    server = ServerSpec(service_time=1.0, next="downstream")
    told = {"next": "api", "spans": {"api": 5, "downstream": 2}, "overhead": 0.01}
    return Scene({"tracing": TracingSpec(**told, sampling=sampling), "api": server}, [0.0, 5.0])


def test_recording_takes_time_of_the_worker_and_not_recording_takes_none():
    assert served(ALL).run().answered_s == [pytest.approx(1.05), pytest.approx(6.05)]
    assert served(tail()).run().answered_s == [pytest.approx(1.05), pytest.approx(6.05)]
    assert served(NONE).run().answered_s == [1.0, 6.0]


def test_what_is_kept_is_paid_for():
    found = traced([0.0] * 10, ALL, span_size=250.0, price_per_gb=0.3).run()
    assert found.it.kept_bytes == 10 * 4 * 250
    assert found.it.spent_usd == pytest.approx(10_000 / 1e9 * 0.3)


def test_a_service_that_is_not_there_leaves_no_spans():
    told = {"kind": "tracing", "next": "api", "spans": {"apy": 3}}
    with pytest.raises(AssertionError, match="did you mean 'api'"):
        scenario({"it": told, "api": {"kind": "server", "service_time": 1.0}})
