"""What a name promises: who is sent where, when that changes, and who has not heard of it."""

import numpy as np
import pytest

from simulator.components.client import ClientSpec
from simulator.components.dns import DnsSpec
from simulator.components.server import ServerSpec
from simulator.kernel import FAILED, OK, TIMED_OUT
from simulator.runner import run
from tests.kernel.scene import Scene, digest, scenario

SITES = {"primary": ServerSpec(service_time=0.01), "standby": ServerSpec(service_time=0.01)}
CHECK = {"interval": 10.0, "timeout": 1.0, "failures": 3, "successes": 2}


def resolving(at_s, needs=None, client=None, sites=SITES, **parameters):
    """Calls to a name; each needs a resolver, a time for a lookup, and what the sites take."""
    front = {"client": client} if client else {}
    spec = DnsSpec(**{"targets": ("primary", "standby"), "resolvers": 1} | parameters)
    return Scene(front | {"name": spec} | sites, at_s, needs=needs)


def served(scene):
    return [scene["primary"].served, scene["standby"].served]


# -- resolvers ---------------------------------------------------------------------------------


def test_a_resolver_asks_once_a_time_to_live():
    scene = resolving([float(i) for i in range(1000)], ttl=10.0).run(until=2000)
    # with a call every second it asks every 10 s; when it begins to is up to chance
    assert scene["name"].lookups in (99, 100)
    assert scene["name"].missed == scene["name"].lookups
    assert scene["name"].cached == 1000 - scene["name"].lookups


def test_calls_wait_for_the_same_lookup():
    # the first answer is gone after at most 1 s; the lookup takes from 5 s to 7 s
    needs = [(0.5, 2.0, 0.01, 0.01)] * 3
    scene = resolving([5, 6, 6.5], needs, ttl=1.0).run(until=100)
    assert scene["name"].lookups == 1
    assert scene["name"].missed == 3
    assert scene.answered_s == pytest.approx([7.01, 7.02, 7.03])


def test_resolvers_ask_for_themselves():
    needs = [(luck, 2.0, 0.01, 0.01) for luck in (0.1, 0.6, 0.1)]
    scene = resolving([5, 5, 5], needs, ttl=1.0, resolvers=2).run(until=100)
    assert scene["name"].lookups == 2


def test_a_lookup_goes_on_when_the_call_that_began_it_is_given_up():
    client = ClientSpec(next="name", timeout=1.5, cancels=True)
    needs = [(0.5, 2.0, 0.01, 0.01)] * 2
    scene = resolving([5, 6], needs, client, ttl=1.0).run(until=100)
    assert scene.outcomes == [TIMED_OUT, OK]
    assert scene.answered_s == pytest.approx([6.5, 7.01])
    assert scene["name"].lookups == 1


def test_those_who_overstay_ask_less_often():
    at_s = [float(i) for i in range(1000)]
    scene = resolving(at_s, ttl=10.0, overstays=1.0, overstay_factor=5.0).run(until=2000)
    assert scene["name"].lookups in (19, 20)


def test_lookups_are_resolvers_over_time_to_live():
    name = {"kind": "dns", "targets": ["api"], "ttl": 20.0, "resolvers": 50}
    components = {"name": name, "api": {"kind": "server", "service_time": 0.001}}
    found = run(scenario(components, {"kind": "poisson", "rate": 500.0}, 400.0))
    # a resolver asks with its first call after its answer has expired, 0.1 s later on average
    expected = 50 / (20.0 + 50 / 500.0)
    assert found.component_measures("name")["lookups_per_s"] == pytest.approx(expected, rel=0.03)


# -- answers -----------------------------------------------------------------------------------


def test_calls_go_to_the_first_target_while_all_is_well():
    scene = resolving([float(i) for i in range(100)], ttl=5.0, health_check=CHECK).run(until=200)
    assert served(scene) == [100, 0]
    assert (scene["name"].to_first, scene["name"].changes) == (100, 0)


def test_round_robin_takes_all_targets_in_turn():
    scene = resolving([float(i) for i in range(100)], answers="round_robin").run(until=200)
    assert served(scene) == [50, 50]


def test_weights_are_those_of_answers():
    weighted = {"kind": "weighted", "weights": [3.0, 1.0]}
    at_s = [float(i) for i in range(8000)]
    scene = resolving(at_s, answers=weighted, ttl=0.5).run(until=9000)  # a lookup for each call
    share = served(scene)[0] / 8000
    assert share == pytest.approx(0.75, abs=3.9 * np.sqrt(0.75 * 0.25 / 8000))


def test_one_resolver_sends_everybody_to_what_it_was_told():
    weighted = {"kind": "weighted", "weights": [1.0, 1.0]}
    at_s = [float(i) for i in range(100)]
    scene = resolving(at_s, answers=weighted, ttl=1e6, resolvers=1).run(until=200)
    assert sorted(served(scene)) == [0, 100]


# -- health checks -----------------------------------------------------------------------------


def failing_over(hangs=False, **parameters):
    """A primary that is gone from 100 s to 200 s, and a call every second, each with a lookup."""
    scene = resolving([0.5 + i for i in range(300)], ttl=0.1, health_check=CHECK, **parameters)
    scene.at(100, scene["primary"].crash, hangs).at(200, scene["primary"].recover, hangs)
    return scene.run(until=400)


def test_a_refusing_target_is_out_after_so_many_probes():
    scene = failing_over()
    lost = scene.outcomes.count(FAILED)
    assert 20 <= lost <= 30  # two intervals, and the rest of the one in which it failed
    assert scene.outcomes[100 : 100 + lost] == [FAILED] * lost


