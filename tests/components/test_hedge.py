"""What a hedge promises, one promise a test."""

import numpy as np
import pytest

from simulator import run
from simulator.components.client import ClientSpec
from simulator.components.hedge import HedgeSpec
from simulator.components.server import ServerSpec
from simulator.kernel import CANCELED, FAILED, OK, REJECTED, TIMED_OUT
from simulator.policies.retrying import GrpcThrottle, RatioBudget, TokenBucketBudget
from tests.kernel.scene import Scene, scenario

AT_ONCE = {"kind": "fixed", "after": 0.0}


def hedge(**parameters):
    return HedgeSpec(**{"pool": "downstream", "distinct": False, "delay": 1.0} | parameters)


def served(spec, at_s, needs=None, replicas=2, workers=1, **parameters):
    """A hedge before some replicas with a worker each."""
    api = ServerSpec(replicas=replicas, workers=workers, service_time=4.0, **parameters)
    return Scene({"it": HedgeSpec(pool="api", **spec), "api": api}, at_s, needs=needs)


# -- copies --------------------------------------------------------------------------------------


def test_no_copy_is_made_of_what_is_answered_in_time():
    scene = Scene(hedge(), [0, 5], takes_s=1.0).run()
    assert scene.outcomes == [OK, OK]
    assert (scene.it.calls, scene.it.sent, scene.it.hedges) == (2, 2, 0)


def test_a_copy_is_made_exactly_after_the_delay():
    scene = Scene(hedge(), [0, 0.25], takes_s=1.5).run()
    assert scene.downstream.arrived_s == [0, 0.25, 1.0, 1.25]
    assert scene.answered_s == [1.5, 1.75]
    assert list(scene.it.hedge_delay_s) == [1.0, 1.0]


def test_there_are_no_more_copies_than_allowed_each_after_the_delay():
    scene = Scene(hedge(copies=4), [0], takes_s=10).run()
    assert scene.downstream.arrived_s == [0, 1, 2, 3]
    assert scene.it.hedges == 3


def test_the_first_ok_answer_wins_and_the_others_are_taken_back():
    scene = served({"delay": 1.0, "policy": "round_robin"}, [0], needs=[(0.0, 9.0)]).run()
    # The copy needs what its own row of needs says: four seconds.
    assert scene.answered_s == [5.0]
    assert scene.it.hedges_won == 1
    assert scene.it.left_open == 1
    assert [api.served for api in scene.groups["api"]] == [0, 1]
    assert [api.in_service for api in scene.groups["api"]] == [0, 0]


def test_all_copies_are_made_at_once_without_a_delay():
    scene = Scene(hedge(delay=AT_ONCE, copies=3), [0], takes_s=2).run()
    assert scene.downstream.arrived_s == [0, 0, 0]
    assert scene.downstream.canceled_s == [2, 2]
    assert scene.answered_s == [2]


def test_copies_that_are_not_taken_back_go_on_unseen():
    scene = Scene(hedge(delay=AT_ONCE, copies=3, cancel="never"), [0], takes_s=2).run()
    assert scene.downstream.canceled_s == []
    assert scene.downstream.finished_s == [2, 2, 2]
    assert scene.outcomes == [OK]


def test_taking_back_takes_its_time():
    scene = Scene(hedge(delay=1.0, cancel_delay=0.5), [0], takes_s=2).run()
    assert scene.answered_s == [2.0]
    assert scene.downstream.canceled_s == [2.5]


def test_what_is_answered_before_word_comes_to_take_it_back_is_done():
    scene = Scene(hedge(delay=1.0, cancel_delay=1.5), [0], takes_s=2).run()
    assert scene.downstream.canceled_s == []
    assert scene.downstream.finished_s == [2.0, 3.0]


# -- answers that are not ok ---------------------------------------------------------------------


def test_a_failure_does_not_win_while_another_copy_is_open():
    spec = hedge(delay=AT_ONCE, copies=3)
    for outcomes, expected in (
        ([FAILED, REJECTED, OK], OK),
        ([FAILED, FAILED, REJECTED], REJECTED),
        ([CANCELED] * 3, FAILED),
    ):
        assert Scene(spec, [0], takes_s=1, outcomes=outcomes).run().outcomes == [expected]


def test_a_failure_before_the_delay_is_the_answer():
    scene = Scene(hedge(), [0], takes_s=0.5, outcomes=[FAILED]).run()
    assert (scene.outcomes, scene.answered_s) == ([FAILED], [0.5])
    assert scene.it.hedges == 0


def test_refusals_at_once_are_answered_once():
    scene = Scene(hedge(delay=AT_ONCE, copies=3), [0], outcomes=[REJECTED] * 3).run()
    assert scene.outcomes == [REJECTED]


# -- where copies go -----------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["random", "round_robin", "least_outstanding", "least_time"])
def test_distinct_copies_go_to_different_replicas(policy):
    spec = {"delay": AT_ONCE, "copies": 3, "policy": policy, "cancel": "never"}
    scene = served(spec, [float(20 * i) for i in range(50)], replicas=3).run()
    assert [api.served for api in scene.groups["api"]] == [50, 50, 50]


