"""A model is as good as what it was trained on."""

from math import cos, inf, radians, sqrt

import numpy as np
import pytest

from simulator.kernel.streams import Streams
from simulator.stats import theory
from simulator.world import WorldSpec
from simulator.world.learning import discriminant, estimated
from simulator.world.models import ModelSpec
from simulator.world.training import TooFew, TrainingSpec

POSITIVES, SEPARATION = 0.3, 2.0
WEIGHTS = [0.6, 0.8, 0.0, 0.0]
DAY_S = 86_400.0


def world_of(positives=POSITIVES, replication=0, **told):
    names = ["amount", "velocity", "age", "country"]
    features = {name: {"weight": each} for name, each in zip(names, WEIGHTS, strict=True)}
    spec = {"positives": positives, "separation": SEPARATION, "features": features}
    spec = WorldSpec.model_validate(spec | {"models": {"old": {"alarms": 0.2}}} | told)
    world = spec.start(Streams(1, replication))
    world.keep_features()
    return world


def seen(world, many, step_s=1.0):
    """So many predictions, one after the other."""
    reading, model = world.reading(0.0, {}, ()), world.models["old"]
    for number in range(many):
        world.predict(number, number * step_s, model, reading)
    return world.predictions.since(0)


def left_of(learned, world, at_s=0.0):
    """The separation that a model has in truth."""
    weights = learned.weights
    spread = sqrt(weights @ world.spec.correlations() @ weights)
    return float(weights @ world.spec.shifts_at(at_s)) / spread


@pytest.mark.parametrize("knows_spread", [True, False])
@pytest.mark.parametrize(("negatives", "positives"), [(50, 50), (980, 20)])
def test_a_sample_leaves_the_separation_that_theory_says(negatives, positives, knows_spread):
    """To first order in what the means are off, which is a few percent here."""
    rng, features = np.random.default_rng(1), 5
    apart, spread = np.eye(features)[0] * SEPARATION, np.eye(features)
    found = []
    for _ in range(400):
        low, high, seen_spread = estimated(rng, negatives, positives, apart, spread)
        weights, _ = discriminant(low, high, spread if knows_spread else seen_spread)
        found.append(weights @ apart / sqrt(weights @ weights))
    left = theory.separation_of_sample(SEPARATION, features, negatives, positives, knows_spread)
    assert np.mean(found) == pytest.approx(left, rel=0.02)


def test_a_model_of_few_data_is_as_far_off_as_one_that_was_trained_on_so_many():
    spec = ModelSpec(data=60)
    left = []
    for replication in range(300):
        world = world_of(replication=replication)
        rng = np.random.default_rng(replication)
        left.append(left_of(spec.learn(world.spec, rng), world))
    expected = theory.separation_of_sample(SEPARATION, 4, 42, 18)
    assert np.mean(left) == pytest.approx(expected, rel=0.02)


def test_a_model_of_few_data_thinks_too_much_of_itself():
    world = world_of()
    learned = [ModelSpec(data=20).learn(world.spec, np.random.default_rng(i)) for i in range(200)]
    assert np.mean([each.separation for each in learned]) > SEPARATION + 0.2
    assert np.mean([left_of(each, world) for each in learned]) < SEPARATION - 0.2


def test_trained_on_all_that_was_seen_it_is_as_good_as_theory_says():
    world = world_of()
    rows = seen(world, 3000)
    learned = TrainingSpec().fit(rows, now_s=inf)
    assert left_of(learned, world) == pytest.approx(SEPARATION, rel=0.01)
    assert learned.separation == pytest.approx(SEPARATION, abs=0.15)
    assert learned.positives == pytest.approx(POSITIVES, abs=0.04)


