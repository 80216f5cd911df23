"""How an autoscaler follows its policies, and how late."""

import pytest

from simulator.runner import run
from simulator.stats import theory
from tests.kernel.scene import scenario

SUDDEN = {"scale_up": {"rates": []}, "scale_down": {"rates": []}}


def shop(policy, arrivals, duration, replicas=7, service_time=0.1, **more):
    """Replicas that serve ten calls a second each, behind a balancer."""
    controller = {
        "kind": "autoscaler",
        "of": "api",
        "policy": policy,
        "min_replicas": 1,
        "max_replicas": 100,
        "start_time": 60.0,
        "metrics_delay": 0.0,
        "behavior": SUDDEN,
    }
    api = {"kind": "server", "replicas": replicas, "service_time": service_time}
    parts = {"lb": {"kind": "load_balancer", "pool": "api"}, "api": api}
    return scenario(parts, arrivals, duration, controllers={"scaler": controller | more})


def step(at_s, before, after):
    return {"kind": "schedule", "rate": before, "steps": [{"at": at_s, "rate": after}]}


BY_ARRIVALS = {"kind": "external_value", "target_average": 7.7}  # 20 for 150/s, give or take 4/s


@pytest.mark.parametrize("start_s", [30.0, 60.0])
def test_the_backlog_after_a_step_is_that_of_the_fluid_and_so_is_its_end(start_s):
    backlog = theory.backlog_after(150, 10, 7, 15 + start_s)
    found = run(shop(BY_ARRIVALS, step(60.0, 50.0, 150.0), 300.0, start_time=start_s))
    at_s, queued = found.curve("api", "queued")
    chance = (150 * (15 + start_s)) ** 0.5
    assert queued.max() == pytest.approx(backlog, abs=4 * chance + 100)  # 100: between two ticks
    drained_s = at_s[(at_s > 100) & (queued < 0.01 * backlog)][0]
    ends_s = 75 + start_s + theory.drain_time(backlog, 150, 10, 20)
    assert drained_s == pytest.approx(ends_s, abs=4 * (150 * 120) ** 0.5 / 50)


def test_decisions_are_told_in_order_with_their_reason():
    found = run(shop(BY_ARRIVALS, {"kind": "constant", "rate": 150.0}, 60.0))
    assert [(each.at_s, each.kind, each.of) for each in found.decisions] == [
        (15, "scaled_up", "api")
    ]
    words = found.decisions[0].words
    assert words.startswith("7 → 20 replicas: ")
    assert words.endswith(" arrivals/s, target 7.7 a replica")


def test_what_was_scraped_is_seen_only_after_its_delay():
    late = shop(BY_ARRIVALS, {"kind": "constant", "rate": 150.0}, 60.0, metrics_delay=16.0)
    assert run(late).decisions[0].at_s == 45  # the scrape of 15 s is seen from 31 s on


def test_rates_spread_a_rise_over_several_decisions():
    default = shop(BY_ARRIVALS, {"kind": "constant", "rate": 300.0}, 60.0, behavior={})
    words = [each.words.partition(" replicas")[0] for each in run(default).decisions]
    assert words == ["7 → 14", "14 → 28", "28 → 39"]


def test_a_dip_shorter_than_the_window_takes_no_replica_away():
    dip = {"kind": "schedule", "rate": 150.0}
    dip |= {"steps": [{"at": 100.0, "rate": 20.0}, {"at": 200.0, "rate": 150.0}]}
    calm = {"scale_up": {"rates": []}, "scale_down": {"rates": [], "stabilization": 150.0}}
    found = run(shop(BY_ARRIVALS, dip, 400.0, replicas=20, behavior=calm))
    assert found.component_measures("scaler")["scaled_down"] == 0
    hasty = run(shop(BY_ARRIVALS, dip, 400.0, replicas=20))
    assert hasty.component_measures("scaler")["scaled_down"] > 0


def test_the_largest_of_several_policies_counts():
    floor = {"kind": "scheduled", "slots": [{"from": 30, "until": 100, "replicas": 12}]}
    found = run(shop([BY_ARRIVALS, floor], {"kind": "constant", "rate": 50.0}, 90.0))
    assert [each.words for each in found.decisions] == ["7 → 12 replicas: by schedule"]


def test_utilization_settles_near_its_target():
    law = {"kind": "exponential", "mean": 0.1}
    poisson = {"kind": "poisson", "rate": 100.0}
    policy = {"kind": "utilization", "target": 0.5}
    found = run(shop(policy, poisson, 600.0, service_time=law, start_time=5.0))
    late = found.component_measures("api", (300.0, 600.0))
    # 18 to 22 replicas are within the tolerance
    assert 0.44 < late["utilization"] < 0.56


def test_metrics_of_a_replica_that_starts_do_not_count():
    """Seven full replicas ask for fourteen at a target of 50 %; the seven that come add none."""
    policy = {"kind": "utilization", "target": 0.5}
    found = run(shop(policy, {"kind": "constant", "rate": 500.0}, 80.0, start_time=200.0))
    assert found.component_measures("scaler")["existing_max"] == 14


def test_limits_hold_whatever_is_wanted():
    found = run(shop(BY_ARRIVALS, step(60.0, 150.0, 1.0), 200.0, max_replicas=9, min_replicas=5))
    measured = found.component_measures("scaler")
    assert measured["existing_max"] == 9
    assert found.curve("scaler", "wanted")[1].min() == pytest.approx(5)
