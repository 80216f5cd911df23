"""What a load balancer finds out about its replicas, when, and what it then does."""

import numpy as np
import pytest

from simulator.components.client import ClientSpec
from simulator.components.load_balancer import LoadBalancerSpec
from simulator.components.server import ServerSpec
from simulator.kernel import FAILED, OK, REJECTED
from simulator.runner import run
from simulator.stats import theory
from tests.kernel.scene import Scene, scenario

CHECK = {"interval": 5.0, "timeout": 2.0, "answer_time": 0.0}


def watched(at_s=(), needs=(), replicas=3, server=None, checks=None, **balancer):
    """A pool that is watched; by default by checks that condemn and acquit at once."""
    detector = {"kind": "consecutive", "unhealthy_after": 1, "healthy_after": 1}
    check = CHECK | {"detector": detector} | (checks or {})
    given = {"pool": "api", "policy": "round_robin", "health_check": check} | balancer
    specs = {
        "balancer": LoadBalancerSpec.model_validate(given),
        "api": ServerSpec.model_validate(
            {"kind": "server", "service_time": 1.0, "replicas": replicas} | (server or {})
        ),
    }
    return Scene(specs, list(at_s), needs=list(needs))


def seen(scene, until_s, step_s=0.25):
    """The number of healthy replicas every so often."""
    found = {}
    for instant_s in np.arange(step_s, until_s, step_s):
        scene.at(instant_s, lambda t=instant_s: found.update({t: scene["balancer"].healthy}))
    scene.run(until=until_s)
    return found


def noticed_s(scene, before, until_s=100.0):
    """When the number of healthy replicas first is another one, to the millisecond."""
    return next(at for at, healthy in seen(scene, until_s, 0.05).items() if healthy != before)


# -- active checks -----------------------------------------------------------------------------


def test_a_replica_that_refuses_is_noticed_at_its_next_check():
    scene = watched()
    scene.at(20, scene.groups["api"][1].crash)
    assert 20 <= noticed_s(scene, before=3) <= 25.1


def test_a_replica_that_is_silent_is_noticed_when_the_check_times_out():
    scene = watched()
    scene.at(20, scene.groups["api"][1].crash, True)
    assert 22 <= noticed_s(scene, before=3) <= 27.1


def test_a_replica_that_is_back_is_noticed_too():
    scene = watched()
    scene.at(20, scene["api"].crash).at(40, scene["api"].recover)
    healthy = seen(scene, 60)
    assert healthy[39.75] == 2
    assert healthy[46.0] == 3


@pytest.mark.parametrize("hangs", [False, True])
def test_detection_takes_as_long_as_theory_says(hangs):
    """Over two hundred balancers, whose checks begin at instants of their own."""
    specs = {
        f"balancer{i}": LoadBalancerSpec(pool="api", health_check=CHECK) for i in range(200)
    } | {"api": ServerSpec(service_time=1.0, replicas=2)}
    scene = Scene(specs, [], needs=[])
    scene.at(20, scene["api"].crash, hangs)
    balancers = [scene[name] for name in specs if name != "api"]
    noticed = {}

    def look(now_s):
        for place, balancer in enumerate(balancers):
            if balancer.healthy == 1:
                noticed.setdefault(place, now_s - 20)

    for instant_s in np.arange(20, 45, 0.1):
        scene.at(instant_s, look, instant_s)
    scene.run(until=45)
    expected = theory.check_detection_delay(5.0, failures=3, timeout_s=2.0 if hangs else 0.0)
    error = 5 / np.sqrt(12) / np.sqrt(200)
    assert len(noticed) == 200
    assert np.mean([*noticed.values()]) == pytest.approx(expected + 0.05, abs=3.9 * error)


def test_calls_are_sent_to_a_replica_until_it_is_noticed_and_not_after():
    at_s = np.arange(10, 50, 0.5)
    scene = watched(at_s, [0.1] * len(at_s), checks={"detector": "consecutive"})
    scene.at(20.1, scene.groups["api"][1].crash)
    scene.run(until=60)
    failed = [at for at, outcome in zip(at_s, scene.outcomes, strict=True) if outcome == FAILED]
    assert min(failed) < 22
    assert 29 < max(failed) < 35.6  # the third failed check comes 10 to 15 s after the crash
    assert set(scene.outcomes) == {OK, FAILED}


def test_a_slow_replica_passes_shallow_checks_until_it_exceeds_their_timeout():
    gray, hopeless = watched(checks={"answer_time": 0.01}), watched(checks={"answer_time": 0.01})
    gray.at(20, gray["api"].slow_down, 50.0)
    hopeless.at(20, hopeless["api"].slow_down, 300.0)
    assert seen(gray, 60)[59.0] == 3
    assert seen(hopeless, 60)[59.0] == 2