def test_the_new_version_answers_as_well_as_the_best():
    world = world_of()
    rows = seen(world, 5000)
    learned = TrainingSpec(alarms=0.2).fit(rows, now_s=1e9)
    new = world.add("new", ModelSpec(), learned)
    reading = world.reading(0.0, {}, ())
    first = len(world.predictions)
    for number in range(5000, 15_000):
        world.predict(number, 5000.0, new, reading)
    rows = world.predictions.since(first)
    assert world.predictions.names[rows.version[0]] == "new"
    assert rows.said.mean() == pytest.approx(0.2, abs=0.02)
    threshold = theory.threshold_for_alarms(0.2, POSITIVES, SEPARATION)
    caught, _ = theory.caught_and_false(SEPARATION, threshold)
    assert rows.said[rows.is_positive].mean() == pytest.approx(caught, abs=0.03)


def test_two_versions_cannot_have_one_name():
    world = world_of()
    with pytest.raises(ValueError, match="already"):
        world.add("old", ModelSpec(), world.models["old"].learned)


def test_a_model_says_how_likely_a_positive_is_and_is_right_about_it():
    rows = seen(world_of(), 20_000)
    for low in np.arange(0, 1, 0.2):
        inside = (rows.probability >= low) & (rows.probability < low + 0.2)
        error = 3.9 * sqrt(0.25 / inside.sum())
        assert rows.is_positive[inside].mean() == pytest.approx(
            rows.probability[inside].mean(), abs=error
        )


def test_wrong_labels_pull_the_classes_together():
    """Of labels of which a part is wrong, the means are mixtures (closed form below)."""
    wrong = 0.2
    rows = seen(world_of(labels={"wrong": wrong}), 20_000)
    learned = TrainingSpec(dependence="none").fit(rows, now_s=inf)
    of_high = POSITIVES * (1 - wrong) / (POSITIVES * (1 - wrong) + (1 - POSITIVES) * wrong)
    of_low = POSITIVES * wrong / (POSITIVES * wrong + (1 - POSITIVES) * (1 - wrong))
    share = POSITIVES * (1 - wrong) + (1 - POSITIVES) * wrong
    assert learned.positives == pytest.approx(share, abs=0.015)
    shifts = SEPARATION * np.array(WEIGHTS)
    mixed = share * of_high * (1 - of_high) + (1 - share) * of_low * (1 - of_low)
    apart, spread = (of_high - of_low) * shifts, 1 + mixed * shifts**2
    expected = sqrt(float((apart**2 / spread).sum()))
    assert learned.separation == pytest.approx(expected, abs=0.06)


def test_of_what_was_let_pass_a_model_learns_a_world_without_those_caught():
    rows = seen(world_of(labels={"of": "passes"}), 20_000)
    known = rows.known_by(1e9)
    assert not known.said.any()
    learned = TrainingSpec().fit(rows, now_s=1e9)
    threshold = theory.threshold_for_alarms(0.2, POSITIVES, SEPARATION)
    caught, _ = theory.caught_and_false(SEPARATION, threshold)
    passed = POSITIVES * (1 - caught) / 0.8
    assert learned.positives == pytest.approx(passed, abs=0.015)
    assert learned.separation < SEPARATION - 0.4


DELAYED = {"labels": {"delay": {"kind": "exponential", "mean": DAY_S}}, "positives": 0.2}


@pytest.mark.parametrize(
    ("unlabeled", "expected"),
    [("weighted", 0.2), ("negative", 0.2 * (1 - (1 - np.exp(-5.0)) / 5))],
)
def test_late_labels_are_made_good_for_by_weights_or_taken_for_negatives(unlabeled, expected):
    """Over the last five days positives come in exponentially, a day late on average."""
    labels = DELAYED["labels"] | {"window": 1e9}
    rows = seen(world_of(**DELAYED | {"labels": labels}), 20_000, step_s=5 * DAY_S / 20_000)
    learned = TrainingSpec(unlabeled=unlabeled, matures_after=4 * DAY_S).fit(rows, 5 * DAY_S)
    assert learned.positives == pytest.approx(expected, abs=0.015)


