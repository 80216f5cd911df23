"""Features come in their forms, and their means wander as they are said to."""

from math import exp, sqrt
from statistics import NormalDist

import numpy as np
import pytest

from simulator.kernel.streams import Streams
from simulator.world import WorldSpec
from simulator.world.wandering import STEPS

LOOKS, SEPARATION, POSITIVES = 20_000, 1.5, 0.4
CUTS = {"kind": "categorical", "shares": [5.0, 3.0, 1.5, 0.5]}


def world_of(replication=0, **features):
    spec = {"positives": POSITIVES, "separation": SEPARATION, "features": features}
    return WorldSpec.model_validate(spec | {"models": {"m": {}}}).start(Streams(1, replication))


def looked(world, at_s=0.0):
    sights = [world.look(number, at_s) for number in range(LOOKS)]
    truth = np.array([each.is_positive for each in sights])
    scores = np.array([world.models["m"].score(each) for each in sights])
    return truth, np.array([each.features for each in sights]), scores


def about(expected, n):
    return pytest.approx(expected, abs=3.9 * np.sqrt(expected * (1 - expected) / n))


def test_categories_are_as_frequent_as_they_are_said_to_be():
    world = world_of(country={"form": CUTS})
    truth, features, _ = looked(world)
    seen = world.values(features)[:, 0]
    for category, share in enumerate([0.5, 0.3, 0.15, 0.05]):
        assert (seen[~truth] == category).mean() == about(share, (~truth).sum())
    assert features[~truth].mean() == pytest.approx(0.0, abs=0.04)
    assert features[~truth].var() == pytest.approx(1.0, abs=0.05)


def test_a_category_tells_what_is_left_of_the_number_behind_it():
    """The area under the ROC curve of ranges of a normal number, summed up over the ranges."""
    truth, _, scores = looked(world_of(country={"form": CUTS}))
    edges = [-np.inf, *(NormalDist().inv_cdf(share) for share in (0.5, 0.8, 0.95)), np.inf]
    below = np.diff([NormalDist().cdf(each) for each in edges])
    above = np.diff([NormalDist(SEPARATION).cdf(each) for each in edges])
    expected = sum(above[i] * (below[:i].sum() + below[i] / 2) for i in range(4))
    parts = [
        (np.count_nonzero(scores[truth] == code) / truth.sum(), (scores[~truth] < code).mean())
        for code in np.unique(scores)
    ]
    ties = [(scores[~truth] == code).mean() for code in np.unique(scores)]
    found = sum(part * (less + tie / 2) for (part, less), tie in zip(parts, ties, strict=True))
    assert found == pytest.approx(expected, abs=3.9 * 0.5 / sqrt(LOOKS))


@pytest.mark.parametrize(
    ("form", "median", "far"),
    [
        ({"kind": "lognormal", "median": 20.0, "cv": 2.0}, 20.0, None),
        ({"kind": "pareto", "least": 5.0, "exponent": 1.5}, 5.0 * 2 ** (1 / 1.5), 5.0),
    ],
)
def test_heavy_tailed_values_are_seen_and_models_take_what_is_behind(form, median, far):
    plain, heavy = world_of(amount={}), world_of(amount={"form": form})
    truth, features, scores = looked(heavy)
    assert np.array_equal(scores, looked(plain)[2])
    values = heavy.values(features)[:, 0]
    assert np.median(values[~truth]) == pytest.approx(median, rel=0.05)
    if far is not None:  # ten times the least is so much rarer
        assert (values[~truth] > 10 * far).mean() == about(10**-1.5, (~truth).sum())
    else:
        sigma = sqrt(np.log(1 + 4))
        assert np.log(values[~truth]).std() == pytest.approx(sigma, rel=0.03)


def test_other_users_come_from_other_countries():
    """A shift of the number behind a category makes other categories frequent."""
    moved = {"kind": "covariate", "feature": "country", "by": 1.0}
    moved["when"] = {"kind": "sudden", "from": "0s"}
    spec = {"positives": 0.0, "separation": 1.0, "features": {"country": {"form": CUTS}}}
    world = WorldSpec.model_validate(spec | {"drifts": [moved]}).start(Streams(1, 0))
    features = np.array([world.look(number, 1.0).features for number in range(LOOKS)])
    last = (world.values(features)[:, 0] == 3).mean()
    assert last == about(1 - NormalDist().cdf(NormalDist().inv_cdf(0.95) - 1.0), LOOKS)


# -- wandering means ---------------------------------------------------------------------------

HOUR_S = 3600.0
WANDER = {"wander": {"part": 0.3, "correlation_time": HOUR_S}}


def test_a_mean_wanders_about_with_its_correlation_time():
    """Independent means every 20 hours; what they are an hour later has the correlation 1/e."""
    world = world_of(amount=WANDER)
    at_s = np.arange(0, 1500) * 20 * HOUR_S
    now, later = [], []
    for each_s in at_s:
        world.look(0, float(each_s))
        now.append(world._means[0])
        world.look(0, float(each_s) + HOUR_S)
        later.append(world._means[0])
    assert np.var(now) == pytest.approx(0.3, rel=0.15)
    assert np.corrcoef(now, later)[0, 1] == pytest.approx(exp(-1), abs=3.9 * 0.87 / sqrt(1500))


def test_over_a_long_time_a_wandering_feature_has_variance_1():
    world = world_of(amount=WANDER)
    sights = [world.look(number, number * HOUR_S) for number in range(8000)]
    values = [each.features[0] for each in sights if not each.is_positive]
    assert np.var(values) == pytest.approx(1.0, abs=0.1)


def test_where_a_mean_is_does_not_depend_on_who_looked_before():
    often, once = world_of(amount=WANDER), world_of(amount=WANDER)
    for step in range(100):
        often.look(3, step * HOUR_S / STEPS / 3)
    assert often.look(3, 5 * HOUR_S) == once.look(3, 5 * HOUR_S)


def test_requests_of_an_hour_tell_less_of_the_mean_than_independent_ones():
    """Of a mean over n requests at once the variance is part + (1 - part) / n."""
    n = 100
    means = []
    for replication in range(300):
        world = world_of(replication, amount=WANDER | {"weight": 1e-3}, other={})
        seen = [world.look(number, 0.0).features[0] for number in range(n)]
        means.append(np.mean(seen))
    assert np.var(means) == pytest.approx(0.3 + 0.7 / n, rel=0.35)