def test_copies_that_need_not_be_distinct_may_meet():
    spec = {"delay": AT_ONCE, "policy": "random", "cancel": "never", "distinct": False}
    scene = served(spec, [float(20 * i) for i in range(200)]).run()
    one, other = (api.served for api in scene.groups["api"])
    assert one + other == 400
    assert one != other


def test_unanswered_copies_count_as_outstanding_until_they_come_back():
    scene = served({"delay": 1.0, "cancel": "never", "policy": "round_robin"}, [0], [(0.0, 9.0)])
    seen = []
    for at_s in (0.5, 1.5, 6.0, 9.5):
        scene.at(at_s, lambda: seen.append(list(scene.it.outstanding)))
    scene.run()
    assert seen == [[1, 0], [1, 1], [1, 0], [0, 0]]


def test_a_copy_needs_something_of_its_own_unless_it_is_the_same_work():
    law = {"kind": "exponential", "mean": 4.0}
    for same_work, distinct in ((False, 3), (True, 1)):
        specs = {
            "it": hedge(delay=AT_ONCE, copies=3, same_work=same_work),
            "api": ServerSpec(service_time=law),
        }
        scene = Scene(specs, [0], takes_s=1).run()
        needs = {request[-1] for request in scene.downstream.requests}
        assert len(needs) == distinct


def test_more_distinct_copies_than_replicas_are_refused():
    spec = HedgeSpec(pool="api", copies=3)
    ((field, words),) = spec.objections({"api": ["api[1]", "api[2]"]})
    assert field == "copies"
    assert words == "found 3; must be at most 2, the replicas in the pool, unless distinct is false"
    assert not list(hedge(copies=3).objections({"downstream": ["downstream"]}))


# -- budget --------------------------------------------------------------------------------------


def test_a_budget_bounds_copies():
    spec = hedge(budget=RatioBudget(ratio=0.25, burst=1.0))
    scene = Scene(spec, [10.0 * i for i in range(41)], takes_s=5).run()
    assert scene.it.hedges == 1 + 40 // 4
    assert scene.it.over_budget == 41 - 11
    assert scene.outcomes == [OK] * 41


def test_a_budget_by_time_bounds_copies():
    spec = hedge(budget=TokenBucketBudget(rate=0.05, burst=1.0))
    scene = Scene(spec, [10.0 * i for i in range(40)], takes_s=5).run()
    assert scene.it.hedges == 20


def test_failures_stop_copies_under_grpc_throttling():
    spec = hedge(budget=GrpcThrottle(max_tokens=4, token_ratio=0.5))
    scene = Scene(spec, [0, 10, 20], takes_s=5, outcomes=[FAILED, FAILED, FAILED, OK]).run()
    # Both tries of the first call fail: two tokens of four are left, and no more copies are made.
    assert scene.it.hedges == 1
    assert scene.it.over_budget == 2


# -- the delay as a quantile ---------------------------------------------------------------------


def hedged(delay, seconds=200.0, faults=(), **parameters):
    """Two replicas without queues, exponential service of mean 100 ms, 50 calls a second."""
    return scenario(
        {
            "hedge": {"kind": "hedge", "pool": "api", "delay": delay, "policy": "random"}
            | parameters,
            "api": {"kind": "server", "replicas": 2, "workers": "unlimited"}
            | {"service_time": {"kind": "exponential", "mean": 0.1}},
        },
        {"kind": "poisson", "rate": 50.0},
        seconds,
        faults=list(faults),
    )


@pytest.mark.parametrize("quantile", [0.8, 0.95])
@pytest.mark.parametrize("cancel", ["on_answer", "never"])
def test_as_many_calls_are_hedged_as_are_beyond_the_quantile(quantile, cancel):
    """Elsewhere: a hedge that never sends a second request.

    That some copies win must not make the estimate shorter and shorter.
    """
    found = run(hedged({"kind": "quantile", "quantile": quantile}, cancel=cancel))
    measures = found.component_measures("hedge")
    calls = measures["calls"]
    expected = (1 - quantile) * calls
    assert abs(measures["hedges"] - expected) < 0.15 * expected + 4 * expected**0.5
    assert measures["hedges_won"] > 0.25 * measures["hedges"]


def test_nothing_is_hedged_while_too_little_is_known():
    scene = Scene(hedge(delay={"kind": "quantile", "fewest": 100}), [0.0] * 99, takes_s=5.0).run()
    assert scene.it.hedges == 0


def test_the_quantile_follows_a_service_that_becomes_slower():
    slow = {"kind": "slowdown", "of": "api", "factor": 10.0, "from": 100.0, "until": 199.0}
    found = run(hedged({"kind": "quantile", "quantile": 0.9}, faults=[slow]))
    measures = found.component_measures("hedge", (150.0, 199.0))
    assert 0.06 < measures["hedges"] / measures["calls"] < 0.15


