"""Labels come when, and of whom, they are said to."""

from math import inf

import numpy as np
import pytest

from simulator.kernel.streams import Streams
from simulator.world import WorldSpec
from simulator.world.labels import Labels, LabelsSpec

MANY = 20_000


def labels(**told):
    return Labels(LabelsSpec.model_validate(told), Streams(1, 0))


def within(share, expected):
    return abs(share - expected) < 3.9 * np.sqrt(expected * (1 - expected) / MANY)


def test_labels_are_known_at_once_if_nothing_is_said():
    assert labels().known_s(3, 7.0, said=True, is_positive=False) == 7.0


def test_positives_come_by_the_delay_and_negatives_are_known_at_the_end_of_the_window():
    some = labels(delay={"kind": "exponential", "mean": 10.0}, window=25.0)
    positives = np.array([some.known_s(i, 100.0, False, is_positive=True) for i in range(MANY)])
    assert within((positives > 125.0).mean(), np.exp(-2.5))
    assert all(some.known_s(i, 100.0, False, is_positive=False) == 125.0 for i in range(100))


def test_the_delay_of_a_request_is_its_own_whenever_it_is_asked_about():
    some, same = (labels(delay={"kind": "exponential", "mean": 10.0}) for _ in range(2))
    later = [some.known_s(i, 50.0, True, True) - 50.0 for i in (9, 3, 9)]
    assert later == pytest.approx([same.known_s(i, 0.0, False, True) for i in (9, 3, 9)])


@pytest.mark.parametrize("said", [True, False])
def test_what_was_decided_may_hide_the_truth(said):
    for of, shown in (("all", True), ("alarms", said), ("passes", not said)):
        known_s = labels(of=of).known_s(1, 5.0, said, is_positive=True)
        assert known_s == (5.0 if shown else inf)


@pytest.mark.parametrize("shadow_first", [True, False])
def test_of_a_shadow_the_truth_comes_out_by_what_was_decided(shadow_first):
    """The challenger takes everybody for positive; known is who the champion let pass."""
    spec = {"positives": 0.3, "separation": 2.0, "features": {"a": {}}}
    spec |= {"models": {"champion": {"alarms": 0.4}, "challenger": {"threshold": -9.0}}}
    spec |= {"labels": {"of": "passes", "delay": 5.0}}
    world = WorldSpec.model_validate(spec).start(Streams(1, 0))
    champion, challenger = world.models.values()
    pair = [(champion, False), (challenger, True)]
    reading = world.reading(0.0, {}, ())
    for number in range(500):
        for model, is_shadow in reversed(pair) if shadow_first else pair:
            world.predict(number, float(number), model, reading, is_shadow)
    rows = world.predictions.since(0)
    shadows, decisions = rows.chosen(rows.is_shadow), rows.chosen(~rows.is_shadow)
    assert shadows.said.all()
    assert np.array_equal(shadows.known_s, decisions.known_s)
    assert np.array_equal(shadows.known_s == inf, decisions.said)
    assert not shadows.usd.any()


def test_of_some_the_truth_never_comes_out():
    some = labels(ratio=0.3)
    known = [some.known_s(i, 0.0, True, True) < inf for i in range(MANY)]
    assert within(np.mean(known), 0.3)


def test_some_labels_are_wrong():
    some = labels(wrong=0.1)
    assert within(np.mean([some.says(i, True) for i in range(MANY)]), 0.9)
    assert within(np.mean([some.says(i, False) for i in range(MANY)]), 0.1)
