"""What renews a model: when, from what, and whether it may pass."""

from math import sqrt

import numpy as np
import pytest

from simulator.controllers.retraining import area
from simulator.runner import run
from simulator.stats import theory
from tests.kernel.scene import scenario

POSITIVES, SEPARATION = 0.3, 2.0
TURNS_S = 4_000.0
WORLD = {
    "positives": POSITIVES,
    "separation": SEPARATION,
    "features": {name: {"weight": weight} for name, weight in {"a": 1.0, "b": 0.0}.items()},
    "models": {"old": {}},
}
DRIFT = {
    "kind": "concept",
    "towards": "b",
    "degrees": 90.0,
    "when": {"kind": "sudden", "from": TURNS_S},
}


def system(retraining, duration=12_000.0, **world):
    """A model that answers one request a second, and what renews it."""
    parts = {"scorer": {"kind": "model_server", "model": "old", "service_time": 0.001}}
    controllers = {"trainer": {"kind": "retraining", "of": "scorer", **retraining}}
    arrivals = {"kind": "constant", "rate": 1.0}
    return scenario(parts, arrivals, duration, world={**WORLD, **world}, controllers=controllers)


def found_right(found, from_s, to_s):
    return found.measures(during=(from_s, to_s))["users.right_ratio"]


def right_by_theory(separation, thought=None):
    """Part of the answers that are right, of a model that gives as many alarms as it thinks due.

    Args:
        separation: that it has.
        thought: that it takes itself to have.
    """
    threshold = theory.threshold_for_alarms(POSITIVES, POSITIVES, thought or separation)
    caught, false = theory.caught_and_false(separation, threshold)
    return POSITIVES * caught + (1 - POSITIVES) * (1 - false)


def test_after_the_world_has_turned_a_version_of_new_data_is_as_good_as_the_old_one_was():
    told = {"every": 3_000.0, "first": 8_000.0, "training": {"window": 3_500.0}}
    found = run(system(told, drifts=[DRIFT]))
    error = 4 * sqrt(0.25 / 3_900)
    good, blind = right_by_theory(SEPARATION), right_by_theory(0.0, SEPARATION)
    assert found_right(found, 0.0, TURNS_S) == pytest.approx(good, abs=error)
    assert found_right(found, TURNS_S, 8_000.0) == pytest.approx(blind, abs=error)
    assert found_right(found, 8_100.0, 12_000.0) == pytest.approx(good, abs=error + 0.005)


def test_a_version_learned_from_both_sides_of_a_turn_is_half_right():
    told = {"every": 1e6, "first": 2 * TURNS_S, "training": {"window": 2 * TURNS_S}}
    found = run(system(told, drifts=[DRIFT]))
    # The mean of two directions at a right angle lies between them, at 45 degrees to either.
    separation = theory.separation_left(SEPARATION, turned=np.pi / 4)
    assert found_right(found, 8_100.0, 12_000.0) == pytest.approx(
        right_by_theory(separation), abs=0.03
    )


def test_it_keeps_its_schedule_its_cooldown_and_its_costs():
    told = {"every": 1_000.0, "takes": 600.0, "usd": 5.0, "usd_per_hour": 6.0}
    found = run(system(told, duration=4_500.0))
    begun = [each.at_s for each in found.decisions if each.kind == "training_begins"]
    assert begun == [1_000.0, 2_000.0, 3_000.0, 4_000.0]
    measures = found.measures()
    assert measures["trainer.served"] == 3
    assert measures["trainer.spent_usd"] == pytest.approx(3 * (5 + 6 * 600 / 3600))
    assert measures["trainer.busy_mean"] == pytest.approx((3 * 600 + 500) / 4_500)
    calm = run(system({**told, "cooldown": 900.0}, duration=4_500.0))
    begun = [each.at_s for each in calm.decisions if each.kind == "training_begins"]
    assert begun == [1_000.0, 3_000.0]


def test_data_are_taken_when_machines_are_free_and_labels_that_come_later_are_not_known():
    labels = {"delay": 2_000.0}
    found = run(system({"every": 1e6, "first": 1_500.0}, duration=4_500.0, labels=labels))
    assert found.measures()["trainer.too_few"] == 1
    waits = {"every": 1e6, "first": 1_500.0, "queue_time": 1_500.0}
    found = run(system(waits, duration=4_500.0, labels=labels))
    assert found.measures()["trainer.served"] == 1