def test_shallow_checks_do_not_see_a_queue_and_are_no_work():
    scene = watched([1.0], [1000.0], replicas=1)
    assert seen(scene, 60)[59.0] == 1
    assert scene["balancer"].checks > 10
    assert (scene["api"].served, scene["api"].queued, len(scene["api"].wait_s)) == (0, 0, 1)


def test_deep_checks_wait_in_the_queue_and_condemn_who_is_overloaded():
    scene = watched([1.0], [30.0], replicas=1, checks={"deep": True})
    healthy = seen(scene, 60)
    assert healthy[20.0] == 0
    assert healthy[59.0] == 1
    assert scene["api"].served > 3


def test_deep_checks_that_are_given_up_leave_the_queue():
    scene = watched([1.0], [1000.0], replicas=1, checks={"deep": True})
    scene.run(until=200)
    assert scene["api"].queued <= 1


def test_another_seed_checks_at_other_instants_and_jitter_spreads_them():
    def sent(jitter):
        scene = watched(replicas=1, checks={"jitter": jitter, "interval": 4.0})
        scene.run(until=4000)
        return scene["balancer"].checks

    assert sent(0.0) == pytest.approx(1000, abs=1)
    assert sent(0.5) == pytest.approx(1000, abs=4 * np.sqrt(1000) * 0.5 / np.sqrt(3))


def test_checks_change_no_number_of_a_system_in_which_nothing_fails():
    system = {
        "balancer": {"kind": "load_balancer", "pool": "api"},
        "api": {
            "kind": "server",
            "replicas": 3,
            "service_time": {"kind": "exponential", "mean": 0.2},
        },
    }
    plain = run(scenario(system))
    system["balancer"] = system["balancer"] | {"health_check": {}}
    checked = run(scenario(system))
    for column in ("arrived_s", "latency_s", "outcome"):
        one, other = getattr(plain.requests, column), getattr(checked.requests, column)
        assert np.array_equal(one, other, equal_nan=True)


def test_phi_accrual_condemns_a_silent_replica_and_acquits_it():
    detector = {"kind": "phi_accrual", "min_deviation": 0.5, "first_estimate": 5.0}
    scene = watched(checks={"detector": detector})
    scene.at(50, scene["api"].crash, True).at(80, scene["api"].recover, True)
    healthy = seen(scene, 100)
    assert healthy[49.0] == 3
    assert healthy[70.0] == 2
    assert healthy[90.0] == 3


# -- nobody left, and panic --------------------------------------------------------------------


def all_down(panic_threshold, **balancer):
    at_s = [*np.arange(30, 40, 1.0), *np.arange(60, 70, 1.0)]
    scene = watched(at_s, [0.1] * 20, panic_threshold=panic_threshold, **balancer)
    for replica in scene.groups["api"]:
        scene.at(20, replica.crash).at(50, replica.recover)
    scene.run(until=80)
    return scene


def test_calls_are_rejected_where_no_replica_may_get_any():
    scene = all_down(0.0)
    assert scene.outcomes == [REJECTED] * 10 + [OK] * 10
    assert scene["balancer"].rejected == 10
    assert scene["api"].failed == 0


def test_in_panic_health_is_ignored():
    scene = all_down(0.5)
    assert scene.outcomes == [FAILED] * 10 + [OK] * 10
    assert scene["balancer"].rejected == 0
    measured = scene["balancer"]
    assert 24 <= measured.panicking_area + measured.panicking * 80 <= 31


@pytest.mark.parametrize(("down", "shares"), [(1, [0, 20, 20, 20]), (3, [15, 15, 15, 15])])
def test_panic_begins_below_the_threshold_and_then_all_replicas_get_their_share(down, shares):
    at_s = np.arange(30, 60, 0.5)
    scene = watched(at_s, [0.01] * 60, replicas=4, panic_threshold=0.5)
    for replica in scene.groups["api"][:down]:
        scene.at(20, replica.crash)
    scene.run(until=80)
    assert [each.failed + each.served for each in scene.groups["api"]] == shares


def test_half_of_the_replicas_is_not_below_a_half():
    at_s = np.arange(30, 60, 0.5)
    scene = watched(at_s, [0.01] * 60, replicas=4, panic_threshold=0.5)
    for replica in scene.groups["api"][:2]:
        scene.at(20, replica.crash)
    scene.run(until=80)
    assert set(scene.outcomes) == {OK}


