"""What a client promises, one promise a test."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.components.client import ClientSpec
from simulator.components.parallel import ParallelSpec
from simulator.components.server import ServerSpec
from simulator.kernel import CANCELED, FAILED, OK, REJECTED, TIMED_OUT
from simulator.policies.retrying import Fixed, GrpcThrottle, RatioBudget, TokenBucketBudget
from simulator.policies.throttling import AdaptiveThrottle
from tests.kernel.scene import Scene


def client(**parameters):
    return ClientSpec(next="downstream", **parameters)


# -- timeout -----------------------------------------------------------------------------------


def test_an_answer_in_time_is_passed_on_at_once():
    scene = Scene(client(timeout=2.0), [0, 1], takes_s=1.5).run()
    assert scene.outcomes == [OK, OK]
    assert scene.answered_s == [1.5, 2.5]


def test_a_try_is_given_up_exactly_at_its_timeout():
    scene = Scene(client(timeout=2.0), [0, 0.5, 0.75], takes_s=10).run()
    assert scene.outcomes == [TIMED_OUT] * 3
    assert scene.answered_s == [2.0, 2.5, 2.75]
    assert scene.it.expired == 3


def test_an_answer_at_the_very_end_of_the_timeout_is_in_time():
    scene = Scene(client(timeout=2.0), [0, 0.5, 3.0], takes_s=2.0).run()
    assert scene.outcomes == [OK, OK, OK]


def test_without_a_timeout_a_client_waits_for_ever():
    scene = Scene(client(), [0], takes_s=1e6).run()
    assert scene.answered_s == [1e6]


def test_a_late_answer_is_dropped_but_its_work_is_done():
    scene = Scene(client(timeout=1.0), [0], takes_s=5).run()
    assert scene.answered_s == [1.0]
    assert scene.downstream.finished_s == [5.0]
    assert scene.downstream.canceled_s == []


def test_canceling_spares_the_work():
    scene = Scene(client(timeout=1.0, cancels=True), [0], takes_s=5).run()
    assert scene.answered_s == [1.0]
    assert scene.downstream.finished_s == []
    assert scene.downstream.canceled_s == [1.0]


@pytest.mark.parametrize(("cancels", "served"), [(False, 2), (True, 1)])
def test_work_for_nobody_keeps_the_next_one_waiting_unless_it_is_canceled(cancels, served):
    specs = {
        "client": ClientSpec(next="api", timeout=1.0, cancels=cancels),
        "api": ServerSpec(service_time=3.0),
    }
    scene = Scene(specs, [0, 2.5], needs=[3.0, 0.5]).run()
    # Canceled at 1, the first call leaves the worker free at 2.5; else the second starts at 3.
    assert scene.outcomes == [TIMED_OUT, OK]
    assert scene.answered_s[1] == (3.0 if cancels else 3.5)
    assert scene["api"].served == served


def test_a_call_that_waits_in_a_queue_is_taken_out_of_it():
    specs = {
        "client": ClientSpec(next="api", timeout=1.0, cancels=True),
        "api": ServerSpec(service_time=10.0, queue_limit=1),
    }
    scene = Scene(specs, [0, 0.5], needs=[10.0, 10.0])
    seen = []
    scene.at(0.9, lambda: seen.append(scene["api"].queued))
    scene.at(1.6, lambda: seen.append((scene["api"].queued, scene["api"].in_service)))
    scene.run()
    # At 1 the first is canceled and the second gets the worker, until it is canceled at 1.5.
    assert seen == [1, (0, 0)]
    assert scene.answered_s == [1.0, 1.5]


# -- retries -----------------------------------------------------------------------------------


def test_a_client_tries_as_often_as_it_is_told():
    scene = Scene(client(retries=3), [0], outcomes=[FAILED] * 9).run()
    assert scene.outcomes == [FAILED]
    assert len(scene.downstream.arrived_s) == 4
    assert (scene.it.sent, scene.it.retried) == (4, 3)
    assert scene.user.calls[0].attempts == 4


def test_it_stops_trying_at_the_first_success():
    scene = Scene(client(retries=3), [0], outcomes=[FAILED, REJECTED]).run()
    assert scene.outcomes == [OK]
    assert scene.user.calls[0].attempts == 3


def test_it_reports_the_outcome_of_the_last_try():
    scene = Scene(client(retries=2), [0], outcomes=[FAILED, FAILED, REJECTED]).run()
    assert scene.outcomes == [REJECTED]


@pytest.mark.parametrize(
    ("outcome", "name"), [(REJECTED, "rejected"), (FAILED, "failed"), (TIMED_OUT, "timed_out")]
)
def test_only_outcomes_named_in_retry_on_are_tried_again(outcome, name):
    others = tuple({"rejected", "failed", "timed_out"} - {name})
    for retry_on, tries in (((name,), 3), (others, 1)):
        scene = Scene(client(retries=2, retry_on=retry_on), [0], outcomes=[outcome] * 9).run()
        assert len(scene.downstream.arrived_s) == tries


def test_an_expired_try_is_tried_again_if_timed_out_is_in_retry_on():
    for retry_on, tries in ((("timed_out",), 3), (("failed",), 1)):
        spec = client(timeout=1.0, retries=2, retry_on=retry_on)
        assert len(Scene(spec, [0], takes_s=9).run().downstream.arrived_s) == tries


def test_work_taken_back_by_somebody_else_counts_as_failed():
    spec = client(retries=1, retry_on=("failed",))
    assert Scene(spec, [0], outcomes=[CANCELED] * 9).run().outcomes == [FAILED]


def test_pauses_lie_between_an_outcome_and_the_next_try():
    spec = client(retries=2, backoff=Fixed(pause=0.5))
    scene = Scene(spec, [0], takes_s=1.0, outcomes=[FAILED] * 9).run()
    assert scene.downstream.arrived_s == [0, 1.5, 3.0]
    assert scene.answered_s == [4.0]


def test_the_timeout_is_each_trys_own():
    spec = client(timeout=1.0, retries=2, backoff=Fixed(pause=0.5))
    scene = Scene(spec, [0], takes_s=9).run()
    assert scene.downstream.arrived_s == [0, 1.5, 3.0]
    assert scene.answered_s == [4.0]


def test_a_retry_needs_something_new_unless_it_is_the_same_work():
    for same_work, distinct in ((False, 3), (True, 1)):
        specs = {
            "client": ClientSpec(next="downstream", retries=2, same_work=same_work),
            "api": ServerSpec(service_time={"kind": "exponential", "mean": 1.0}),
        }
        scene = Scene(specs, [0], outcomes=[FAILED] * 9).run()
        needs = {request[3] for request in scene.downstream.requests}
        assert len(needs) == distinct
        assert {request[:3] for request in scene.downstream.requests} == {(0, 0, None)}


# -- deadline ----------------------------------------------------------------------------------


def test_a_deadline_alone_bounds_the_first_try():
    scene = Scene(client(deadline=3.0, retries=5), [0], takes_s=10).run()
    assert scene.outcomes == [TIMED_OUT]
    assert scene.answered_s == [3.0]
    assert len(scene.downstream.arrived_s) == 1


def test_a_deadline_cuts_the_last_try_short():
    scene = Scene(client(timeout=2.0, deadline=5.0, retries=9), [0], takes_s=10).run()
    assert scene.downstream.arrived_s == [0, 2, 4]
    assert scene.answered_s == [5.0]
    assert scene.it.expired == 3


def test_a_try_cut_short_is_canceled_too():
    spec = client(timeout=2.0, deadline=5.0, retries=9, cancels=True)
    scene = Scene(spec, [0], takes_s=10).run()
    assert scene.downstream.canceled_s == [2.0, 4.0, 5.0]


def test_an_answer_at_the_very_end_of_the_deadline_is_in_time():
    scene = Scene(client(timeout=2.0, deadline=3.5, retries=9), [0], takes_s=1.5, outcomes=[]).run()
    assert scene.outcomes == [OK]
    spec = client(deadline=3.0, retries=1)
    scene = Scene(spec, [0], takes_s=1.5, outcomes=[FAILED]).run()
    assert (scene.outcomes, scene.answered_s) == ([OK], [3.0])


def test_a_deadline_ends_a_pause():
    spec = client(deadline=3.0, retries=9, backoff=Fixed(pause=100.0))
    scene = Scene(spec, [0], outcomes=[FAILED] * 9).run()
    assert scene.outcomes == [TIMED_OUT]
    assert scene.answered_s == [3.0]
    assert len(scene.downstream.arrived_s) == 1


def test_a_deadline_counts_from_the_arrival_of_the_request():
    spec = client(timeout=1.0, deadline=2.5, retries=9)
    scene = Scene(spec, [10.0, 20.0], takes_s=10).run()
    assert scene.answered_s == [12.5, 22.5]


def test_a_passed_deadline_takes_nothing_from_the_budget():
    spec = client(deadline=1.0, retries=9, retry_budget=RatioBudget(ratio=0.0, burst=1.0))
    scene = Scene(spec, [0, 10], takes_s=5, outcomes=[]).run()
    assert scene.outcomes == [TIMED_OUT, TIMED_OUT]
    assert scene.it.over_budget == 0


@given(
    at_s=st.lists(st.floats(0, 100), min_size=1, max_size=5),
    takes_s=st.floats(0.01, 3),
    timeout=st.floats(0.1, 2),
    extra=st.floats(0, 3),
    pause=st.floats(0, 1),
    cancels=st.booleans(),
)
def test_nobody_waits_beyond_the_deadline(at_s, takes_s, timeout, extra, pause, cancels):
    deadline = timeout + extra
    spec = client(
        timeout=timeout,
        deadline=deadline,
        retries=50,
        backoff=Fixed(pause=pause),
        cancels=cancels,
    )
    scene = Scene(spec, at_s, takes_s=takes_s, outcomes=[FAILED] * 200).run()
    for came_s, answered_s, outcome in zip(at_s, scene.answered_s, scene.outcomes, strict=True):
        assert answered_s <= came_s + deadline + 1e-9
        if outcome == TIMED_OUT:
            assert answered_s == pytest.approx(came_s + deadline)


def test_a_timeout_beyond_the_deadline_is_refused():
    with pytest.raises(ValueError, match=r"timeout \(3 s\) must not exceed deadline \(2 s\)"):
        client(timeout=3.0, deadline=2.0)


# -- budget ------------------------------------------------------------------------------------


def test_a_budget_begins_full_and_ends():
    spec = client(retries=9, retry_budget=RatioBudget(ratio=0.0, burst=4.0))
    scene = Scene(spec, [0], outcomes=[FAILED] * 99).run()
    assert scene.it.retried == 4
    assert scene.it.over_budget == 1
    assert scene.outcomes == [FAILED]


def test_first_tries_earn_retries():
    spec = client(retries=1, retry_budget=RatioBudget(ratio=0.25, burst=1.0))
    scene = Scene(spec, [float(i) for i in range(41)], outcomes=[FAILED] * 99).run()
    # One to begin with, then one for every four requests.
    assert scene.it.retried == 1 + 40 // 4
    assert scene.it.over_budget == 41 - 11


def test_a_budget_is_shared_by_all_requests():
    spec = client(retries=9, retry_budget=RatioBudget(ratio=0.0, burst=4.0))
    scene = Scene(spec, [0, 0, 0], outcomes=[FAILED] * 99).run()
    assert scene.it.retried == 4


# -- clients behind clients --------------------------------------------------------------------


def test_retries_of_nested_clients_multiply():
    specs = {
        "outer": ClientSpec(next="inner", retries=2),
        "inner": ClientSpec(next="downstream", retries=3),
    }
    scene = Scene(specs, [0], outcomes=[FAILED] * 99).run()
    assert len(scene.downstream.arrived_s) == 3 * 4


def test_each_client_counts_its_own_tries():
    specs = {
        "outer": ClientSpec(next="inner", retries=2),
        "inner": ClientSpec(next="downstream", retries=3),
    }
    scene = Scene(specs, [0], outcomes=[FAILED] * 99).run()
    assert (scene["outer"].sent, scene["outer"].retried) == (3, 2)
    assert (scene["inner"].sent, scene["inner"].retried) == (12, 9)
    assert scene.user.calls[0].attempts == 3, "what the user's own client tried"


def test_an_outer_client_that_cancels_ends_the_inner_ones_tries():
    specs = {
        "outer": ClientSpec(next="inner", timeout=1.0, cancels=True),
        "inner": ClientSpec(next="downstream", retries=9, backoff=Fixed(pause=0.4)),
    }
    scene = Scene(specs, [0], outcomes=[FAILED] * 99).run()
    assert scene.downstream.arrived_s == pytest.approx([0, 0.4, 0.8])
    assert scene.answered_s == [1.0]


def test_an_outer_client_that_does_not_cancel_leaves_the_inner_one_trying():
    specs = {
        "outer": ClientSpec(next="inner", timeout=1.0),
        "inner": ClientSpec(next="downstream", retries=4, backoff=Fixed(pause=0.4)),
    }
    scene = Scene(specs, [0], outcomes=[FAILED] * 99).run()
    assert len(scene.downstream.arrived_s) == 5
    assert scene.answered_s == [1.0]


def test_each_client_counts_the_tries_of_its_own_calls():
    """Two clients, one behind the other: 2 x 3 tries reach what refuses, and each knows its own."""
    specs = {
        "outer": ClientSpec(next="stage", retries=1),
        "stage": ServerSpec(service_time=0.1, next="inner"),
        "inner": ClientSpec(next="downstream", retries=2),
    }
    scene = Scene(specs, at_s=[0.0], outcomes=[REJECTED] * 6).run()
    assert scene.outcomes == [REJECTED]
    assert len(scene.downstream.arrived_s) == 6
    assert (scene["outer"].sent, scene["outer"].retried) == (2, 1)
    assert (scene["inner"].sent, scene["inner"].retried) == (6, 4)
    assert scene.user.calls[0].attempts == 2, "the user sees the tries of the first client only"


def test_a_client_behind_a_call_of_several_parts_counts_each_part_by_itself():
    specs = {
        "it": ParallelSpec(calls=("inner",), times=3),
        "inner": ClientSpec(next="downstream", retries=1),
    }
    scene = Scene(specs, at_s=[0.0], outcomes=[REJECTED] * 3).run()
    assert scene.outcomes == [OK]
    assert scene["inner"].retried == 3
    assert scene.user.calls[0].attempts == 1


# -- budgets and throttles that learn ------------------------------------------------------------


def test_a_client_with_a_budget_that_learns_stops_retrying_after_failures():
    """Ten tokens, and every try takes one: the fifth failure is the last that may be retried."""
    spec = client(retries=1, retry_budget=GrpcThrottle(max_tokens=10, token_ratio=0.1))
    scene = Scene(spec, [0, 1, 2, 3], outcomes=[FAILED] * 99).run()
    # Tokens after each try: 9, 8 | 7, 6 | 5 | 4.
    assert len(scene.downstream.arrived_s) == 2 + 2 + 1 + 1
    assert scene.it.over_budget == 2


def test_expired_tries_are_failures_to_a_budget_that_learns():
    spec = client(timeout=1.0, retries=9, retry_budget=GrpcThrottle(max_tokens=4, token_ratio=1.0))
    scene = Scene(spec, [0], takes_s=99).run(until=50)
    assert scene.downstream.arrived_s == [0, 1]


def test_outcomes_that_are_not_retried_cost_a_budget_nothing():
    spec = client(
        retries=1, retry_on=("failed",), retry_budget=GrpcThrottle(max_tokens=2, token_ratio=1.0)
    )
    scene = Scene(spec, [0, 1, 2, 3], outcomes=[REJECTED] * 3 + [FAILED] * 2)
    scene.run()
    assert scene.it.over_budget == 1
    assert scene.outcomes == [REJECTED, REJECTED, REJECTED, FAILED]


def test_a_budget_by_time_recovers():
    spec = client(retries=1, retry_budget=TokenBucketBudget(rate=0.5, burst=1.0))
    scene = Scene(spec, [0, 1, 2, 3, 4], outcomes=[FAILED] * 99).run()
    assert scene.it.retried == 3
    assert scene.downstream.arrived_s == [0, 0, 1, 2, 2, 3, 4, 4]


def test_what_the_throttle_refuses_is_rejected_at_once_and_counted():
    """Nothing is accepted: n tries after the first, of which none counts, pass with 1 / (n + 1)."""
    spec = client(throttle=AdaptiveThrottle())
    at_s = [0.01 * i for i in range(1000)]
    scene = Scene(spec, at_s, outcomes=[REJECTED] * 1000).run()
    assert scene.outcomes == [REJECTED] * 1000
    assert scene.answered_s == at_s
    sent = len(scene.downstream.arrived_s)
    assert scene.it.sent == sent
    assert scene.it.throttled == 1000 - sent
    expected = sum(1 / (n + 1) for n in range(1000))  # 7.5
    assert abs(sent - expected) < 5 * expected**0.5


def test_what_the_throttle_refuses_is_not_tried_again():
    spec = client(throttle=AdaptiveThrottle(), retries=1000, backoff=Fixed(pause=0.001))
    scene = Scene(spec, [0], outcomes=[REJECTED] * 9999).run()
    assert scene.outcomes == [REJECTED]
    assert scene.it.throttled == 1
    assert len(scene.downstream.arrived_s) == scene.it.sent < 1000


def test_nothing_is_refused_while_half_is_accepted():
    spec = client(throttle=AdaptiveThrottle(k=2.0))
    at_s = [0.01 * i for i in range(1000)]
    scene = Scene(spec, at_s, outcomes=[OK, REJECTED] * 500).run()
    assert scene.it.throttled == 0


def test_a_throttle_forgets():
    spec = client(throttle=AdaptiveThrottle(window=10.0))
    at_s = [0.01 * i for i in range(500)] + [20.0]
    scene = Scene(spec, at_s, outcomes=[FAILED] * 500).run()
    assert scene.downstream.arrived_s[-1] == 20.0
