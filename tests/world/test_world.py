"""What is seen of the world agrees with the closed forms of what a model can make of it."""

from math import cos, radians

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.kernel.streams import BLOCK, Streams
from simulator.stats import theory
from simulator.world import WorldSpec, requests

LOOKS = 20_000
POSITIVES = 0.4
SEPARATION = 2.0
WEIGHTS = {"amount": 0.6, "velocity": 0.8}


def spec(drifts=(), features=None, **models):
    given = {name: {"weight": weight} for name, weight in WEIGHTS.items()}
    given["velocity"]["correlation_time"] = "60s"
    return WorldSpec.model_validate(
        {
            "positives": POSITIVES,
            "separation": SEPARATION,
            "features": given | (features or {}),
            "drifts": list(drifts),
            "models": {"model": {}} | models,
        }
    )


def seen(some, at_s=0.0, model="model", reading=None, looks=LOOKS):
    """Truth and score of many requests, shapes ``(looks,)``."""
    world = some.start(Streams(1, 0))
    how = (world.reading(*reading),) if reading else ()
    sights = [world.look(number, at_s, *how) for number in range(looks)]
    scores = np.array([world.models[model].score(each) for each in sights])
    return np.array([each.is_positive for each in sights]), scores


def separation_of(truth, scores):
    """As it is estimated, and its standard error."""
    spread = np.sqrt((scores[truth].var() + scores[~truth].var()) / 2)
    error = np.sqrt(1 / truth.sum() + 1 / (~truth).sum())
    return (scores[truth].mean() - scores[~truth].mean()) / spread, error * 1.3


def assert_separates(found, expected):
    value, error = separation_of(*found)
    assert abs(value - expected) < 3.9 * error


CONCEPT = {"kind": "concept", "towards": "amount", "degrees": 50, "when": {"kind": "sudden"}}
CONCEPT["when"]["from"] = "100s"


def test_as_many_are_positive_as_it_says():
    truth, _ = seen(spec())
    assert truth.mean() == pytest.approx(POSITIVES, abs=3.9 * np.sqrt(0.24 / LOOKS))


def test_the_best_model_separates_as_far_as_can_be():
    assert_separates(seen(spec()), SEPARATION)


def test_a_model_of_some_skill_keeps_that_part_of_the_separation():
    some = spec(poor={"skill": 0.7})
    assert_separates(seen(some, model="poor"), theory.separation_left(SEPARATION, skill=0.7))


def test_a_model_loses_what_the_world_has_turned_away_from():
    left = theory.separation_left(SEPARATION, turned=radians(50))
    assert left == pytest.approx(SEPARATION * cos(radians(50)))
    assert_separates(seen(spec([CONCEPT]), at_s=150.0), left)


def test_a_model_that_was_trained_after_the_turn_has_lost_nothing():
    some = spec([CONCEPT], new={"trained_at": "101s"})
    assert_separates(seen(some, at_s=150.0, model="new"), SEPARATION)


def test_before_it_turns_the_new_model_is_as_far_off_as_the_old_one_will_be():
    some = spec([CONCEPT], new={"trained_at": "101s"})
    left = theory.separation_left(SEPARATION, turned=radians(50))
    assert_separates(seen(some, at_s=50.0, model="new"), left)


def test_old_features_tell_less():
    kept = [1.0, np.exp(-0.5)]
    left = theory.separation_left(SEPARATION, weights=[*WEIGHTS.values()], kept=kept)
    assert_separates(seen(spec(), reading=(30.0, {}, ())), left)


def test_a_feature_may_be_older_than_others():
    assert_separates(seen(spec(), reading=(1e9, {"velocity": 0.0}, ())), SEPARATION)


def test_a_missing_feature_tells_nothing_and_leaves_less_noise():
    left = theory.separation_left(SEPARATION, weights=[*WEIGHTS.values()], kept=[1.0, 0.0])
    assert_separates(seen(spec(), reading=(0.0, {}, ("velocity",))), left)


def test_a_feature_that_breaks_is_missing_from_then_on():
    broken = {"kind": "broken_feature", "feature": "velocity"}
    some = spec([broken | {"when": {"kind": "sudden", "from": "10s"}}])
    left = theory.separation_left(SEPARATION, weights=[*WEIGHTS.values()], kept=[1.0, 0.0])
    assert_separates(seen(some, at_s=5.0), SEPARATION)
    assert_separates(seen(some, at_s=10.0), left)


