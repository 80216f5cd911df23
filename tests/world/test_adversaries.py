"""Positives turn away from what catches them, as often as they are caught."""

from math import cos, degrees, radians

import numpy as np
import pytest

from simulator.kernel.streams import Streams
from simulator.stats import theory
from simulator.world import WorldSpec
from simulator.world.models import ModelSpec
from simulator.world.training import TrainingSpec

SEPARATION, POSITIVES, DEGREES, AFTER = 3.0, 0.5, 80.0, 200.0


def world_of(**adversaries):
    told = {"towards": "device", "degrees": DEGREES, "after": AFTER} | adversaries
    features = {"amount": {"weight": 1.0}, "device": {"weight": 0.0}}
    spec = {"positives": POSITIVES, "separation": SEPARATION, "features": features}
    spec |= {"models": {"old": {}}, "adversaries": told}
    world = WorldSpec.model_validate(spec).start(Streams(1, 0))
    world.keep_features()
    return world


def watch(world, numbers, model="old", is_shadow=False):
    """The rows of these requests."""
    first, reading = len(world.predictions), world.reading(0.0, {}, ())
    for number in numbers:
        world.predict(number, float(number), world.models[model], reading, is_shadow)
    return world.predictions.since(first)


def test_they_go_a_part_of_the_way_for_each_that_is_caught():
    world = world_of()
    rows = watch(world, range(500))
    hits = int((rows.said & rows.is_positive).sum())
    expected = DEGREES * (1 - (1 - 1 / AFTER) ** hits)
    assert degrees(world._adversaries.angle) == pytest.approx(expected)


def test_what_the_model_catches_in_the_end_is_what_theory_leaves_it():
    world = world_of()
    watch(world, range(20_000))
    rows = watch(world, range(20_000, 30_000))
    threshold = theory.threshold_for_alarms(POSITIVES, POSITIVES, SEPARATION)
    left = theory.separation_left(SEPARATION, turned=radians(DEGREES))
    caught, _ = theory.caught_and_false(left, threshold)
    recall = rows.said[rows.is_positive].mean()
    error = 3.9 * np.sqrt(caught * (1 - caught) / rows.is_positive.sum())
    assert recall == pytest.approx(caught, abs=error)
    assert left == pytest.approx(SEPARATION * cos(radians(DEGREES)))


def test_a_model_that_only_looks_on_teaches_them_nothing():
    world = world_of()
    watch(world, range(2000), is_shadow=True)
    assert world._adversaries.angle == 0.0


def test_a_model_that_follows_them_makes_them_turn_back():
    world = world_of()
    watch(world, range(4000))
    recent = watch(world, range(4000, 8000))
    learned = TrainingSpec().fit(recent, now_s=1e9)
    world.add("new", ModelSpec(), learned)
    soon = watch(world, range(8000, 8100), "new")
    watch(world, range(8100, 16_000), "new")
    late = watch(world, range(16_000, 20_000), "new")
    assert soon.said[soon.is_positive].mean() > 0.8
    assert late.said[late.is_positive].mean() < 0.5
    assert world._adversaries.angle < radians(10)
    again = watch(world, range(20_000, 20_050), "old")
    assert again.said[again.is_positive].mean() > 0.8


def test_they_need_another_feature_to_turn_to():
    with pytest.raises(ValueError, match="no feature 'phone'"):
        world_of(towards="phone")
    with pytest.raises(ValueError, match="differ by nothing else"):
        world_of(towards="amount")
