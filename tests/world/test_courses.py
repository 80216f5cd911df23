"""How much of a change has come about, and until when that may be taken for the same."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.world.courses import Gradual, Seasonal, Sudden, courses

INSTANTS = st.floats(-1000, 1000)
COURSES = [
    Sudden.model_validate({"from": 10.0}),
    Sudden.model_validate({"from": 10.0, "until": 20.0}),
    Gradual.model_validate({"from": 10.0, "until": 110.0}),
    Seasonal(period=60.0),
]
each_course = pytest.mark.parametrize("course", COURSES, ids=lambda course: course.kind)


def test_what_comes_suddenly_is_there_from_one_instant_to_another():
    course = COURSES[1]
    assert [course.part(at_s) for at_s in (9.9, 10.0, 19.9, 20.0)] == [0, 1, 1, 0]


def test_what_comes_by_and_by_is_half_there_in_the_middle():
    assert [COURSES[2].part(at_s) for at_s in (0.0, 60.0, 110.0, 500.0)] == [0, 0.5, 1, 1]


@given(INSTANTS)
def test_a_season_comes_again_after_its_period(at_s):
    course = Seasonal(period=60.0)
    assert course.part(at_s + 60.0) == pytest.approx(course.part(at_s), abs=1e-9)
    assert course.part(0.0) == 0
    assert course.part(30.0) == pytest.approx(1)


@each_course
@given(INSTANTS, st.floats(0, 1, exclude_max=True))
def test_a_part_may_be_taken_for_the_same_as_long_as_it_is_said(course, at_s, share):
    until_s = course.steady_until(at_s)
    assert until_s > at_s
    between_s = at_s + share * (min(until_s, at_s + 5000.0) - at_s)
    if between_s < until_s:
        assert course.part(between_s) == pytest.approx(course.part(at_s), abs=0.002)


def test_nothing_changes_any_more_when_all_of_it_has_come():
    assert Gradual.model_validate({"from": 1.0, "until": 2.0}).steady_until(3.0) == inf
    assert Sudden.model_validate({"from": 1.0}).steady_until(3.0) == inf


@pytest.mark.parametrize("kind", ["sudden", "gradual"])
def test_what_ends_before_it_begins_is_refused(kind):
    with pytest.raises(ValidationError, match="must be after from"):
        courses.validate({"kind": kind, "from": "2s", "until": "1s"})