def test_a_feature_that_breaks_for_a_part_is_its_default_for_that_part():
    broken = {"kind": "broken_feature", "feature": "velocity", "ratio": 0.25}
    some = spec([broken | {"when": {"kind": "sudden", "from": "0s"}}])
    world = some.start(Streams(1, 0))
    missing = np.mean([world.look(number, 1.0).features[1] == 0.0 for number in range(LOOKS)])
    assert missing == pytest.approx(0.25, abs=3.9 * np.sqrt(0.1875 / LOOKS))


def test_other_users_raise_alarms_and_leave_the_separation_as_it_is():
    moved = {"kind": "covariate", "feature": "velocity", "by": 1.0}
    some = spec([moved | {"when": {"kind": "sudden", "from": "10s"}}])
    threshold = some.start(Streams(1, 0)).models["model"].threshold
    for at_s, shift in ((5.0, 0.0), (10.0, WEIGHTS["velocity"])):
        truth, scores = seen(some, at_s)
        assert_separates((truth, scores), SEPARATION)
        _, false = theory.caught_and_false(SEPARATION, threshold - shift)
        negatives = (~truth).sum()
        error = np.sqrt(false * (1 - false) / negatives)
        assert abs((scores[~truth] > threshold).mean() - false) < 3.9 * error


def test_a_model_trained_on_the_other_users_takes_them_for_granted():
    moved = {"kind": "covariate", "feature": "velocity", "by": 1.0}
    some = spec([moved | {"when": {"kind": "sudden", "from": "0s"}}], new={"trained_at": "1s"})
    world = some.start(Streams(1, 0))
    model = world.models["new"]
    answers = [model.score(world.look(i, 2.0)) > model.threshold for i in range(LOOKS)]
    assert np.mean(answers) == pytest.approx(POSITIVES, abs=3.9 * np.sqrt(0.24 / LOOKS))


def test_more_positives_look_as_before():
    more = {"kind": "label", "positives": 0.6, "when": {"kind": "gradual"}}
    more["when"] |= {"from": "0s", "until": "100s"}
    truth, scores = seen(spec([more]), at_s=50.0)
    assert truth.mean() == pytest.approx(0.5, abs=3.9 * 0.5 / np.sqrt(LOOKS))
    assert_separates((truth, scores), SEPARATION)


def test_a_threshold_lets_as_many_alarms_through_as_the_model_was_meant_to_raise():
    some = spec(strict={"alarms": "10%", "skill": 0.8})
    _, scores = seen(some, model="strict")
    threshold = some.start(Streams(1, 0)).models["strict"].threshold
    assert (scores > threshold).mean() == pytest.approx(0.1, abs=3.9 * 0.3 / np.sqrt(LOOKS))


# -- every request is the same one to everybody ------------------------------------------------


def test_a_request_is_the_same_however_often_and_in_which_order_it_is_looked_at():
    world, other = (spec().start(Streams(1, 0)) for _ in range(2))
    numbers = [7, 3, 7, 9000, 3]
    ordered = {number: other.look(number, 0.0) for number in sorted(numbers)}
    assert all(world.look(number, 0.0) == ordered[number] for number in numbers)


def test_a_request_that_was_out_of_sight_for_long_is_still_the_same(monkeypatch):
    monkeypatch.setattr(requests, "MOST_BLOCKS", 2)
    world = spec().start(Streams(1, 0))
    first = world.look(5, 0.0)
    for block in range(1, 4):
        world.look(block * BLOCK, 0.0)
    assert world.look(5, 0.0) == first


def test_one_feature_more_changes_nothing_about_the_others():
    plain = spec().start(Streams(1, 0))
    richer = spec(features={"idle": {"weight": 0.0}}).start(Streams(1, 0))
    for number in range(100):
        few, many = plain.look(number, 0.0), richer.look(number, 0.0)
        assert few.is_positive == many.is_positive
        assert many.features[:2] == pytest.approx(few.features)


WHEN = {"kind": "sudden", "from": "1s"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"features": {"a": {"weight": 0}}}, "weight above 0"),
        (
            {"drifts": [{"kind": "covariate", "feature": "speed", "by": 1, "when": WHEN}]},
            "no feature 'speed'",
        ),
        (
            {
                "features": {"a": {}},
                "drifts": [{"kind": "concept", "towards": "a", "degrees": 9, "when": WHEN}],
            },
            "differ by nothing else",
        ),
        ({"models": {"m": {"alarms": 0.1, "threshold": 1.0}}}, "either alarms or threshold"),
    ],
)
def test_what_cannot_be_is_refused(change, said):
    with pytest.raises(ValidationError, match=said):
        WorldSpec.model_validate(
            {"positives": 0.1, "separation": 2.0, "features": {"a": {}, "b": {}}} | change
        )
