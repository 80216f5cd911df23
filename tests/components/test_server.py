"""What a server promises: order of service, sharing, limits, blocking, replicas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.components.client import ClientSpec
from simulator.components.server import ServerSpec
from simulator.kernel import FAILED, OK, REJECTED, TIMED_OUT, RequestClass, Simulation
from tests.kernel.scene import Scene


def server(**parameters):
    return ServerSpec(service_time=1.0, **parameters)


def sharing(**parameters):
    return server(discipline="processor_sharing", **parameters)


# -- fifo and lifo -----------------------------------------------------------------------------


def test_one_worker_serves_one_call_after_the_other():
    scene = Scene(server(), [0, 0, 0.5, 5], needs=[1, 2, 3, 1]).run()
    assert scene.answered_s == [1, 3, 6, 7]


def test_several_workers_serve_as_many_at_once():
    scene = Scene(server(workers=2), [0, 0, 0, 0], needs=[1, 2, 3, 1]).run()
    assert scene.answered_s == [1, 2, 4, 3]


def test_fifo_serves_in_order_of_arrival():
    scene = Scene(server(), [0, 0.1, 0.2, 0.3], needs=[1] * 4).run()
    assert scene.answered_s == [1, 2, 3, 4]


def test_lifo_serves_the_newest_first_and_interrupts_nobody():
    scene = Scene(server(discipline="lifo"), [0, 0.1, 0.2, 1.5], needs=[1] * 4).run()
    # At 1 the third is the newest; at 2 the one that came at 1.5.
    assert scene.answered_s == [1, 4, 2, 3]


def test_waits_are_those_of_the_served():
    scene = Scene(server(), [0, 0.25, 0.5], needs=[1, 2, 1]).run()
    assert scene.it.wait_s.tolist() == [0, 0.75, 2.5]


def test_the_queue_limit_counts_waiting_places_only():
    scene = Scene(server(workers=2, queue_limit=3), [0] * 7, needs=[1] * 7).run()
    assert scene.outcomes == [OK] * 5 + [REJECTED] * 2
    assert scene.it.rejected == 2
    assert scene.it.queued_peak == 3


def test_no_waiting_places_means_served_at_once_or_refused():
    scene = Scene(server(queue_limit=0), [0, 0.5, 1.5], needs=[1] * 3).run()
    assert scene.outcomes == [OK, REJECTED, OK]
    assert scene.answered_s == [1, 0.5, 2.5]


def test_the_place_of_a_call_that_was_taken_back_is_free_at_once():
    scene = Scene(server(queue_limit=1), [0, 0.1, 0.2, 0.4], needs=[1] * 4)
    scene.at(0.3, scene.user.calls[1].cancel)
    scene.run()
    assert scene.outcomes[2:] == [REJECTED, OK]
    assert scene.answered_s[3] == 2


def test_a_call_taken_back_in_service_frees_its_worker_for_the_next():
    scene = Scene(server(), [0, 0.1], needs=[10, 1])
    scene.at(0.5, scene.user.calls[0].cancel)
    scene.run()
    assert scene.answered_s == [0.5, 1.5]
    assert scene.it.served == 1
    assert (scene.it.in_service, scene.it.queued) == (0, 0)


def test_a_call_taken_back_while_it_waits_is_passed_over():
    scene = Scene(server(), [0, 0.1, 0.2], needs=[1, 1, 1])
    scene.at(0.5, scene.user.calls[1].cancel)
    scene.run()
    assert scene.answered_s[2] == 2


def test_areas_are_number_times_time():
    scene = Scene(server(), [0, 0, 1], needs=[2, 2, 1]).run(until=10)
    # in service 0-2-4-5; waiting: the second 0-2, the third 1-4
    assert scene.it.in_service_area + scene.it.in_service * 10 == 5
    assert scene.it.queued_area + scene.it.queued * 10 == 2 + 3


def test_classes_may_need_another_time():
    kinds = [RequestClass("plain"), RequestClass("heavy")]
    spec = server(service_time_by_class={"heavy": 5.0}, workers=9)
    scene = Scene(spec, [0] * 20, kinds=kinds, seed=3).run()
    classes = [call.request_class for call in scene.user.calls]
    assert set(classes) == {0, 1}
    assert scene.answered_s[:9] == [5.0 if each else 1.0 for each in classes[:9]]


def test_more_classes_than_numpy_can_choose_from():
    kinds = [RequestClass(f"c{i}") for i in range(100)]
    spec = server(service_time_by_class={"c3": 5.0}, workers=5000)
    scene = Scene(spec, [0] * 5000, kinds=kinds).run()
    for call, answered_s in zip(scene.user.calls, scene.answered_s, strict=True):
        assert answered_s == (5.0 if call.request_class == 3 else 1.0)


# -- processor sharing -------------------------------------------------------------------------


def test_two_calls_share_a_worker_evenly():
    # Both at half speed until the shorter has had 1 s of service at 2; then the other alone.
    scene = Scene(sharing(), [0, 0], needs=[1, 2]).run()
    assert scene.answered_s == [2, 3]


def test_an_arrival_during_service_slows_what_is_left():
    # Alone until 1; then at half speed until the second is done at 2; then half a second is left.
    scene = Scene(sharing(), [0, 1], needs=[2, 0.5]).run()
    assert scene.answered_s == [2.5, 2]


def test_three_calls_by_hand():
    # 0-1: a alone, 3 left. 1-3: a and b, 2 and 1 left. 3-6: all three, 1, 0 and 1 left.
    # 6-8: a and c, done together.
    scene = Scene(sharing(), [0, 1, 3], needs=[4, 2, 2]).run()
    assert scene.answered_s == pytest.approx([8, 6, 8])


def test_as_many_calls_as_workers_do_not_slow_each_other():
    scene = Scene(sharing(workers=2), [0, 0], needs=[1, 2]).run()
    assert scene.answered_s == [1, 2]


def test_two_workers_are_shared_by_three():
    # 2/3 speed until the first has had 1 s at 1.5; then two workers for two calls.
    scene = Scene(sharing(workers=2), [0, 0, 0], needs=[1, 2, 2]).run()
    assert scene.answered_s == pytest.approx([1.5, 2.5, 2.5])


def test_a_call_taken_back_leaves_its_share_to_the_others():
    scene = Scene(sharing(), [0, 0], needs=[2, 5])
    scene.at(1.0, scene.user.calls[1].cancel)
    scene.run()
    # Half a second done by 1, the other one and a half alone.
    assert scene.answered_s == [2.5, 1.0]


def test_the_next_to_be_done_may_be_taken_back():
    scene = Scene(sharing(), [0, 0, 0], needs=[1, 2, 3])
    scene.at(1.5, scene.user.calls[0].cancel)
    scene.run()
    # By 1.5 everybody has had 0.5; then two share until 4.5, and the last is alone.
    assert scene.answered_s == pytest.approx([1.5, 4.5, 5.5])


def test_everybody_may_be_taken_back():
    scene = Scene(sharing(), [0, 0, 3], needs=[1, 2, 1])
    for call in scene.user.calls[:2]:
        scene.at(0.5, call.cancel)
    scene.run()
    assert scene.answered_s == [0.5, 0.5, 4]
    assert scene.it.served == 1


def test_the_limit_of_a_shared_server_counts_all_beyond_its_workers():
    scene = Scene(sharing(queue_limit=1), [0, 0, 0], needs=[1, 1, 1]).run()
    assert scene.outcomes == [OK, OK, REJECTED]


def test_what_sharing_costs_counts_as_waiting():
    scene = Scene(sharing(), [0, 0, 10], needs=[1, 2, 1]).run()
    assert scene.it.wait_s.tolist() == pytest.approx([1, 1, 0])


def test_a_call_that_was_alone_has_waited_exactly_nothing():
    scene = Scene(sharing(), [i * 1.1 for i in range(100)], needs=[0.1] * 100).run()
    assert set(scene.it.wait_s) == {0.0}


def test_calls_that_need_nothing_are_done_at_once():
    scene = Scene(sharing(), [0, 1, 1, 1], needs=[5, 0, 0, 0]).run()
    assert scene.answered_s == [5, 1, 1, 1]


def departures(came_s, needs, workers):
    """Instants at which calls leave a shared server, straight from the definition."""
    left = dict(enumerate(needs))
    done_s, now_s = {}, 0.0
    coming = sorted(range(len(came_s)), key=lambda i: came_s[i])
    inside = []
    while coming or inside:
        rate = min(1.0, workers / len(inside)) if inside else 0.0
        next_done = min((left[i] / rate for i in inside), default=float("inf"))
        next_come = came_s[coming[0]] - now_s if coming else float("inf")
        step = min(next_done, next_come)
        for i in inside:
            left[i] -= step * rate
        now_s += step
        if next_come <= next_done:
            inside.append(coming.pop(0))
        else:
            shortest = min(inside, key=left.get)
            inside.remove(shortest)
            done_s[shortest] = now_s
    return [done_s[i] for i in range(len(came_s))]


@given(
    st.lists(st.tuples(st.floats(0, 10), st.floats(0.01, 5)), min_size=1, max_size=12),
    st.integers(1, 3),
)
def test_sharing_agrees_with_its_definition(calls, workers):
    came_s, needs = zip(*calls, strict=True)
    scene = Scene(sharing(workers=workers), came_s, needs=needs).run()
    assert scene.answered_s == pytest.approx(departures(came_s, needs, workers), abs=1e-6)


# -- what comes behind -------------------------------------------------------------------------


def test_a_stage_hands_on_and_serves_the_next_meanwhile():
    scene = Scene(server(next="downstream"), [0, 0], needs=[1, 1], takes_s=10).run()
    assert scene.downstream.arrived_s == [1, 2]
    assert scene.answered_s == [11, 12]


def test_a_blocking_worker_waits_for_the_answer():
    scene = Scene(server(next="downstream", blocking=True), [0, 0], needs=[1, 1], takes_s=10).run()
    assert scene.downstream.arrived_s == [1, 12]
    assert scene.answered_s == [11, 22]


def test_a_blocking_server_passes_on_the_outcome():
    spec = server(next="downstream", blocking=True)
    scene = Scene(spec, [0, 0], needs=[1, 1], outcomes=[FAILED]).run()
    assert scene.outcomes == [FAILED, OK]


def test_taking_back_a_blocked_call_frees_the_worker_and_what_is_behind():
    spec = server(next="downstream", blocking=True)
    scene = Scene(spec, [0, 0], needs=[1, 1], takes_s=10)
    scene.at(2.0, scene.user.calls[0].cancel)
    scene.run()
    assert scene.downstream.canceled_s == [2]
    assert scene.downstream.arrived_s == [1, 3]
    assert scene.answered_s == [2, 13]


def test_a_crash_fails_blocked_calls_and_takes_back_their_work():
    spec = server(next="downstream", blocking=True)
    scene = Scene(spec, [0, 0], needs=[1, 1], takes_s=10)
    scene.at(2.0, scene.it.crash).run()
    assert scene.outcomes == [FAILED, FAILED]
    assert scene.answered_s == [2, 2]
    assert scene.downstream.canceled_s == [2]


def test_answers_to_a_server_that_hangs_are_lost():
    spec = server(next="downstream", blocking=True)
    scene = Scene(spec, [0, 0, 20], needs=[1, 1, 1], takes_s=10)
    scene.at(2.0, scene.it.crash, True).at(5.0, scene.it.recover, True).run()
    assert scene.answered_s == [None, None, 31]
    assert (scene.it.in_service, scene.it.queued) == (0, 0)


def test_slow_dependencies_use_up_blocking_workers():
    specs = {
        "client": ClientSpec(next="api", timeout=5.0),
        "api": server(workers=2, next="downstream", blocking=True),
    }
    scene = Scene(specs, [0, 0, 0], needs=[1, 1, 1], takes_s=10).run()
    assert scene.outcomes == [TIMED_OUT] * 3
    assert scene.downstream.arrived_s == [1, 1, 12]


def test_blocking_without_a_next_is_refused():
    with pytest.raises(ValueError, match="blocking needs next"):
        server(blocking=True)


def test_blocking_does_not_go_with_sharing():
    with pytest.raises(ValueError, match="does not go with processor_sharing"):
        sharing(blocking=True, next="downstream")


# -- replicas ----------------------------------------------------------------------------------


def test_replicas_are_numbered_from_one():
    assert server(replicas=3).instances("api") == ["api[1]", "api[2]", "api[3]"]
    assert server().instances("api") == ["api"]


def test_a_request_needs_the_same_of_whichever_replica():
    spec = ServerSpec(service_time={"kind": "exponential", "mean": 1.0}, replicas=2)
    sim = Simulation()
    one, other = (spec.build(name, sim) for name in spec.instances("api"))
    assert one._need == other._need


def test_work_is_the_mean_over_classes_and_the_workers_of_all_replicas():
    classes = [RequestClass("plain", 3.0), RequestClass("heavy", 1.0)]
    spec = server(replicas=4, workers=5, service_time_by_class={"heavy": 5.0})
    assert spec.work(classes) == (2.0, 20)
