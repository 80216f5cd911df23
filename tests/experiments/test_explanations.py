"""What each component is worth: counterfactuals of systems whose answers are known."""

import pytest

from simulator.experiments.design import Outcome, design
from simulator.experiments.execution import execute
from simulator.experiments.explanations import explanation, freed
from simulator.stats.theory import mmc_mean_latency
from tests.kernel.scene import scenario

RATE, FRONT_S, BACK_S = 40.0, 0.015, 0.02
REPLICATIONS = 4


def tandem():
    """Two single queues in a row behind a client; the second is busier."""
    return scenario(
        {
            "client": {"kind": "client", "next": "front", "cost_per_hour": 9.0},
            "front": _server(FRONT_S, next="back", cost_per_hour=1.0),
            "back": _server(BACK_S, cost_per_hour=2.0),
        },
        {"kind": "poisson", "rate": RATE},
        120.0,
        entry="client",
        run={"replications": REPLICATIONS, "warmup": 10},
    )


def _server(mean_s, **more):
    return {"kind": "server", "service_time": {"kind": "exponential", "mean": mean_s}, **more}


def explained(base):
    without = dict(freed(base))
    outcome = Outcome([base, *without.values()])
    for each in execute(outcome.tasks(1, traced_designs=1), workers=1):
        outcome.add(each)
    summary, *others = outcome.summaries()
    return explanation(summary, dict(zip(without, others, strict=True))), others


@pytest.fixture(scope="module")
def found():
    return explained(design(tandem()))


def test_a_component_in_which_no_time_passes_has_no_counterfactual(found):
    assert {each.component for each in found[0].counterfactuals} == {"front", "back"}


def test_what_is_worth_most_comes_first(found):
    assert [each.component for each in found[0].counterfactuals] == ["back", "front"]


def test_without_a_station_what_is_left_is_the_other_one(found):
    for summary, mean_s in zip(found[1], (BACK_S, FRONT_S), strict=True):
        latency = summary.measures["latency_mean_s"].interval
        expected = mmc_mean_latency(RATE, 1 / mean_s)
        assert abs(latency.mean - expected) < 4 * latency.half_width
        assert latency.half_width < 0.25 * expected


def test_a_free_component_costs_nothing(found):
    costs = {
        each.component: each.differences["cost_per_hour_usd"].interval.mean
        for each in found[0].counterfactuals
    }
    assert costs == {"front": -1.0, "back": -2.0}


def test_the_same_requests_come_in_every_run(found):
    explained_, others = found
    arrived = [row.measures["arrived"] for row in explained_.summary.rows]
    for each in others:
        assert [row.measures["arrived"] for row in each.rows] == arrived


def test_only_the_design_as_it_is_is_traced(found):
    explained_, others = found
    assert len(explained_.summary.traced()) == REPLICATIONS
    assert not any(each.traced() for each in others)


def test_single_runs_are_told_from_lowest_to_highest(found):
    low, high = found[0].spread()
    values = [row.measures["latency_p99_s"] for row in found[0].summary.rows]
    assert (low, high) == (min(values), max(values))


def test_the_document_says_what_each_is_worth(found):
    document = found[0].as_json()
    first = document["counterfactuals"][0]
    assert first["component"] == "back"
    assert first["differences"]["latency_p99_s"]["mean"] < 0
    assert first["misled"] == 0.0
    assert document["ledger"]["cohorts"]["p99"]["latency_s"]["mean"] > 0
