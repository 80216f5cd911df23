"""What becomes of replicas that come and go, and of the calls at them."""

import pytest

from simulator.errors import ScenarioError
from simulator.runner import run
from simulator.scenario import parse
from tests.kernel.scene import digest, scenario

STEADY = {"kind": "constant", "rate": 10.0}
LONG = {"kind": "autoscaler", "of": "api", "max_replicas": 6, "sync_period": 10.0}


def at_times(*slots, otherwise=2):
    """A policy that wants so many replicas from one instant to another."""
    told = [{"from": a, "until": b, "replicas": n} for a, b, n in slots]
    return {"kind": "scheduled", "slots": told, "otherwise": otherwise}


SUDDEN = {"scale_down": {"rates": []}, "scale_up": {"rates": []}}


def scaled(policy, duration=100.0, arrivals=STEADY, api=None, lb=None, **more):
    api = {"kind": "server", "replicas": 2, "service_time": 0.05} | (api or {})
    lb = {"kind": "load_balancer", "pool": "api", "policy": "round_robin"} | (lb or {})
    controller = LONG | {"policy": policy, "behavior": SUDDEN, "start_time": 20.0} | more
    return scenario({"lb": lb, "api": api}, arrivals, duration, controllers={"scaler": controller})


def levels(found, *names):
    seconds = found.duration_s
    measured = found.component_measures("scaler")
    return [pytest.approx(measured[f"{name}_mean"] * seconds) for name in names]


UP_ONCE = at_times((10, 1000, 4), otherwise=2)


def test_a_replica_is_pending_then_starting_then_ready():
    found = run(scaled(UP_ONCE, pending_time=5.0))  # decided at 10 s, a machine at 15 s
    assert levels(found, "pending", "starting", "ready") == [2 * 5, 2 * 20, 2 * 100 + 2 * 65]
    assert found.component_measures("scaler")["existing_max"] == 4


def test_only_ready_replicas_get_calls_and_only_once_balancers_know():
    found = run(scaled(UP_ONCE, propagation=10.0, pending_time=5.0))
    served = found.component_measures("api[3]")["served"]
    # ready at 35 s, known at 45 s: from then on a fourth of 10/s
    assert served == pytest.approx(55 * 10 / 4, abs=2)


def test_a_place_is_paid_for_from_its_start_to_its_end():
    found = run(scaled(UP_ONCE, api={"cost_per_hour": 3.0}, pending_time=5.0))
    # two all the time, two from 15 s on
    assert found.cost_measures()["cost_per_hour_usd"] == pytest.approx(3 * (2 + 2 * 0.85))


def test_workers_count_while_they_are_there():
    found = run(scaled(UP_ONCE))
    capacity_s = 2 * 100 + 2 * 70
    assert found.component_measures("api")["utilization"] == pytest.approx(
        100 * 10 * 0.05 / capacity_s, rel=0.01
    )


DOWN = at_times((0, 50, 2), otherwise=1)
SLOW = {"service_time": 8.0, "workers": 60, "replicas": 2}


def down(**more):
    """Two replicas of which one has to go at 50 s; each call takes 8 s."""
    return scaled(DOWN, api=SLOW, **more)


def test_one_that_drains_finishes_what_it_has_and_gets_nothing_new():
    found = run(down())
    assert found.request_measures()["failed"] == 0
    (drained,) = levels(found, "draining")
    assert drained == pytest.approx(8.0, abs=0.3)  # the last call came just before


def test_what_is_left_when_the_grace_is_over_fails():
    found = run(down(grace=3.0))
    # calls of the last 8 s are there, at 5/s; those of the first 3 of these are done in time
    assert found.request_measures()["failed"] == pytest.approx(5 * 5, abs=1)
    assert found.component_measures("scaler")["lost"] == found.request_measures()["failed"]
    assert levels(found, "draining") == [3.0]


def test_one_that_does_not_drain_loses_everything_at_once():
    found = run(down(drains=False))
    assert found.request_measures()["failed"] == pytest.approx(8 * 5, abs=1)


def test_without_a_pause_calls_sent_by_those_who_do_not_know_are_refused():
    found = run(down(propagation=4.0))
    # half of 10/s for 4 s
    assert found.component_measures("scaler")["refused"] == pytest.approx(20, abs=1)
    assert found.request_measures()["failed"] == pytest.approx(20, abs=1)


def test_a_pause_before_the_stop_that_is_as_long_loses_nothing():
    found = run(down(propagation=4.0, pre_stop=4.5))
    assert found.request_measures()["failed"] == 0


def test_the_youngest_goes_first_and_what_is_not_ready_before_it():
    wanted = at_times((10, 35, 4), (35, 60, 3), (60, 85, 2), otherwise=2)
    found = run(scaled(wanted, start_time=1.0))
    gone = [found.component_measures(f"api[{i}]")["served"] for i in (1, 2, 3, 4)]
    assert gone[0] == pytest.approx(gone[1], abs=2)
    assert gone[1] > gone[2] > gone[3] > 0
    # one that is still starting when fewer are wanted never serves
    never = run(scaled(at_times((10, 25, 3), otherwise=2), start_time=60.0))
    assert never.component_measures("api[3]")["served"] == 0
    assert levels(never, "starting") == [20.0]  # looked at every 10 s: from 10 s to 30 s