def test_a_balancer_is_probed_as_the_replicas_that_it_would_call():
    specs = {
        "outer": LoadBalancerSpec(pool="inner", health_check=CHECK),
        "inner": LoadBalancerSpec(pool="api", health_check=CHECK),
        "api": ServerSpec(service_time=1.0, replicas=2),
    }
    scene = Scene(specs, [], needs=[])
    scene.at(20, scene["api"].crash)
    for replica in scene.groups["api"]:
        scene.at(60, replica.crash)
    found = {}
    for instant_s in (50, 100):
        scene.at(instant_s, lambda t=instant_s: found.update({t: scene["outer"].healthy}))
    scene.run(until=120)
    assert found == {50: 1, 100: 0}


def test_a_replica_that_is_back_starts_slowly():
    at_s = np.arange(50, 100, 0.1)
    policy = {"kind": "weighted_round_robin"}
    scene = watched(at_s, [0.01] * 500, replicas=2, policy=policy, slow_start=20.0)
    scene.at(20, scene["api"].crash).at(47, scene["api"].recover)
    first = []
    scene.at(60, lambda: first.append(scene["api"].served))
    scene.run(until=120)
    back_s = 60 - 52  # at the latest
    assert 0 < first[0] < 0.35 * back_s * 10
    assert scene["api"].served > 3 * first[0]


# -- passive checks ----------------------------------------------------------------------------


def test_errors_in_a_row_eject_for_a_while_and_then_for_longer():
    at_s = np.arange(0, 105, 0.1)
    scene = watched(at_s, [0.01] * len(at_s), health_check=None, outlier_detection={})
    scene.at(0, scene["api"].crash)
    scene.run(until=105)
    failed = [at for at, outcome in zip(at_s, scene.outcomes, strict=True) if outcome == FAILED]
    # Out after five errors for 30 s, until the sweep at 40 s; and after five more for 60 s.
    assert failed[:5] == pytest.approx([0, 0.3, 0.6, 0.9, 1.2])
    assert failed[5] == pytest.approx(40, abs=0.31)
    assert len(failed) == 10
    assert scene["balancer"].ejections == 2


def test_silence_is_an_error_only_after_a_timeout():
    def ejections(**more):
        at_s = np.arange(0, 40, 1.0)
        detection = {"interval": 1.0} | more
        scene = watched(at_s, [0.1] * 40, health_check=None, outlier_detection=detection)
        scene.at(0, scene["api"].crash, True)
        scene.run(until=100)
        return scene["balancer"].ejections

    assert ejections() == 0
    assert ejections(timeout=0.5) == 1


def test_calls_taken_back_are_no_errors():
    specs = {
        "client": ClientSpec(next="balancer", timeout=0.1, cancels=True),
        "balancer": LoadBalancerSpec(pool="api", outlier_detection={}),
        "api": ServerSpec(service_time=1.0, replicas=3),
    }
    scene = Scene(specs, np.arange(0, 50, 1.0), needs=[1.0] * 50)
    scene.run(until=100)
    assert scene["balancer"].ejections == 0


def test_late_answers_count_once_as_errors():
    at_s = np.arange(0, 40, 1.0)
    detection = {"interval": 1.0, "timeout": 0.5, "consecutive_errors": 5}
    scene = watched(at_s, [0.9] * 40, replicas=1, health_check=None, outlier_detection=detection)
    scene.run(until=4.4)
    assert scene["balancer"].ejections == 0
    scene.run(until=4.6)
    assert scene["balancer"].ejections == 1


def test_errors_of_a_bad_release_are_seen_by_what_comes_of_calls_and_not_by_checks():
    def failed(**balancer):
        at_s = np.arange(0, 200, 0.5)
        scene = watched(at_s, [0.1] * 400, replicas=4, **balancer)
        scene.at(20, scene["api"].break_calls, 1.0)
        scene.run(until=300)
        return scene.outcomes.count(FAILED)

    assert failed() == 90
    assert failed(health_check=None, outlier_detection={"interval": 5.0}) < 30


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"panic_threshold": 0.5}, "panic_threshold needs health_check or outlier_detection"),
        ({"zone_aware": True}, "zone_aware needs zone"),
        ({"cross_zone_latency": 0.001}, "cross_zone_latency needs zone"),
        ({"zone": "a", "zone_order": ["b"]}, "zone_order needs zone_aware"),
        ({"zone": "a", "zone_aware": True, "zone_order": ["b", "b"]}, "names 'b' twice"),
        ({"health_check": {"interval": 1.0, "timeout": 2.0}}, "must not exceed the shortest time"),
        ({"health_check": {"interval": 3.0, "jitter": 0.5}}, "between two checks, 1.5 s"),
    ],
)
def test_what_does_not_go_together_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        LoadBalancerSpec.model_validate({"kind": "load_balancer", "pool": "api"} | wrong)