# -- tied requests -------------------------------------------------------------------------------

TIED = {"delay": AT_ONCE, "cancel": "on_start"}


def test_a_copy_that_begins_takes_back_those_that_wait():
    """Two workers, both busy until 4 and 6: the copy at the first begins, the other leaves."""
    scene = served(
        TIED | {"policy": "round_robin"},
        [0, 0, 1],
        needs=[(0.0, 4.0), (0.0, 6.0), (0.0, 1.0)],
        heeds_callers=True,
    )
    seen = []
    scene.at(3.9, lambda: seen.append([api.queued for api in scene.groups["api"]]))
    scene.at(4.1, lambda: seen.append([api.queued for api in scene.groups["api"]]))
    scene.run()
    assert seen == [[1, 1], [0, 0]]
    assert [api.served for api in scene.groups["api"]] == [2, 1]
    assert scene.answered_s[:2] == [4.0, 6.0]


def test_a_copy_that_can_begin_at_once_is_the_only_one():
    scene = served(TIED, [0, 10], needs=[(0.0, 1.0)] * 2, heeds_callers=True).run()
    assert sum(api.served for api in scene.groups["api"]) == 2
    assert scene.it.sent == 2
    assert scene.answered_s == [1.0, 11.0]


def test_both_copies_may_begin_before_word_comes_and_both_are_done():
    spec = TIED | {"cancel_delay": 0.5, "same_work": True}
    scene = served(spec, [0], needs=[(2.0,)], heeds_callers=True).run()
    assert [api.served for api in scene.groups["api"]] == [1, 1]
    assert scene.answered_s == [2.0]


def test_word_that_comes_in_time_takes_a_waiting_copy_back():
    spec = TIED | {"cancel_delay": 0.5, "same_work": True, "policy": "round_robin"}
    scene = served(spec, [0, 1], needs=[(2.0,), (3.0,)], heeds_callers=True)
    slow = scene.groups["api"][1]
    scene.at(0.5, slow.slow_down, 3.0)
    queued = []
    for at_s in (2.4, 2.6):
        scene.at(at_s, lambda: queued.append(slow.queued))
    scene.run()
    # Both copies of the first call begin; of the second, one at 2, and word gets there at 2.5.
    assert queued == [1, 0]
    assert [api.served for api in scene.groups["api"]] == [2, 1]
    assert scene.answered_s == [2.0, 5.0]


def test_a_tied_call_whose_begun_copy_breaks_is_answered():
    specs = {
        "it": HedgeSpec(pool="api", **TIED),
        "api": ServerSpec(replicas=2, service_time=1.0, heeds_callers=True, next="downstream"),
    }
    scene = Scene(specs, [0], outcomes=[FAILED]).run()
    assert scene.outcomes == [FAILED]


def test_what_has_begun_is_not_copied_any_more():
    spec = {"delay": 1.0, "cancel": "on_start"}
    scene = served(spec, [0], needs=[(0.0, 5.0)], heeds_callers=True).run()
    assert scene.it.hedges == 0
    assert scene.answered_s == [5.0]


def test_ties_need_servers_that_look_at_who_waits():
    spec = HedgeSpec(pool="api", **TIED)
    assert "heeds_callers: true" in spec.objection_to(ServerSpec(service_time=1.0))
    assert not spec.objection_to(ServerSpec(service_time=1.0, heeds_callers=True))


# -- callers -------------------------------------------------------------------------------------


def test_a_caller_who_gives_up_takes_all_copies_along():
    specs = {
        "client": ClientSpec(next="it", timeout=2.0, cancels=True),
        "it": hedge(copies=3, delay=0.5),
    }
    scene = Scene(specs, [0], takes_s=9).run()
    assert scene.outcomes == [TIMED_OUT]
    assert scene.downstream.canceled_s == [2.0, 2.0, 2.0]


def test_nothing_is_copied_for_a_caller_who_has_gone():
    specs = {"client": ClientSpec(next="it", timeout=2.0, cancels=True), "it": hedge(delay=3.0)}
    scene = Scene(specs, [0], takes_s=9).run()
    assert scene.downstream.arrived_s == [0]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"cancel": "never", "cancel_delay": 1.0}, "cancel_delay does not go with cancel: never"),
        ({"delay": 0.0, "budget": "ratio"}, "budget does not go with a delay of 0"),
        ({"copies": 1}, "greater than or equal to 2"),
        ({"delay": "often"}, "unknown hedge delay 'often'"),
    ],
)
def test_what_contradicts_itself_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        hedge(**wrong)


def test_variants_are_paired():
    """The same request needs the same at the first call, whatever copies are made."""
    plain = run(hedged({"kind": "fixed", "after": 99.0}, seconds=20.0))
    copied = run(hedged({"kind": "fixed", "after": 0.1}, seconds=20.0))
    gained_s = plain.requests.latency_s - copied.requests.latency_s
    assert np.nanmin(gained_s) >= -1e-12
    assert np.nanmax(gained_s) > 0.1