def test_a_place_that_drains_is_taken_until_it_is_empty():
    wanted = at_times((0, 25, 2), (35, 1000, 2), otherwise=1)
    found = run(scaled(wanted, api=SLOW, max_replicas=2, start_time=1.0, grace=30.0))
    assert found.component_measures("scaler")["existing_max"] == 2
    assert found.request_measures()["failed"] == 0
    assert found.component_measures("scaler")["ready_mean"] * 100 == pytest.approx(
        100 + 30 + (100 - 41), abs=0.5
    )


def test_readiness_is_noticed_by_the_next_probe():
    found = run(scaled(UP_ONCE, readiness_period=10.0, readiness_successes=2))
    (starting,) = levels(found, "starting")
    assert 2 * 30 <= starting.expected <= 2 * 40


def test_a_group_without_any_ready_replica_is_refused_calls():
    dead = scaled(
        at_times((0, 1000, 1), otherwise=1),
        api={"replicas": 1, "service_time": 0.01},
        lb={"health_check": {"interval": 1.0, "timeout": 0.5}},
    )
    broken = dead.model_validate(
        dead.plain() | {"faults": [{"kind": "crash", "of": "api[1]", "from": 50, "for": 50}]}
    )
    found = run(broken)
    assert found.component_measures("lb")["rejected"] > 400


def test_nothing_else_of_a_run_depends_on_a_controller_that_does_nothing():
    alone = {"kind": "server", "service_time": {"kind": "exponential", "mean": 0.05}}
    parts = {"lb": {"kind": "load_balancer", "pool": ["api", "other"], "policy": "random"}}
    parts |= {"api": alone | {"replicas": 2}, "other": alone | {"replicas": 2}}
    calm = LONG | {
        "policy": {"kind": "scheduled", "slots": [{"from": 0, "until": 1, "replicas": 2}]}
    }
    calm |= {"start_time": 1.0, "max_replicas": 2}
    arrivals = {"kind": "poisson", "rate": 20.0}
    plain, watched = (
        run(scenario(parts, arrivals, 60.0, controllers=each)) for each in ({}, {"c": calm})
    )
    names = [f"{group}[{i}]" for group in ("api", "other") for i in (1, 2)]
    assert digest(plain, names) == digest(watched, names)


def test_the_same_seed_gives_the_same_run():
    lively = scaled(
        {"kind": "utilization", "target": 0.5},
        arrivals={"kind": "poisson", "rate": 30.0},
        start_time={"kind": "lognormal", "mean": 10.0, "cv": 0.5},
        readiness_period=5.0,
    )
    assert digest(run(lively)) == digest(run(lively))


# -- what a file may say -------------------------------------------------------------------------

FILE = """\
format: 1
scenario: small
title: Small
chapter: tests
question: What?
system:
  entry: lb
  components:
    lb: {{kind: load_balancer, pool: api}}
    api: {{kind: server, replicas: 2, service_time: 50ms, workers: {workers}}}
    db: {{kind: database, connections: 2, read_time: 1ms}}
workload:
  arrivals: {{kind: poisson, rate: 10/s}}
controllers:
  scaler: {{kind: autoscaler, of: {of}, start_time: 1s, policy: utilization, max_replicas: {most}}}
{more}
run: {{duration: 10s}}
"""


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"of": "apo"}, "'apo'; must be a component"),
        ({"of": "'api[1]'"}, "one replica; must be a whole group"),
        ({"of": "db"}, "replicas of this database cannot come and go"),
        ({"of": "lb"}, "replicas of this load_balancer cannot come and go"),
        ({"most": 1}, "begins with 2 replicas; must be 1 to 1"),
        ({"workers": "unlimited"}, "needs a limit to the workers"),
        (
            {
                "more": "  other: {kind: autoscaler, of: api, start_time: 1s, policy: utilization, "
                "max_replicas: 3}"
            },
            "controlled by 'scaler'",
        ),
        ({"more": "  b: {kind: autoscale}"}, "unknown controller 'autoscale'"),
        (
            {"more": "  api: {kind: rolling_update, of: api, at: 1s, start_time: 1s}"},
            "'api' is a component",
        ),
    ],
)
def test_a_file_that_cannot_be_is_refused_with_its_reason(told, message):
    text = FILE.format(**{"of": "api", "most": 5, "workers": 1, "more": ""} | told)
    with pytest.raises(ScenarioError) as error:
        parse(text, "small.yaml", None)
    assert message in str(error.value)


def test_replicas_that_come_and_go_need_a_balancer():
    text = FILE.format(of="api", most=5, workers=1, more="").replace(
        "{kind: load_balancer, pool: api}", "{kind: parallel, calls: [api]}"
    )
    with pytest.raises(ScenarioError, match="only a load_balancer can follow"):
        parse(text, "small.yaml", None)


def test_measures_and_replicas_of_a_controller_may_be_named():
    text = FILE.format(
        of="api",
        most=5,
        workers=1,
        more="slo:\n  - {measure: scaler.ready_mean, "
        "at_least: 1}\n  - {measure: 'api[5].served', at_least: 0}",
    )
    assert parse(text, "small.yaml", None).group_members()["api"] == [
        f"api[{i}]" for i in range(1, 6)
    ]
