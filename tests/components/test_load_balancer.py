"""What a load balancer promises; how its policies choose is tested with the policies."""

import numpy as np
import pytest

from simulator.components.client import ClientSpec
from simulator.components.load_balancer import LoadBalancerSpec
from simulator.components.server import ServerSpec
from simulator.kernel import FAILED, OK, TIMED_OUT, Component
from simulator.runner import run
from simulator.scenario import apply
from simulator.stats import theory
from tests.kernel.scene import Scene, scenario


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


# -- weights, keys, a pool that changes ----------------------------------------------------------


def told(at_s, needs, servers=None, keys=None, **balancer):
    """A balancer before three replicas, unless other servers are given."""
    specs = {
        "balancer": LoadBalancerSpec(**{"pool": "api", **balancer}),
        **(servers or {"api": ServerSpec(service_time=1.0, replicas=3)}),
    }
    return Scene(specs, at_s, needs=needs, keys=keys, key_count=100)


def test_weights_are_given_by_group_or_by_replica():
    servers = {
        "big": ServerSpec(service_time=1.0),
        "small": ServerSpec(service_time=1.0, replicas=2),
    }
    found = told(
        [0] * 80,
        [(1.0, 1.0)] * 80,
        servers,
        pool=["big", "small"],
        policy="weighted_round_robin",
        weights={"big": 5.0, "small[2]": 2.0},
    ).run()
    assert [found["big"].served, *(each.served for each in found.groups["small"])] == [50, 10, 20]


class Noted(Component):
    """Stands in front of a replica and notes the keys that are asked for."""

    def __init__(self, replica):
        super().__init__(replica.name, replica.sim)
        self._replica = replica
        self.keys = set()

    def accept(self, call):
        self.keys.add(call.key)
        self._replica.accept(call)


def test_the_same_key_goes_to_the_same_replica_and_no_other_replica_sees_it():
    keys = [number % 7 for number in range(70)]
    found = told(range(70), [0.1] * 70, keys=keys, policy="rendezvous")
    noted = [Noted(replica) for replica in found.groups["api"]]
    found["balancer"].connect(lambda name: noted)
    found.run()
    assert sorted(key for each in noted for key in each.keys) == [*range(7)]


def test_a_replica_that_may_not_get_calls_gets_none_but_finishes_those_it_has():
    found = told(range(10), [2.5] * 10, policy="least_time")
    found.at(1.5, found["balancer"].allow, [1, 2])
    before = [0, 0, 0]
    found.at(1.5, lambda: before.__setitem__(slice(None), found["balancer"].outstanding))
    found.run()
    assert served(found)[0] == before[0]
    assert set(found.outcomes) == {OK}


def test_slow_start_gives_a_replica_that_has_come_back_little_at_first():
    def share(during, slow_start):
        at_s = [i / 1000 for i in range(30_000)]
        found = told(at_s, [0.0] * len(at_s), policy="random", slow_start=slow_start)
        found.at(1.0, found["balancer"].allow, [0, 1])
        found.at(10.0, found["balancer"].allow, [0, 1, 2])
        counts = []
        for instant_s in during:
            found.at(instant_s, lambda: counts.append(served(found)))
        found.run()
        gained = [after - before for before, after in zip(*counts, strict=True)]
        return gained[2] / sum(gained)

    # Its mean weight while it rises from a tenth to 1 is 0.505, then 1; that of the others is 1.
    assert share((10.0, 20.0), 10.0) == pytest.approx(0.1983, abs=5 * 0.5 / 10_000**0.5)
    assert share((10.0, 12.0), 10.0) == pytest.approx(0.056, abs=5 * 0.25 / 2_000**0.5)
    assert share((20.0, 29.0), 10.0) == pytest.approx(1 / 3, abs=5 * 0.5 / 9_000**0.5)


# -- reports that are old ----------------------------------------------------------------------


def test_replicas_look_as_they_did_at_the_last_report():
    """One call is under way when reports come in; all until the next report go elsewhere."""
    at_s = [0.0] + [10.0 + i / 100 for i in range(100)]
    servers = {"api": ServerSpec(service_time=1.0, replicas=2)}
    found = told(at_s, [1000.0] * 101, servers, signal="reported", refresh_every=10.0)
    found.run(19.99)
    assert found["balancer"].refreshes >= 1
    first, second = (each.in_service + each.queued for each in found.groups["api"])
    assert sorted((first, second)) == [1, 100]


def test_what_it_has_sent_itself_counts_at_once_if_told_so():
    at_s = [0.0] + [10.0 + i / 100 for i in range(100)]
    servers = {"api": ServerSpec(service_time=1.0, replicas=2)}
    found = told(
        at_s, [1000.0] * 101, servers, signal="reported", refresh_every=10.0, counts_own=True
    )
    found.run(19.99)
    first, second = (each.in_service + each.queued for each in found.groups["api"])
    assert abs(first - second) == 1


def test_with_jitter_reports_come_at_uneven_times_but_as_often():
    counts = []
    for jitter in (0.0, 0.5):
        found = told([], [], signal="reported", refresh_every=1.0, refresh_jitter=jitter).run(1000)
        counts.append(found["balancer"].refreshes)
    # The error of a sum of 1000 gaps, uniform on 0.5 to 1.5.
    assert counts[0] == 1000
    assert counts[1] == pytest.approx(1000, abs=5 * (1000 / 12) ** 0.5)