def test_a_silent_target_is_out_when_the_last_probe_has_timed_out():
    loud, silent = failing_over(), failing_over(hangs=True)
    assert silent.outcomes.count(None) == loud.outcomes.count(FAILED) + CHECK["timeout"]


def test_a_target_is_back_after_so_many_probes():
    scene = failing_over()
    back = 100 + scene.outcomes.count(FAILED) + scene["standby"].served
    assert 210 <= back <= 220  # one interval, and the rest of the one in which it recovered
    assert scene["name"].changes == 2


def test_probes_are_no_traffic():
    scene = failing_over()
    assert served(scene)[0] + served(scene)[1] + scene.outcomes.count(FAILED) == 300
    assert scene["primary"].failed == scene.outcomes.count(FAILED)
    assert scene["name"].probes == pytest.approx(2 * 400 / CHECK["interval"], abs=2)


def test_a_probe_of_the_name_is_a_probe_of_what_it_stands_for():
    outer = DnsSpec(targets=("name",), resolvers=1, health_check=CHECK)
    sites = {"name": DnsSpec(targets=("primary",), resolvers=1), **SITES}
    scene = Scene({"outer": outer, **sites}, [])
    scene.at(100, scene["primary"].crash)
    scene.run(until=200)
    assert scene["outer"].well == 0


def test_with_no_target_well_the_first_is_as_good_as_any():
    scene = resolving([0.5 + i for i in range(300)], ttl=0.1, health_check=CHECK)
    scene.at(100, scene["primary"].crash).at(50, scene["standby"].crash)
    scene.run(until=400)
    assert scene["name"].well == 0
    assert scene["name"].to_others == 0


def test_without_a_health_check_nobody_notices():
    scene = resolving([0.5 + i for i in range(100)], ttl=0.1)
    scene.at(50, scene["primary"].crash)
    assert scene.run(until=400).outcomes.count(FAILED) == 50


def test_calls_sent_by_an_old_answer_are_counted():
    scene = resolving([0.5 + i for i in range(300)], ttl=60.0, health_check=CHECK)
    scene.at(100, scene["primary"].crash)
    scene.run(until=400)
    failed = scene.outcomes.count(FAILED)
    assert 20 <= failed - scene["name"].outdated <= 30  # those before the record had changed
    assert scene["name"].outdated <= 60


# -- connections -------------------------------------------------------------------------------


def test_a_connection_is_used_for_its_time_whatever_the_name_stands_for():
    at_s = [0.5 + i for i in range(400)]
    kept = {"pinned_for": 1e4, "users": 1}
    scene = resolving(at_s, ttl=0.1, health_check=CHECK, **kept)
    scene.at(100, scene["primary"].crash, True)
    scene.run(until=500)
    assert scene["name"].pinned == 400
    assert scene.outcomes == [OK] * 100 + [None] * 300
    assert 270 <= scene["name"].outdated <= 280


def test_a_connection_is_closed_at_its_age():
    scene = resolving([0.5 + i for i in range(400)], pinned_for=100.0, users=1)
    scene.run(until=500)
    assert scene["name"].cached + scene["name"].missed in (3, 4)


def test_a_failure_breaks_the_connection():
    scene = resolving(
        [0.5 + i for i in range(400)], ttl=0.1, health_check=CHECK, pinned_for=1e4, users=1
    )
    scene.at(100, scene["primary"].crash)
    scene.run(until=500)
    assert 20 <= scene.outcomes.count(FAILED) <= 30
    assert served(scene)[1] == 400 - served(scene)[0] - scene.outcomes.count(FAILED)


def test_users_belong_to_the_same_resolver_whether_or_not_they_keep_connections():
    name = {"kind": "dns", "targets": ["api"], "ttl": 0.001, "resolvers": 7}
    components = {"name": name, "api": {"kind": "server", "service_time": 0.001}}
    kept = {**components, "name": name | {"pinned_for": 1e-6, "users": 7}}
    runs = [
        run(scenario(each, {"kind": "poisson", "rate": 50.0}, 50.0)) for each in (components, kept)
    ]
    lookups = [each.component_measures("name")["lookups"] for each in runs]
    assert lookups[0] == lookups[1]
    assert digest(runs[0], only=["api"]) == digest(runs[1], only=["api"])


# -- the authority itself ----------------------------------------------------------------------


def test_answers_are_good_until_they_expire_while_the_authority_is_down():
    scene = resolving([float(i) for i in range(100)], ttl=1e4)
    scene.at(1, scene["name"].crash)
    scene.run(until=200)
    assert scene.outcomes == [OK] * 100


@pytest.mark.parametrize(("hangs", "outcome"), [(False, FAILED), (True, None)])
def test_lookups_fail_while_the_authority_is_down(hangs, outcome):
    scene = resolving([5, 15, 25], ttl=1.0)
    scene.at(10, scene["name"].crash, hangs).at(20, scene["name"].recover, hangs)
    scene.run(until=100)
    assert scene.outcomes == [OK, outcome, OK]
    assert scene["name"].failed == 1


# -- what it is told ---------------------------------------------------------------------------


def test_weights_are_as_many_as_targets():
    with pytest.raises(ValueError, match="1 weights for 2 targets; must be one each"):
        DnsSpec(targets=("a", "b"), answers={"kind": "weighted", "weights": [1.0]})


def test_a_probe_is_not_waited_for_longer_than_until_the_next():
    with pytest.raises(ValueError, match=r"timeout \(4 s\) must not exceed interval \(2 s\)"):
        DnsSpec(targets=("a",), health_check={"interval": 2.0})


def test_there_are_as_many_users_as_resolvers():
    with pytest.raises(ValueError, match=r"users \(10\) must not be fewer than resolvers \(20\)"):
        DnsSpec(targets=("a",), pinned_for=1.0, users=10, resolvers=20)
