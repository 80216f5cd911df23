"""What a load balancer promises; how its policies choose is tested with the policies."""

import pytest

from simulator.components.client import ClientSpec
from simulator.components.load_balancer import LoadBalancerSpec
from simulator.components.server import ServerSpec
from simulator.kernel import FAILED, OK, TIMED_OUT
from tests.kernel.scene import Scene


def scene(policy, at_s, needs, replicas=3, **server):
    specs = {
        "balancer": LoadBalancerSpec(pool="api", policy=policy),
        "api": ServerSpec(service_time=1.0, replicas=replicas, **server),
    }
    return Scene(specs, at_s, needs=needs)


def served(found):
    return [replica.served for replica in found.groups["api"]]


def test_round_robin_takes_each_replica_in_turn():
    found = scene("round_robin", [0] * 7, [1.0] * 7).run()
    assert served(found) == [3, 2, 2]
    assert found["balancer"].forwarded == 7


def test_outstanding_counts_what_is_queued_and_in_service():
    found = scene("round_robin", [0] * 8, [1.0] * 8)
    seen = {}
    for instant_s in (0.5, 1.5, 2.5, 3.5):
        found.at(instant_s, lambda t=instant_s: seen.update({t: [*found["balancer"].outstanding]}))
    found.run()
    # 3, 3 and 2 calls, one of each replica done every second
    assert seen == {0.5: [3, 3, 2], 1.5: [2, 2, 1], 2.5: [1, 1, 0], 3.5: [0, 0, 0]}


def test_outstanding_counts_what_a_replica_has_handed_on():
    specs = {
        "balancer": LoadBalancerSpec(pool="api", policy="round_robin"),
        "api": ServerSpec(service_time=1.0, next="downstream", replicas=2),
    }
    found = Scene(specs, [0], needs=[1.0], takes_s=5.0)
    seen = []
    found.at(3.0, lambda: seen.append([*found["balancer"].outstanding]))
    found.run()
    assert seen == [[1, 0]]


@pytest.mark.parametrize(("cancels", "at_2_s"), [(True, [0]), (False, [1])])
def test_outstanding_falls_when_a_call_is_taken_back(cancels, at_2_s):
    specs = {
        "client": ClientSpec(next="balancer", timeout=1.0, cancels=cancels),
        "balancer": LoadBalancerSpec(pool="api"),
        "api": ServerSpec(service_time=1.0),
    }
    found = Scene(specs, [0], needs=[10.0])
    seen = []
    found.at(2.0, lambda: seen.append([*found["balancer"].outstanding]))
    found.run()
    assert seen == [at_2_s]
    assert found.outcomes == [TIMED_OUT]


def test_least_outstanding_avoids_the_replica_that_is_busy():
    # The first call keeps one replica busy; all others go elsewhere, one at a time.
    found = scene("least_outstanding", [0, 1, 2, 3, 4], [100.0, 0.5, 0.5, 0.5, 0.5]).run()
    assert sorted(served(found))[0] == 1
    assert max(found.answered_s[1:]) == 4.5


def test_refusals_come_back_at_once_and_count_no_longer():
    found = scene("least_outstanding", [0] * 4, [1.0] * 4, queue_limit=0).run()
    assert sorted(found.outcomes) == [0, 0, 0, 1]
    assert found["balancer"].outstanding == [0, 0, 0]


def test_a_crashed_replica_looks_idle_and_draws_all_calls():
    found = scene("least_outstanding", [1 + i / 10 for i in range(20)], [1.0] * 20)
    found.at(0.5, found["api"].crash)
    found.run(10)
    assert found.outcomes.count(FAILED) > 20 / 3


def test_a_pool_may_list_groups_and_single_replicas():
    specs = {
        "balancer": LoadBalancerSpec(pool=["one", "two"], policy="round_robin"),
        "one": ServerSpec(service_time=1.0, replicas=2),
        "two": ServerSpec(service_time=1.0),
    }
    found = Scene(specs, [0] * 6, needs=[(1.0, 1.0)] * 6).run()
    assert [each.served for each in found.groups["one"]] == [2, 2]
    assert found["two"].served == 2
    assert set(found.outcomes) == {OK}


def test_two_balancers_do_not_share_their_turns():
    specs = {
        "first": LoadBalancerSpec(pool="second", policy="round_robin"),
        "second": LoadBalancerSpec(pool="api", policy="round_robin"),
        "api": ServerSpec(service_time=1.0, replicas=2),
    }
    found = Scene(specs, [0] * 4, needs=[1.0] * 4).run()
    assert served(found) == [2, 2]


def test_an_empty_pool_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        LoadBalancerSpec(pool=[])


def test_reported_load_leaves_out_what_a_replica_has_handed_on():
    """Both replicas are idle again when the third call comes; only one still owes an answer."""

    def picks(signal):
        specs = {
            "balancer": LoadBalancerSpec(
                pool=["a", "b"], policy="least_outstanding", signal=signal
            ),
            "a": ServerSpec(service_time=1.0, next="downstream"),
            "b": ServerSpec(service_time=1.0),
        }
        at_s = [0.0, 0.0] + [3.0 + 2 * i for i in range(40)]
        found = Scene(specs, at_s, takes_s=1000.0).run(100)
        return found["a"].served, found["b"].served

    served_a, served_b = picks("outstanding")
    assert served_a == 1  # until its first answer is back, b has fewer outstanding
    served_a, served_b = picks("reported")
    assert min(served_a, served_b) >= 10  # ties are broken at random


def test_reported_load_sees_what_waits_and_what_is_served():
    specs = {
        "balancer": LoadBalancerSpec(pool="api", policy="least_outstanding", signal="reported"),
        "api": ServerSpec(service_time=1.0, replicas=3),
    }
    found = Scene(specs, [0.0] * 9, needs=[1.0] * 9).run()
    assert served(found) == [3, 3, 3]
