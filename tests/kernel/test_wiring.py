"""What can be known of a system's graph before a run."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.kernel import Wiring

NAMES = [*"abcdefg"]
GRAPHS = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=3))


@given(GRAPHS)
def test_a_call_leads_back_if_its_target_reaches_the_sender(calls):
    wiring = Wiring(calls)
    for name, called in calls.items():
        for to in called:
            assert wiring.leads_back(name, to) == (name in wiring.reached(to))


@given(GRAPHS)
def test_every_group_is_in_one_circle_after_those_of_its_callers(calls):
    wiring = Wiring(calls)
    place = {name: i for i, circle in enumerate(wiring.circles) for name in circle}
    known = calls.keys() | {to for called in calls.values() for to in called}
    assert sorted(place) == sorted(known) == sorted(chain(*wiring.circles))
    for name, called in calls.items():
        assert all(place[name] <= place[to] for to in called)


@given(GRAPHS)
def test_there_are_circles_if_somebody_can_come_back(calls):
    wiring = Wiring(calls)
    assert wiring.has_circles() == any(
        name in wiring.reached(to) for name, called in calls.items() for to in called
    )


def test_replicas_are_one_group():
    wiring = Wiring({"balancer": ["api[1]", "api[2]"], "api": ["db"]})
    assert wiring.reached("balancer") == {"balancer", "api", "db"}
    assert wiring.reached("api[2]") == {"api", "db"}


def test_calls_repeat_where_one_before_them_may_come():
    wiring = Wiring({"a": ["db"], "b": ["db"], "c": []})
    assert wiring.repeats(["a", "c", "b", "c"]) == [False, False, True, True]
    assert wiring.repeats(["api[1]", "api[2]"]) == [False, True]


@pytest.mark.parametrize("length", [5000])
def test_long_chains_are_no_matter(length):
    wiring = Wiring({f"c{i}": [f"c{i + 1}"] for i in range(length)})
    assert len(wiring.circles) == length + 1
    assert not wiring.has_circles()
