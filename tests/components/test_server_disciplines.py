"""In which order a server serves, whom it interrupts, and what happens to those who wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.components.client import ClientSpec
from simulator.components.link import LinkSpec
from simulator.components.server import ServerSpec
from simulator.kernel import FAILED, OK, REJECTED, TIMED_OUT, RequestClass
from simulator.runner import run
from tests.kernel.scene import Scene, scenario

LOW, HIGH = 0, 1
KINDS = [RequestClass("low", weight=1.0), RequestClass("high", priority=1, weight=3.0)]
INTERRUPTING = {"kind": "priority", "preemptive": True}


def serve(discipline, at_s, needs, classes=None, **parameters):
    """What a server, by default with one worker, makes of calls that come at some instants."""
    until = parameters.pop("until", None)
    spec = ServerSpec(service_time=1.0, discipline=discipline, **parameters)
    scene = Scene(spec, at_s, needs=needs, classes=classes, kinds=KINDS)
    return scene if until == 0 else scene.run(until)


# -- orders that interrupt nobody --------------------------------------------------------------


def test_the_more_urgent_class_goes_first_and_interrupts_nobody():
    scene = serve("priority", [0, 0.1, 0.2, 0.3], [1] * 4, [LOW, LOW, HIGH, LOW])
    assert scene.answered_s == [1, 3, 2, 4]


def test_within_a_priority_first_come_is_first_served():
    scene = serve("priority", [0, 0.1, 0.2, 0.3], [1] * 4, [HIGH, HIGH, HIGH, HIGH])
    assert scene.answered_s == [1, 2, 3, 4]


def test_the_shortest_waiting_call_goes_first():
    scene = serve("shortest_job_first", [0, 0.1, 0.2, 0.3], [5, 3, 1, 2])
    assert scene.answered_s == [5, 11, 6, 8]


def test_who_is_believed_to_be_short_goes_first():
    discipline = {"kind": "shortest_job_first", "error_cv": 1.0}
    # What each needs, and the factor by which that is misjudged: 3, 4 and 1 are believed.
    scene = serve(discipline, [0, 0.1, 0.2, 0.3], [(1, 1), (3, 1), (1, 4), (2, 0.5)])
    assert scene.answered_s == [1, 6, 7, 3]


def test_errors_do_not_change_what_calls_need():
    system = {"it": {"kind": "server", "workers": 50, "service_time": {"kind": "exponential"}}}
    system["it"]["service_time"]["mean"] = 0.1
    spoiled = {"it": system["it"] | {"discipline": {"kind": "srpt", "error_cv": 2.0}}}
    exact = {"it": system["it"] | {"discipline": "srpt"}}
    one, other = (run(scenario(each)).requests.latency_s for each in (exact, spoiled))
    assert one.tobytes() == other.tobytes()


def test_in_random_order_each_waiting_call_is_as_likely_to_be_next():
    first = [0, 0, 0]
    for seed in range(300):
        spec = ServerSpec(service_time=1.0, discipline="random")
        scene = Scene(spec, [0, 0.1, 0.2, 0.3], needs=[1] * 4, seed=seed).run()
        first[scene.answered_s[1:].index(2)] += 1
    assert all(70 <= count <= 130 for count in first)  # 3.7 standard deviations around 100


def test_random_order_is_drawn_anew_for_every_server():
    orders = set()
    for name in ("a", "b", "c", "d", "e"):
        spec = ServerSpec(service_time=1.0, discipline="random")
        scene = Scene({name: spec}, [0.1 * i for i in range(8)], needs=[1] * 8).run()
        orders.add(tuple(scene.answered_s))
    assert len(orders) > 1


def test_fair_shares_are_those_of_the_weights():
    # Of six calls each, the class of weight 3 gets three turns for each turn of the other.
    classes = [LOW] * 6 + [HIGH] * 6
    scene = serve("weighted_fair", [0] * 12, [1] * 12, classes)
    order = sorted(range(12), key=scene.answered_s.__getitem__)
    served = [classes[place] for place in order]
    assert served[:8].count(HIGH) == 6


def test_fair_shares_are_of_work_not_of_turns():
    # Equal weights: for each long call of 3 s three short ones of 1 s.
    kinds = [RequestClass("long"), RequestClass("short")]
    spec = ServerSpec(service_time=1.0, discipline="weighted_fair")
    at_s, classes = [0] * 12, [0] * 3 + [1] * 9
    scene = Scene(spec, at_s, [3] * 3 + [1] * 9, classes=classes, kinds=kinds).run()
    assert [scene.answered_s[place] for place in range(3)] == [3, 9, 15]
    assert scene.answered_s[-1] == 18


def test_who_has_been_away_has_saved_up_no_turns():
    # The low class alone until 10; then both: one turn each time for 1 : 3.
    at_s = [0.0] * 14 + [10.5] * 4
    scene = serve("weighted_fair", at_s, [1] * 18, [LOW] * 14 + [HIGH] * 4)
    high = sorted(scene.answered_s[14:])
    assert high[0] >= 12
    assert high[-1] > 14, "it does not get all of the next turns"


def test_a_class_pays_nothing_for_calls_that_were_taken_back():
    scene = serve("weighted_fair", [0] + [0.1] * 6, [1] * 7, [LOW] * 4 + [HIGH] * 3, until=0)
    for call in scene.user.calls[1:3]:
        scene.at(0.5, call.cancel)
    scene.run()
    assert scene.answered_s[3] <= 5


# -- preemptive --------------------------------------------------------------------------------


def test_an_urgent_call_interrupts_and_work_goes_on_where_it_was():
    scene = serve(INTERRUPTING, [0, 1], [3, 1], [LOW, HIGH])
    assert scene.answered_s == [4, 2]
    assert scene.it.preempted == 1


def test_an_equally_urgent_call_does_not_interrupt():
    scene = serve(INTERRUPTING, [0, 1], [3, 1], [HIGH, HIGH])
    assert scene.answered_s == [3, 4]
    assert scene.it.preempted == 0


def test_an_interrupted_call_goes_before_those_of_its_class_that_came_later():
    scene = serve(INTERRUPTING, [0, 0.5, 1], [3, 1, 1], [LOW, LOW, HIGH])
    assert scene.answered_s == [4, 5, 2]


def test_the_newest_interrupts_the_newest():
    scene = serve({"kind": "lifo", "preemptive": True}, [0, 1, 2], [3, 3, 1])
    # c from 2 to 3, then b's last two seconds, then a's.
    assert scene.answered_s == [7, 5, 3]


def test_the_least_work_left_goes_first():
    # At 1 the first has 4 left and is interrupted; at 2 the second has 1 left and is not.
    scene = serve("srpt", [0, 1, 2], [5, 2, 1.5])
    assert scene.answered_s == [8.5, 3, 4.5]


def test_preemptive_shortest_first_looks_at_sizes_not_at_what_is_left():
    discipline = {"kind": "shortest_job_first", "preemptive": True}
    # At 4 only 1 s is left of the first, but it is the larger one.
    scene = serve(discipline, [0, 4], [5, 2])
    assert scene.answered_s == [7, 6]
    assert serve("srpt", [0, 4], [5, 2]).answered_s == [5, 7]


def test_of_several_workers_the_last_in_rank_is_interrupted():
    scene = serve("srpt", [0, 0, 1], [9, 4, 2], workers=2)
    assert scene.answered_s == [11, 4, 3]


def test_interrupted_calls_count_as_queued_and_their_waits_add_up():
    scene = serve(INTERRUPTING, [0, 1], [3, 1], [LOW, HIGH], until=10)
    assert scene.it.queued_area + scene.it.queued * 10 == 1
    assert scene.it.in_service_area + scene.it.in_service * 10 == 4
    assert scene.it.wait_s.tolist() == [0, 1]


def test_whoever_comes_when_all_places_are_taken_is_refused_whatever_its_rank():
    scene = serve(INTERRUPTING, [0, 0, 1], [3, 1, 1], [LOW, LOW, HIGH], queue_limit=1)
    assert scene.outcomes == [OK, OK, REJECTED]


def test_a_call_may_be_taken_back_while_it_is_interrupted():
    scene = serve(INTERRUPTING, [0, 1, 1.2], [3, 2, 1], [LOW, HIGH, LOW], until=0)
    scene.at(2, scene.user.calls[0].cancel).run()
    assert scene.answered_s == [2, 3, 4]
    assert (scene.it.in_service, scene.it.queued) == (0, 0)


def test_a_call_that_interrupted_may_be_taken_back():
    scene = serve(INTERRUPTING, [0, 1], [3, 2], [LOW, HIGH], until=0)
    scene.at(2, scene.user.calls[1].cancel).run()
    assert scene.answered_s == [4, 2]


def test_a_slowdown_stretches_what_is_left_also_of_interrupted_calls():
    scene = serve(INTERRUPTING, [0, 1], [3, 1], [LOW, HIGH], until=0)
    scene.at(1.5, scene.it.slow_down, 2.0).run()
    # The second until 2.5, and two seconds of work of the first at half speed.
    assert scene.answered_s == [6.5, 2.5]


def test_an_interruption_while_it_is_slow_takes_account_of_the_work_done():
    scene = serve(INTERRUPTING, [0, 3], [4, 1], [LOW, HIGH], until=0)
    scene.at(1, scene.it.slow_down, 2.0).at(3.5, scene.it.speed_up, 2.0).run()
    # By 3 the first has 2 s of work left; the second has 0.75 left at 3.5.
    assert scene.answered_s == [6.25, 4.25]


def test_a_crash_loses_interrupted_calls_too():
    scene = serve(INTERRUPTING, [0, 1, 9], [3, 2, 1], [LOW, HIGH, LOW], until=0)
    scene.at(2, scene.it.crash).at(3, scene.it.recover).run()
    assert scene.outcomes == [FAILED, FAILED, OK]
    assert scene.answered_s == [2, 2, 10]


def test_a_worker_that_waits_for_downstream_is_not_interrupted():
    spec = ServerSpec(service_time=1.0, discipline=INTERRUPTING, next="downstream", blocking=True)
    scene = Scene(spec, [0, 2], needs=[1, 1], classes=[LOW, HIGH], kinds=KINDS, takes_s=5).run()
    assert scene.downstream.arrived_s == [1, 7]
    assert scene.answered_s == [6, 12]


def departures(came_s, needs, workers, rank):
    """When each call is done if the calls of the lowest ranks are served at every instant."""
    left_s, done_s, now_s = dict(enumerate(needs)), {}, 0.0
    while left_s:
        here = [place for place in left_s if came_s[place] <= now_s]
        served = sorted(here, key=lambda place: (rank(place, left_s[place]), place))[:workers]
        coming = [came_s[place] - now_s for place in left_s if came_s[place] > now_s]
        step_s = min(coming + [left_s[place] for place in served])
        now_s += step_s
        for place in served:
            left_s[place] -= step_s
            if left_s[place] <= 1e-9:
                done_s[place] = now_s
                del left_s[place]
        if step_s in coming:
            now_s = min(each for each in came_s if each >= now_s - 1e-12)
    return [done_s[place] for place in range(len(needs))]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 30)), min_size=1, max_size=10),
    st.integers(1, 3),
    st.sampled_from(["newest", "urgent", "shortest", "least left"]),
)
def test_the_lowest_ranks_are_served_at_every_instant(calls, workers, order):
    calls = sorted(calls)
    came_s = [0.25 * each for each, _ in calls]
    needs = [0.25 * need for _, need in calls]
    classes = [place % 2 for place in range(len(calls))]
    discipline, rank = {
        "newest": ({"kind": "lifo", "preemptive": True}, lambda place, left_s: -place),
        "urgent": (INTERRUPTING, lambda place, left_s: -classes[place]),
        "shortest": (
            {"kind": "shortest_job_first", "preemptive": True},
            lambda place, left_s: needs[place],
        ),
        "least left": ("srpt", lambda place, left_s: left_s),
    }[order]
    found = serve(discipline, came_s, needs, classes, workers=workers).answered_s
    wanted = departures(came_s, needs, workers, rank)
    if order == "least left":  # of two calls with as much left either may be done first
        found, wanted = sorted(found), sorted(wanted)
    assert found == pytest.approx(wanted)


# -- sharing by weight -------------------------------------------------------------------------

BY_WEIGHT = {"kind": "processor_sharing", "by_weight": True}


def test_a_class_of_three_times_the_weight_gets_three_times_as_much():
    # A quarter and three quarters until the heavy one is done at 4; it leaves 2 of 3 s to do.
    scene = serve(BY_WEIGHT, [0, 0], [3, 3], [LOW, HIGH])
    assert scene.answered_s == pytest.approx([6, 4])


def test_alone_a_call_has_the_worker_to_itself_whatever_its_weight():
    assert serve(BY_WEIGHT, [0, 5], [2, 2], [LOW, HIGH]).answered_s == pytest.approx([2, 7])


def test_weights_go_with_one_worker():
    with pytest.raises(ValueError, match="by_weight goes with one worker"):
        ServerSpec(service_time=1.0, discipline=BY_WEIGHT, workers=2)


# -- patience ----------------------------------------------------------------------------------


def test_a_waiting_call_leaves_when_its_patience_ends():
    scene = serve("fifo", [0, 1, 1], [(5, 9), (1, 2), (1, 9)], patience=1.0)
    assert scene.outcomes == [OK, TIMED_OUT, OK]
    assert scene.answered_s == [5, 3, 6]
    assert (scene.it.reneged, scene.it.served) == (1, 2)


def test_a_call_in_service_does_not_leave():
    assert serve("fifo", [0], [(5, 1)], patience=1.0).answered_s == [5]


def test_a_worker_that_becomes_free_at_the_last_instant_is_in_time():
    assert serve("fifo", [0, 1], [(3, 9), (1, 2)], patience=1.0).outcomes == [OK, OK]


def test_the_place_of_a_call_that_left_is_free():
    scene = serve("fifo", [0, 0, 2], [(5, 9), (1, 1), (1, 9)], patience=1.0, queue_limit=1)
    assert scene.outcomes == [OK, TIMED_OUT, OK]


def test_patience_ends_with_the_first_service():
    needs = [(3, 1), (2, 9)]
    scene = serve(INTERRUPTING, [0, 1], needs, [LOW, HIGH], patience=1.0)
    assert scene.outcomes == [OK, OK]
    assert scene.answered_s == [5, 3]


def test_waits_are_those_of_the_served():
    scene = serve("fifo", [0, 1, 1], [(5, 9), (1, 2), (1, 9)], patience=1.0)
    assert scene.it.wait_s.tolist() == [0, 4]


def test_a_client_sees_that_its_call_timed_out_and_may_try_again():
    specs = {
        "client": ClientSpec(next="api", retries=1),
        "api": ServerSpec(service_time=1.0, patience=0.5),
    }
    scene = Scene(specs, [0, 0.25]).run()
    assert scene["client"].retried == 1
    assert scene.outcomes == [OK, OK]


@pytest.mark.parametrize("how", [{}, {"batch_size": 2}, {"discipline": "lifo"}])
def test_a_call_whose_patience_has_ended_is_not_served_while_its_answer_is_on_the_way(how):
    specs = {
        "link": LinkSpec(next="api", latency=1.0),
        "api": ServerSpec(service_time=1.0, patience=0.5, **how),
    }
    # There and back a second each: the second call leaves at 2.25, the first one's worker at 2.5.
    needs = [(1.0, 1.0, 1.5, 0.5)] * 2
    scene = Scene(specs, [0, 0.75], needs=needs).run()
    assert scene.outcomes == [OK, TIMED_OUT]
    assert scene.answered_s == [3.5, 3.25]
    assert (scene["api"].served, scene["api"].reneged) == (1, 1)


def test_a_line_that_most_have_left_is_swept():
    at_s = [0.0] + [0.01 * i for i in range(1, 1001)]
    needs = [(1000.0, 1.0)] + [(1.0, 0.5)] * 1000
    for discipline in ("lifo", "random", "weighted_fair"):
        scene = serve(discipline, at_s, needs, [LOW] * 1001, patience=1.0, until=100)
        assert scene.it.reneged == 1000
        assert len(scene.it._line) <= 64


# -- batches -----------------------------------------------------------------------------------


def test_a_free_worker_begins_at_once_with_what_is_there():
    scene = serve("fifo", [0, 0.1, 0.2, 0.3], [1] * 4, batch_size=2)
    assert scene.answered_s == [1, 2, 2, 3]
    assert scene.it.batch_calls.tolist() == [1, 2, 1]


def test_a_batch_takes_the_time_of_its_first_call_and_a_part_for_each_other():
    scene = serve("fifo", [0, 0.1, 0.2, 0.3], [1, 2, 9, 9], batch_size=3, batch_growth=0.25)
    assert scene.answered_s == [1, 3.5, 3.5, 3.5]


def test_a_worker_may_wait_for_its_batch_to_become_full():
    scene = serve("fifo", [0, 0.5, 2], [1] * 3, batch_size=2, batch_wait=0.75)
    # The second fills the first batch; the third waits in vain.
    assert scene.answered_s == [1.5, 1.5, 3.75]


def test_what_waited_for_a_worker_has_waited_for_its_batch_too():
    scene = serve("fifo", [0, 0, 0.5], [3, 3, 1], batch_size=2, batch_wait=1.0)
    assert scene.answered_s == [3, 3, 4]


def test_several_workers_take_batches_of_their_own():
    scene = serve("fifo", [0, 0, 0.5, 0.5, 0.5], [2] * 5, workers=2, batch_size=2)
    assert scene.answered_s == [2, 2, 4, 4, 4]
    assert scene.it.batch_calls.tolist() == [1, 1, 2, 1]


def test_utilization_counts_workers_not_calls():
    scene = serve("fifo", [0, 0, 0], [1, 1, 1], batch_size=2, until=4)
    assert scene.it.busy_area + scene.it.busy * 4 == 2
    assert scene.it.in_service_area + scene.it.in_service * 4 == 3


def test_a_call_that_is_taken_back_leaves_its_batch():
    scene = serve("fifo", [0, 0.1, 0.2, 0.3], [1] * 4, batch_size=3, until=0)
    scene.at(1.5, scene.user.calls[2].cancel).run()
    assert scene.answered_s == [1, 2, 1.5, 2]
    assert scene.it.served == 3


def test_a_batch_that_all_have_left_frees_its_worker():
    scene = serve("fifo", [0, 0.5], [5, 1], batch_size=2, until=0)
    scene.at(1, scene.user.calls[0].cancel).run()
    assert scene.answered_s == [1, 2]


def test_a_batch_is_made_of_the_most_urgent_calls():
    classes = [LOW, LOW, HIGH, HIGH, LOW]
    scene = serve("priority", [0, 0.1, 0.2, 0.3, 0.4], [1] * 5, classes, batch_size=2)
    assert scene.answered_s == [1, 3, 2, 2, 3]


# -- workers without limit ---------------------------------------------------------------------


def test_without_a_limit_nobody_waits():
    scene = serve("fifo", [0] * 1000, [2] * 1000, workers="unlimited")
    assert set(scene.answered_s) == {2}
    assert set(scene.it.wait_s) == {0.0}


def test_without_a_limit_there_is_no_utilization_but_availability():
    system = {"it": {"kind": "server", "workers": "unlimited", "service_time": 0.1}}
    faults = [{"kind": "crash", "of": "it", "from": 2.0, "for": 5.0}]
    measures = run(scenario(system, duration=10.0, faults=faults)).measures()
    assert measures["it.utilization"] != measures["it.utilization"]
    assert measures["it.availability"] == 0.5


def test_without_a_limit_it_comes_back_from_a_crash_without_one():
    scene = serve("fifo", [3] * 9, [2] * 9, workers="unlimited", until=0)
    scene.at(1, scene.it.crash).at(2, scene.it.recover).run()
    assert set(scene.answered_s) == {5}


# -- what does not go together -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"batch_wait": 1.0}, "need a batch_size of 2 or more"),
        ({"batch_size": 4, "queue_limit": 3}, r"queue_limit \(3\) must be at least batch_size"),
        ({"batch_size": 4, "discipline": "srpt"}, "srpt does not go with batch_size"),
        (
            {"batch_size": 4, "blocking": True, "next": "db"},
            "blocking does not go with batch_size",
        ),
        ({"discipline": "processor_sharing", "patience": 1.0}, "patience does not go with"),
        (
            {"workers": "unlimited", "patience": 1.0, "queue_limit": 3},
            "leave out queue_limit and patience",
        ),
        ({"workers": "many"}, "must be a whole number, 1 or greater, or unlimited"),
        ({"workers": 0}, "must be a whole number, 1 or greater, or unlimited"),
        ({"workers": True}, "must be a whole number, 1 or greater, or unlimited"),
        ({"discipline": "shortest"}, "unknown discipline 'shortest'"),
        ({"discipline": {"kind": "srpt", "error_cv": -1.0}}, "greater than or equal to 0"),
    ],
)
def test_what_does_not_go_together_is_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        ServerSpec(service_time=1.0, **parameters)
