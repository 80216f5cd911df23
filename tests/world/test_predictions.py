"""The log gives back what was put in, to whoever asks for it by time, by request or by label."""

from itertools import pairwise
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.world.predictions import HARMS, LABEL, POSITIVE, SAID, SHADOW, Predictions

FLAGS = {"said": SAID, "is_positive": POSITIVE, "label": LABEL, "harms": HARMS}
FLAGS |= {"is_shadow": SHADOW}
delays = st.sampled_from([0.0, 0.5, 2.0, 30.0, inf])
answers = st.lists(st.tuples(st.integers(0, 9), delays, st.integers(0, 31)), max_size=40)


def log_of(answers, features=0):
    """A log with an answer each second."""
    log = Predictions()
    if features:
        log.keep_features(features)
    for at_s, (number, delay_s, flags) in enumerate(answers):
        seen = [float(number)] * 3
        row = log.note(
            float(at_s), number, 0, 0.25 * number, 0.5, at_s + delay_s, -1.5, flags, seen
        )
        assert row == at_s
    return log


@given(answers, st.integers(0, 40))
def test_every_row_from_a_place_on_is_given_back_as_it_was_noted(answers, row):
    rows = log_of(answers).since(row)
    expected = answers[row:]
    assert len(rows) == len(expected)
    assert rows.number.tolist() == [number for number, *_ in expected]
    assert rows.score.tolist() == [0.25 * number for number, *_ in expected]
    assert (rows.known_s - rows.at_s).tolist() == [delay for _, delay, _ in expected]
    for name, bit in FLAGS.items():
        assert getattr(rows, name).tolist() == [bool(flags & bit) for *_, flags in expected]


@given(answers, st.floats(0, 50), st.floats(0, 50))
def test_each_label_comes_in_between_exactly_two_looks(answers, one_s, other_s):
    log = log_of(answers)
    first_s, second_s = sorted((one_s, other_s))
    looks = [0.0, first_s, second_s, 1e9]
    found = [log.known_between(*pair) for pair in pairwise(looks)]
    numbers = sorted(number for rows in found for number in rows.number.tolist())
    assert numbers == sorted(number for number, delay, _ in answers if delay < inf)
    assert all((rows.known_s < until).all() for rows, until in zip(found, looks[1:], strict=True))


def test_rows_of_answers_that_are_too_old_are_left_out():
    log = log_of([(1, 5.0, 0), (2, 5.0, 0), (3, 5.0, 0)])
    assert log.known_between(0.0, 100.0, since_s=1.0).number.tolist() == [2, 3]
    assert log.between(1.0, 2.0).number.tolist() == [2]


def test_the_log_can_grow_while_somebody_keeps_rows():
    log = log_of([(1, 0.0, SAID)])
    rows = log.since(0)
    log.note(1.0, 2, 0, 0.0, 0.5, 1.0, 0.0, 0, [])
    assert len(rows) == 1
    assert len(log.since(0)) == 2


def test_rows_are_joined_with_requests_and_known_by_an_instant():
    rows = log_of([(1, 0.0, 0), (2, 9.0, 0), (1, 0.0, 0), (7, 0.0, 0)]).since(0)
    assert rows.about([1, 7]).number.tolist() == [1, 1, 7]
    assert rows.known_by(3.0).number.tolist() == [1, 1, 7]
    assert rows.chosen(slice(1, 2)).at_s.tolist() == [1.0]


def test_features_are_kept_if_asked_for_in_time():
    assert log_of([(4, 0.0, 0)]).since(0).features.shape == (1, 0)
    kept = log_of([(4, 0.0, 0), (5, 0.0, 0)], features=3)
    assert np.array_equal(kept.since(1).features, [[5.0, 5.0, 5.0]])
    with pytest.raises(RuntimeError, match="ask before"):
        kept.keep_features(3)