def mean_latency_s(sim_s=250.0, balancers=4, **balancer):
    """Ten replicas, 20 ms of service each, 70 % busy, behind balancers that do not know each other.

    A request goes to any of the balancers alike.
    """
    told = {"kind": "load_balancer", "pool": "api", "replicas": balancers, **balancer}
    components = {
        "spread": {"kind": "load_balancer", "pool": "balancer", "policy": "random"},
        "balancer": told,
        "api": {
            "kind": "server",
            "replicas": 10,
            "service_time": {"kind": "exponential", "mean": 0.02},
        },
    }
    arrivals = {"kind": "poisson", "rate": 350.0}
    settings = {"warmup": sim_s / 10}
    found = run(scenario(components, arrivals, sim_s, run=settings))
    return found.request_measures()["latency_mean_s"]


RANDOM_S = theory.mmc_mean_latency(35.0, 50.0)  # ten queues apart
ONE_QUEUE_S = theory.mmc_mean_latency(350.0, 50.0, 10)  # the best there is


def test_balancers_on_old_reports_run_after_one_another_and_do_worse_than_random():
    """The news is 50 service times old. Nothing but its age makes the herd."""
    old = mean_latency_s(signal="reported", refresh_every=1.0)
    assert old > 2 * RANDOM_S


def test_a_single_balancer_on_old_reports_does_so_as_well():
    assert mean_latency_s(balancers=1, signal="reported", refresh_every=1.0) > 2 * RANDOM_S


def test_fresh_reports_are_nearly_as_good_as_one_queue():
    fresh = mean_latency_s(signal="reported")
    assert ONE_QUEUE_S < fresh < 1.25 * ONE_QUEUE_S


def test_two_choices_still_help_where_looking_at_all_replicas_does_harm():
    """The news is ten service times old at most."""
    news = {"signal": "reported", "refresh_every": 0.2}
    two = mean_latency_s(policy="fewest_of_sample", **news)
    assert two < RANDOM_S < mean_latency_s(policy="least_outstanding", **news)


def test_a_single_balancer_that_counts_its_own_calls_makes_up_for_old_reports():
    old = mean_latency_s(balancers=1, signal="reported", refresh_every=1.0, counts_own=True)
    assert old < 1.25 * ONE_QUEUE_S


# -- the queue is seen -------------------------------------------------------------------------


def test_least_outstanding_of_two_is_join_the_shortest_queue():
    """The mean latency of exactly solved JSQ, over independent runs."""
    components = {
        "balancer": {"kind": "load_balancer", "pool": "api", "policy": "least_outstanding"},
        "api": {
            "kind": "server",
            "replicas": 2,
            "service_time": {"kind": "exponential", "mean": 1.0},
        },
    }
    arrivals = {"kind": "poisson", "rate": 1.2}
    read = scenario(components, arrivals, 20_000.0, run={"warmup": 1000.0})
    means = [run(read, each).request_measures()["latency_mean_s"] for each in range(10)]
    error = np.std(means, ddof=1) / np.sqrt(len(means))
    expected = theory.shortest_of_two(1.2, 1.0).mean_latency_s
    assert 4 * error < 0.03 * expected
    assert np.mean(means) == pytest.approx(expected, abs=4 * error)


def test_least_outstanding_sees_calls_that_wait_not_only_those_in_service():
    """Where all replicas are busy, whoever counts calls in service only sees no difference."""
    components = {
        "balancer": {"kind": "load_balancer", "pool": "api", "policy": "round_robin"},
        "api": {
            "kind": "server",
            "replicas": 4,
            "service_time": {"kind": "lognormal", "mean": 0.1, "cv": 2.0},
        },
    }
    read = scenario(components, {"kind": "poisson", "rate": 36.0}, 600.0)
    in_turn = run(read).request_measures()["latency_mean_s"]
    policy = {"system.components.balancer.policy": "least_outstanding"}
    least = run(apply(read, changes=policy)).request_measures()["latency_mean_s"]
    assert least < 0.75 * in_turn


def test_least_time_avoids_a_slow_replica_that_has_no_queue():
    """Every replica has workers to spare, so that the calls outstanding say little."""
    components = {
        "balancer": {"kind": "load_balancer", "pool": "api", "policy": "least_time"},
        "api": {
            "kind": "server",
            "replicas": 4,
            "workers": 50,
            "service_time": {"kind": "exponential", "mean": 0.05},
        },
    }
    slow = {"kind": "slowdown", "of": "api[4]", "factor": 10.0, "from": 1.0, "for": 200.0}
    read = scenario(components, {"kind": "poisson", "rate": 40.0}, 200.0, faults=[slow])

    def share(policy):
        found = run(apply(read, changes={"system.components.balancer.policy": policy}))
        served = [found.component_measures(f"api[{i}]")["served"] for i in (1, 2, 3, 4)]
        return served[3] / sum(served)

    assert share("random") > 0.2
    assert share("least_time") < 0.5 * share("least_outstanding")


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"refresh_every": 1.0}, "needs signal: reported"),
        ({"counts_own": True}, "counts_own needs refresh_every"),
        ({"refresh_jitter": 0.5}, "refresh_jitter needs refresh_every"),
        ({"policy": "round_robin", "weights": {"api": 2.0}}, "round_robin does not go by weight"),
        ({"policy": "hash_modulo", "slow_start": 5.0}, "leave out slow_start"),
        ({"weights": {"api": 0.0}}, "greater than 0"),
        ({"policy": {"kind": "consistent_hash", "bound": 1.0}}, "greater than 1"),
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        LoadBalancerSpec(pool="api", **wrong)


def test_a_weight_for_a_replica_outside_the_pool_is_told():
    spec = LoadBalancerSpec(pool=["api[1]", "api[2]"], weights={"api[3]": 2.0, "api[1]": 3.0})
    members = {"api": ["api[1]", "api[2]", "api[3]"]}
    assert [*spec.objections(members)] == [
        ("weights", "'api[3]' is not in the pool: api[1], api[2]")
    ]