def test_what_is_not_known_yet_is_left_out():
    rows = seen(world_of(**DELAYED), 20_000, step_s=5 * DAY_S / 20_000)
    learned = TrainingSpec().fit(rows, now_s=5 * DAY_S)
    assert learned.positives == pytest.approx(0.2, abs=0.015)


def test_a_model_trained_before_the_world_turned_has_lost_what_theory_says():
    turn = {"kind": "concept", "towards": "age", "degrees": 60}
    turn["when"] = {"kind": "sudden", "from": "20000s"}
    world = world_of(drifts=[turn])
    old = TrainingSpec().fit(seen(world, 10_000), now_s=10_000.0)
    assert left_of(old, world, 0.0) == pytest.approx(SEPARATION, rel=0.01)
    left = theory.separation_left(SEPARATION, turned=radians(60))
    assert left_of(old, world, 2e4) == pytest.approx(left, abs=0.1)
    assert left == pytest.approx(SEPARATION * cos(radians(60)))


def test_nothing_is_learned_from_too_few_labels():
    rows = seen(world_of(positives=0.0), 50)
    with pytest.raises(TooFew):
        TrainingSpec().fit(rows, now_s=inf)


def test_old_data_are_left_out():
    more = {"kind": "label", "positives": 0.6, "when": {"kind": "sudden", "from": "5000s"}}
    rows = seen(world_of(drifts=[more]), 10_000)
    learned = TrainingSpec(window=4000.0).fit(rows, now_s=10_000.0)
    assert learned.positives == pytest.approx(0.6, abs=0.04)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"models": {"m": {"auc": 0.95}}}, "'m' cannot have an auc of 0.95"),
        ({"models": {"m": {"auc": 0.8, "skill": 0.5}}}, "either auc or skill"),
        ({"models": {"m": {"reads": ["age"]}}}, "'m' reads nothing that tells positives"),
        ({"models": {"m": {"reads": ["agee"]}}}, "'m' reads 'agee', which is no feature"),
        ({"correlated": [{"features": ["age", "amount", "velocity"], "by": -0.6}]}, "cannot all"),
        ({"correlated": [{"features": ["age", "age"], "by": 0.6}]}, "stands twice"),
        ({"correlated": [{"features": ["age", "size"], "by": 0.6}]}, "no feature 'size'"),
    ],
)
def test_models_and_features_that_cannot_be_are_refused(told, said):
    with pytest.raises(ValueError, match=said):
        world_of(**told)


def test_the_area_under_the_curve_may_be_given_in_place_of_skill():
    world = world_of(models={"old": {"auc": 0.85}})
    assert world.models["old"].learned.separation == pytest.approx(theory.separation_of_auc(0.85))


def test_correlated_features_tell_less_or_more_together_and_the_best_model_knows():
    """Both features are shifted alike; what they have in common tells nothing twice."""
    pair = {"features": {"a": {}, "b": {}}, "separation": 2.0, "positives": 0.5}
    pair |= {"correlated": [{"features": ["a", "b"], "by": 0.5}]}
    spec = WorldSpec.model_validate(pair | {"models": {"both": {}, "one": {"reads": ["a"]}}})
    world = spec.start(Streams(1, 0))
    sights = [world.look(number, 0.0) for number in range(20_000)]
    truth = np.array([each.is_positive for each in sights])
    features = np.array([each.features for each in sights])
    assert np.corrcoef(features[~truth].T)[0, 1] == pytest.approx(0.5, abs=0.03)
    shift = 2.0 / sqrt(2 / (1 + 0.5))  # of each: the squared distance is 2 s^2 / (1 + r)
    for name, expected in (("both", 2.0), ("one", shift)):
        model = world.models[name]
        scores = np.array([model.score(each) for each in sights])
        assert model.learned.separation == pytest.approx(expected)
        found = scores[truth].mean() - scores[~truth].mean()
        assert found == pytest.approx(expected, abs=3.9 * 2 / sqrt(20_000))
