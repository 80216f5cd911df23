"""How a new version replaces the old one, and what that costs its users."""

import numpy as np
import pytest

from simulator.runner import run
from simulator.stats import theory
from tests.kernel.scene import scenario

EVEN = {"kind": "constant", "rate": 100.0}


def updated(arrivals=EVEN, duration=200.0, replicas=10, service_time=0.05, lb=None, **more):
    told = {"kind": "rolling_update", "of": "api", "at": 20.0, "start_time": 30.0} | more
    lb = {"kind": "load_balancer", "pool": "api", "policy": "round_robin"} | (lb or {})
    api = {"kind": "server", "replicas": replicas, "service_time": service_time}
    return scenario({"lb": lb, "api": api}, arrivals, duration, controllers={"rollout": told})


def update_s(found):
    return found.component_measures("rollout")["updating_mean"] * found.duration_s


@pytest.mark.parametrize(
    ("surge", "unavailable"), [("25%", "25%"), ("25%", 0), (0, "25%"), ("100%", 0), (1, 0)]
)
def test_it_takes_as_many_waves_as_theory_says_and_keeps_its_bounds(surge, unavailable):
    spec = updated(max_surge=surge, max_unavailable=unavailable, duration=400.0, grace=0.0)
    found = run(spec)
    more = {"25%": 3, 0: 0, "100%": 10, 1: 1}[surge]
    fewer = {"25%": 2, 0: 0}[unavailable]
    assert update_s(found) == pytest.approx(theory.rolling_update_time(10, more, fewer, 30.0))
    measured = found.component_measures("rollout")
    assert measured["existing_max"] == 10 + more
    assert measured["missing_max"] == fewer
    assert [each.kind for each in found.decisions] == ["update_begins", "update_ends"]


def test_new_replicas_have_places_after_the_old_ones_and_in_the_end_serve_alone():
    found = run(updated())
    last = (150.0, 200.0)
    served = [found.component_measures(f"api[{i}]", last)["served"] for i in range(1, 21)]
    assert served[:10] == [0] * 10
    assert min(served[10:]) > 0


def models_updated(update=None, **told):
    """Four model servers that are replaced by those of a new model, which takes 6 s to load."""
    world = {
        "positives": 0.3,
        "separation": 2.0,
        "features": {"amount": {}},
        "models": {"old": {"memory": 4e9}, "new": {"memory": 6e9, "skill": 0.5}},
    }
    api = {"kind": "model_server", "model": "old", "replicas": 4, "service_time": 0.01}
    api |= {"load_bandwidth": 8e9} | told
    lb = {"kind": "load_balancer", "pool": "api", "policy": "round_robin"}
    rollout = {"kind": "rolling_update", "of": "api", "at": 20.0, "start_time": 4.0}
    rollout |= {"model": "new", "max_surge": 1, "max_unavailable": 0, "grace": 0.0}
    return scenario(
        {"lb": lb, "api": api},
        EVEN,
        100.0,
        controllers={"rollout": rollout | (update or {})},
        world=world,
    )


def test_a_new_model_is_loaded_before_its_replica_is_ready():
    found = run(models_updated())
    assert update_s(found) == pytest.approx(theory.rolling_update_time(4, 1, 0, 4.0 + 6.0))
    assert found.request_measures()["failed"] == 0


def test_in_the_end_only_the_new_model_answers():
    """Whoever knows less sees fewer of the positives, by as much as theory says."""
    found, settled = run(models_updated()), (70.0, 100.0)
    new = [found.component_measures(f"api[{i}]", settled) for i in range(5, 9)]
    hits, misses = (sum(each[name] for each in new) for name in ("hits", "misses"))
    threshold = theory.threshold_for_alarms(0.3, 0.3, 1.0)
    caught, _ = theory.caught_and_false(1.0, threshold)
    n = hits + misses
    assert sum(each["served"] for each in new) == pytest.approx(100.0 * 30.0, abs=2)
    assert hits / n == pytest.approx(caught, abs=3.9 * np.sqrt(caught * (1 - caught) / n))


def test_a_new_replica_is_cold():
    cold = {"warm_up": {"factor": 20.0, "calls": 10}}
    for told, slowest_s in ((cold, 0.2), ({}, 0.01)):
        found = run(models_updated(workers=50, **told))
        after = found.requests.arrived_s > 20.0
        assert np.nanmax(found.requests.latency_s[after]) == pytest.approx(slowest_s)


def test_a_model_that_there_is_not_is_told_so():
    with pytest.raises(AssertionError, match="unknown model 'newer'"):
        models_updated({"model": "newer"})
    with pytest.raises(AssertionError, match="answers by no model"):
        updated(model="new")


def test_with_a_pause_and_draining_no_request_is_lost():
    found = run(updated(propagation=2.0, pre_stop=2.5))
    assert found.request_measures()["failed"] == 0


def test_without_a_pause_what_comes_until_the_news_has_spread_is_refused():
    found = run(updated(propagation=2.0, max_surge=0, max_unavailable=1, duration=400.0))
    # a new one is known as late: when the next old one goes, balancers know of nine
    expected = theory.lost_to_stale_lists(100.0, 10, 2.0)
    expected += 9 * theory.lost_to_stale_lists(100.0, 9, 2.0)
    assert found.component_measures("rollout")["refused"] == pytest.approx(expected, rel=0.02)


def test_a_balancer_that_prefers_the_idle_is_drawn_to_those_who_refuse():
    busy = {"kind": "poisson", "rate": 180.0}
    fair, drawn = (
        run(updated(busy, propagation=2.0, max_surge=1, max_unavailable=0, lb=lb))
        for lb in ({}, {"policy": "least_outstanding"})
    )
    refused = [each.component_measures("rollout")["refused"] for each in (fair, drawn)]
    assert refused[1] > 3 * refused[0]


def test_the_new_version_may_be_slower_and_may_fail():
    found = run(updated(service_time_factor=1.5, error_ratio=0.2))
    last = (150.0, 200.0)
    measured = found.request_measures(last)
    assert measured["latency_mean_s"] == pytest.approx(0.075)
    assert measured["success_ratio"] == pytest.approx(0.8, abs=0.02)


def test_a_replica_counts_as_available_only_after_min_ready():
    found = run(updated(min_ready=10.0, max_surge=0, max_unavailable=5, grace=0.0))
    assert update_s(found) == pytest.approx(2 * (30.0 + 10.0))


def test_capacity_that_is_missing_makes_a_line_that_surge_does_not():
    busy = {"kind": "constant", "rate": 170.0}
    fewer = run(updated(busy, max_surge=0, max_unavailable="25%"))
    more = run(updated(busy, max_surge="25%", max_unavailable=0, duration=250.0))
    at_s, queued = fewer.curve("api", "queued")
    last = np.flatnonzero(at_s < 50.0)[-1]  # the first new replicas come at 50 s
    behind = theory.backlog_after(170.0, 20.0, 8, at_s[last] - 20.0)
    assert queued[last] == pytest.approx(behind, rel=0.05)
    assert more.curve("api", "queued")[1].max() < 20


def test_an_update_beyond_the_end_changes_nothing_and_is_warned_of():
    from simulator.scenario.checks import warnings

    spec = updated(at=500.0)
    assert run(spec).component_measures("rollout")["made"] == 0
    assert warnings(spec) == ["rollout begins at 500 s, when the run is over"]
