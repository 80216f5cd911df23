"""Shedding policies by themselves: when waits are too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.policies.shedding import Codel, ControlledDelay
from simulator.stats import theory

TARGET_S, INTERVAL_S = 0.005, 0.1
MOMENT_S = 1e-6
MANY = 10


def standing(shedder, until_s, first_s=0.0, step_s=0.001):
    """When calls are dropped that all have waited too long, one being next in every step."""
    steps = range(round((until_s - first_s) / step_s) + 1)
    at_s = [first_s + step * step_s for step in steps]
    return [now_s for now_s in at_s if shedder.drops(now_s, 2 * TARGET_S, MANY)]


# -- CoDel -------------------------------------------------------------------------------------


def test_codel_waits_for_an_interval_before_it_drops():
    shedder = Codel(target=TARGET_S, interval=INTERVAL_S).start()
    assert not shedder.drops(1.0, TARGET_S, MANY)
    assert not shedder.drops(1.0 + INTERVAL_S - MOMENT_S, TARGET_S, MANY)
    assert shedder.drops(1.0 + INTERVAL_S + MOMENT_S, TARGET_S, MANY)


def test_codel_drops_at_the_published_instants(row):
    """Before each instant nobody, then exactly one: it goes by when a drop was due, not made."""
    published = row("r13-codel")
    told = published["parameters"]
    shedder = Codel(target=told["target_ms"] / 1000, interval=told["interval_ms"] / 1000).start()
    assert not shedder.drops(0.0, TARGET_S, MANY)
    first_s = told["interval_ms"] / 1000
    first_ms, *others_ms = published["expected"]["drop_times_ms_from_first"]
    assert first_ms == 0
    assert shedder.drops(first_s, TARGET_S, MANY)
    for after_ms in others_ms:
        due_s = first_s + after_ms / 1000
        assert not shedder.drops(due_s - MOMENT_S, TARGET_S, MANY)
        assert shedder.drops(due_s + MOMENT_S, TARGET_S, MANY)
        assert not shedder.drops(due_s + 2 * MOMENT_S, TARGET_S, MANY)


def test_codel_drops_for_as_long_as_waits_are_too_long_as_fast_as_its_law_says():
    found_s = standing(Codel().start(), until_s=5.0)
    law_s = theory.codel_drop_times(INTERVAL_S, 1000)
    expected = sum(each <= 5.0 - INTERVAL_S for each in law_s)
    assert len(found_s) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("calm", [(TARGET_S - MOMENT_S, MANY), (1.0, 1), (1.0, 0)])
def test_one_call_that_was_in_time_or_a_queue_of_hardly_anybody_ends_the_dropping(calm):
    shedder = Codel().start()
    assert standing(shedder, until_s=0.5)
    assert not shedder.drops(0.5, *calm)
    assert standing(shedder, first_s=0.501, until_s=0.501 + 0.9 * INTERVAL_S) == []


def test_soon_after_the_last_time_codel_drops_about_as_fast_as_then():
    fresh = standing(Codel().start(), until_s=1.0)
    shedder = Codel().start()
    standing(shedder, until_s=1.0)
    shedder.drops(1.0, 0.0, MANY)
    again = standing(shedder, first_s=1.01, until_s=2.0)
    assert len(again) > 1.4 * len(fresh)
    shedder.drops(2.0, 0.0, MANY)
    later = standing(shedder, first_s=10.0, until_s=11.0)
    assert len(later) == len(fresh)


@given(st.lists(st.floats(0, 0.02), max_size=200))
def test_codel_never_drops_who_waited_for_less_than_the_target(waits_s):
    shedder = Codel().start()
    for place, waited_s in enumerate(waits_s):
        assert not (shedder.drops(0.01 * place, waited_s, MANY) and waited_s < TARGET_S)


# -- controlled delay --------------------------------------------------------------------------


def test_calls_may_wait_for_long_if_the_queue_was_empty_lately_and_else_hardly():
    shedder = ControlledDelay(target=TARGET_S, interval=INTERVAL_S).start()
    assert shedder.joins(1.0, 0) == INTERVAL_S
    assert shedder.joins(1.0 + INTERVAL_S, 5) == INTERVAL_S
    assert shedder.joins(1.0 + INTERVAL_S + MOMENT_S, 5) == TARGET_S
    assert shedder.joins(2.0, 0) == INTERVAL_S


def test_a_queue_that_the_last_call_leaves_is_empty():
    shedder = ControlledDelay(target=TARGET_S, interval=INTERVAL_S).start()
    shedder.joins(1.0, 0)
    assert not shedder.drops(5.0, 4.0, 0)
    assert shedder.joins(5.05, 1) == INTERVAL_S


def test_a_target_beyond_the_interval_is_refused():
    with pytest.raises(ValidationError, match=r"target .* must not exceed interval"):
        ControlledDelay(target=1.0, interval=0.5)