def test_a_gate_lets_better_versions_pass_and_no_worse_ones():
    gate = {"holdout": 0.3, "gain": 0.02}
    same = run(system({"every": 3_000.0, "gate": gate}))
    assert same.measures()["trainer.refused"] == same.measures()["trainer.trained"] == 3
    told = {"every": 1e6, "first": 8_000.0, "gate": gate, "training": {"window": 4_000.0}}
    better = run(system(told, drifts=[DRIFT]))
    assert better.measures()["trainer.served"] == 1


def test_the_area_is_that_of_theory_and_of_pairs_counted_one_by_one():
    rng = np.random.default_rng(3)
    label = rng.random(4_000) < 0.5
    scores = rng.standard_normal(4_000) + SEPARATION * label
    assert area(scores, label) == pytest.approx(theory.auc_of_separation(SEPARATION), abs=0.02)
    few, of = np.round(scores[:60], 0), label[:60]
    wins = [(a > b) + (a == b) / 2 for a in few[of] for b in few[~of]]
    assert area(few, of) == pytest.approx(np.mean(wins))


def released(steps=(0.2,), hands=(), **trainer):
    """A model and its next version, to which users come by and by."""
    server = {"kind": "model_server", "model": "old", "service_time": 0.001}
    arms = {"stable": {"to": "scorer", "share": 1.0}, "canary": {"to": "fresh"}}
    parts = {"split": {"kind": "splitter", "arms": arms}, "scorer": server, "fresh": server}
    release = {"kind": "canary", "of": "split", "steps": list(steps), "dwell": 500.0}
    asked = {"kind": "retraining", "of": "scorer", "release": "release", **trainer}
    controllers = {"release": release, "trainer": asked}
    controllers["hands"] = {"kind": "runbook", "steps": list(hands)}
    arrivals = {"kind": "constant", "rate": 1.0}
    return scenario(parts, arrivals, 6_000.0, world=WORLD, controllers=controllers)


def told(found, *kinds):
    return [(each.at_s, each.kind) for each in found.decisions if each.kind in kinds]


def test_a_version_goes_to_a_few_users_first_and_then_takes_the_place_of_the_old_one():
    found = run(released(every=2_000.0))
    assert told(found, "release_begins", "promoted") == [
        (2_000.0, "release_begins"),
        (2_500.0, "promoted"),
        (4_000.0, "release_begins"),
        (4_500.0, "promoted"),
    ]
    early = found.measures(during=(2_000.0, 2_500.0))
    assert early["fresh.served"] == pytest.approx(100, abs=40)
    later = found.measures(during=(2_500.0, 4_000.0))
    assert later["fresh.served"] <= 1
    assert later["scorer.served"] == pytest.approx(1_500, abs=2)


def test_a_version_that_is_taken_back_leaves_the_old_one_where_it_was():
    undo = {"at": 2_200.0, "do": {"kind": "roll_back", "of": "release"}}
    found = run(released(hands=[undo], every=2_000.0, first=2_000.0))
    assert told(found, "promoted", "rolled_back") == [
        (2_200.0, "rolled_back"),
        (4_500.0, "promoted"),
    ]
    assert found.measures(during=(2_300.0, 3_900.0))["fresh.served"] == 0


def test_somebody_may_ask_for_a_version_by_hand():
    asks = {"at": 1_500.0, "do": {"kind": "retrain", "of": "trainer"}}
    found = run(released(hands=[asks]))
    assert told(found, "release_begins") == [(1_500.0, "release_begins")]


def test_a_version_that_comes_amid_a_release_is_dropped():
    found = run(released(steps=(0.1, 0.5), every=700.0))
    # Releases take 1,000 s: the versions of 1,400 s, 2,800 s and so on find one under way.
    begun = [at_s for at_s, _ in told(found, "release_begins")]
    assert begun == [700.0, 2_100.0, 3_500.0, 4_900.0]
    assert len(told(found, "version_dropped")) == 4
