"""What a rate limiter promises: who passes, who is refused, who is held back and for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.components.load_balancer import LoadBalancerSpec
from simulator.components.rate_limiter import RateLimiterSpec
from simulator.kernel import OK, REJECTED, RequestClass
from simulator.runner import run
from simulator.scenario.checks import warnings
from simulator.stats import theory
from tests.kernel.scene import Scene, scenario

BUCKET = {"kind": "token_bucket", "rate": 1.0, "burst": 2}
WINDOW = {"kind": "fixed_window", "limit": 4, "window": 10.0}


def limiter(**told):
    return RateLimiterSpec(**{"next": "api", "policy": BUCKET} | told)


def scene(at_s, *, keys=None, classes=None, kinds=(), takes_s=0.0, **told):
    found = Scene(limiter(**told), at_s, keys=keys, classes=classes, kinds=kinds, takes_s=takes_s)
    return found.run(100.0)


# -- policing and shaping ----------------------------------------------------------------------


def test_policing_refuses_what_exceeds_the_limit_at_once():
    found = scene([0, 0, 0, 0.5, 1])
    assert found.outcomes == [OK, OK, REJECTED, REJECTED, OK]
    assert found.answered_s == [0, 0, 0, 0.5, 1]
    assert (found.it.admitted, found.it.rejected) == (3, 2)


def test_shaping_holds_calls_back_until_they_conform():
    found = scene([0, 0, 0, 0], max_wait=10.0)
    assert found.downstream.arrived_s == [0, 0, 1, 2]
    assert found.it.held_s.tolist() == [0, 0, 1, 2]
    assert (found.it.admitted, found.it.shaped, found.it.queued) == (4, 2, 0)
    assert found.it.queued_peak == 2
    assert found.it.queued_area == pytest.approx(3)


def test_who_would_be_held_for_too_long_is_refused_at_once_and_takes_nothing():
    found = scene([0, 0, 0, 0, 0.5], max_wait=1.0)
    # The fourth would pass at 2; the fifth may, for which 1.5 s are too long.
    assert found.outcomes == [OK, OK, OK, REJECTED, REJECTED]
    assert found.answered_s == [0, 0, 1, 0, 0.5]


def test_no_more_are_held_than_may_be():
    found = scene([0] * 6, max_wait=10.0, max_held=2)
    assert found.outcomes == [OK] * 4 + [REJECTED] * 2
    assert found.it.queued_peak == 2


def test_a_held_call_that_is_taken_back_never_passes_and_what_was_booked_stays_booked():
    found = Scene(limiter(max_wait=10.0), [0, 0, 0, 0])
    found.at(0.5, found.user.calls[2].cancel).run(100.0)
    assert found.downstream.arrived_s == [0, 0, 2]
    assert (found.it.queued, found.it.admitted) == (0, 3)


def test_what_happens_behind_it_is_no_matter_of_its_own():
    found = scene([0, 0], takes_s=5.0)
    assert found.answered_s == [5, 5]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.sampled_from([0.0, 2.0, 100.0]))
def test_shaping_keeps_the_order_and_loses_nobody(gaps, max_wait):
    at_s = [sum(gaps[: i + 1]) / 10 for i in range(len(gaps))]
    found = Scene(limiter(max_wait=max_wait), at_s).run()
    numbers = [request[0] for request in found.downstream.requests]
    assert numbers == sorted(numbers)
    assert found.it.admitted == len(numbers) == found.outcomes.count(OK)
    assert found.it.admitted + found.it.rejected == len(at_s) == len(found.outcomes)


# -- whose limit it is -------------------------------------------------------------------------


def test_one_limit_for_all_is_used_up_by_whoever_comes_first():
    found = scene([0] * 4, keys=["a", "a", "a", "b"])
    assert found.outcomes == [OK, OK, REJECTED, REJECTED]


def test_each_key_has_a_limit_of_its_own():
    found = scene([0] * 4, keys=["a", "a", "a", "b"], per="key")
    assert found.outcomes == [OK, OK, REJECTED, OK]


KINDS = [RequestClass("gold"), RequestClass("free"), RequestClass("free", writes=True)]


def test_each_class_has_a_limit_of_its_own_reads_and_writes_together():
    found = scene([0] * 7, kinds=KINDS, classes=[0, 0, 0, 1, 2, 1, 2], per="class")
    assert found.outcomes == [OK, OK, REJECTED, OK, OK, REJECTED, REJECTED]


def test_a_class_may_have_another_limit():
    told = {"per": "class", "policy_by_class": {"gold": WINDOW}}
    found = scene([0] * 8, kinds=KINDS, classes=[0] * 5 + [1] * 3, **told)
    assert found.outcomes == [OK] * 4 + [REJECTED] + [OK] * 2 + [REJECTED]


# -- several of them ---------------------------------------------------------------------------


def together(at_s, **told):
    """Two limiters of four calls in ten seconds together, to which calls come in turn."""
    specs = {
        "turns": LoadBalancerSpec(pool="limit", policy="round_robin"),
        "limit": limiter(policy=WINDOW, replicas=2, **told),
    }
    return Scene(specs, at_s).run(100.0)


def measure(found, name):
    return sum(getattr(each, name) for each in found.groups["limit"])


def test_replicas_that_always_count_together_are_one_limiter():
    found = together([1.0] * 8)
    assert found.outcomes == [OK] * 4 + [REJECTED] * 4
    assert measure(found, "over_admitted") == measure(found, "over_refused") == 0


def test_replicas_with_a_limit_each_let_so_many_times_as_much_pass():
    found = together([1.0] * 12, quota="each")
    assert found.outcomes == [OK] * 8 + [REJECTED] * 4
    assert measure(found, "over_admitted") == 4


def test_a_limit_that_is_split_is_kept_but_not_used_where_calls_are_spread_unevenly():
    found = together([1.0] * 6, quota="split")
    assert found.outcomes == [OK] * 4 + [REJECTED] * 2
    found = Scene({"limit": limiter(policy=WINDOW, replicas=2, quota="split")}, [1.0] * 6).run(9.0)
    assert found.outcomes == [OK] * 2 + [REJECTED] * 4  # all of them come to the first
    assert found.it.over_refused == 2


def test_between_two_synchronizations_each_replica_only_knows_of_its_own_calls():
    at_s = [1.0] * 8 + [6.0] * 4
    found = together(at_s, sync_every=4.0)
    assert found.outcomes == [OK] * 8 + [REJECTED] * 4
    assert measure(found, "over_admitted") == 4
    assert measure(found, "syncs") > 20


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60), st.sampled_from([0.1, 1.0, 7.0]))
def test_what_passed_is_what_a_single_limiter_lets_pass_and_the_excess(gaps, sync_every):
    at_s = [sum(gaps[: i + 1]) for i in range(len(gaps))]
    one = Scene(limiter(policy=WINDOW), at_s).run(300.0)
    found = together(at_s, sync_every=sync_every)
    excess = measure(found, "over_admitted") - measure(found, "over_refused")
    assert measure(found, "admitted") == one.it.admitted + excess


# -- theory ------------------------------------------------------------------------------------


def limited(rate, **told):
    system = {
        "limit": {"kind": "rate_limiter", "next": "api", **told},
        "api": {"kind": "server", "workers": "unlimited", "service_time": 0.001},
    }
    return run(scenario(system, {"kind": "poisson", "rate": rate}, 4000.0)).measures()


@pytest.mark.validation
def test_without_a_burst_it_refuses_as_a_counter_that_is_dead_after_each_event():
    found = limited(8.0, policy={"kind": "token_bucket", "rate": 10.0})
    expected = theory.dead_time_loss(8.0, 0.1)
    assert found["limit.rejected_ratio"] == pytest.approx(expected, rel=0.02)


@pytest.mark.validation
def test_without_a_burst_it_holds_calls_back_as_a_queue_of_constant_service():
    found = limited(8.0, policy={"kind": "leaky_bucket", "rate": 10.0}, max_wait=60.0)
    assert found["limit.held_mean_s"] == pytest.approx(
        theory.mg1_mean_wait(8.0, 0.1, 0.0), rel=0.08
    )


# -- mistakes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"policy_by_class": {"gold": BUCKET}}, "policy_by_class needs per: class"),
        ({"max_held": 3}, "max_held needs max_wait"),
        ({"quota": "split"}, "quota and sync_every need several replicas"),
        ({"replicas": 2, "quota": "each", "sync_every": 1.0}, "sync_every needs quota: shared"),
        ({"replicas": 3, "quota": "split"}, "3 replicas cannot split a limit of 2"),
        ({"policy": {"kind": "token_buckett", "rate": 1.0}}, "did you mean 'token_bucket'"),
    ],
)
def test_what_cannot_be_is_said(told, message):
    with pytest.raises(ValidationError, match=message):
        limiter(**told)


def test_nobody_is_warned_of_more_calls_than_a_server_can_do_that_a_limiter_keeps_from_it():
    system = {
        "limit": {"kind": "rate_limiter", "next": "api", "policy": BUCKET},
        "api": {"kind": "server", "service_time": 0.5},
    }
    assert warnings(scenario(system, {"kind": "poisson", "rate": 50.0})) == []
