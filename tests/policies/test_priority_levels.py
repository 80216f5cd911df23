"""Envoy's priority levels: who takes over how much, and when health is ignored."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.policies.priority_levels import availability, loads_of, panics, percent_loads

percents = st.lists(st.integers(0, 100), min_size=1, max_size=5)


def test_loads_are_those_of_the_published_table_to_the_percent(row):
    published = row("h04-envoy-priority")
    healthy = published["parameters"]["healthy_percent_by_priority"]
    found = [percent_loads([availability(each, 100) for each in levels]) for levels in healthy]
    expected = published["expected"]["percent_load"]
    assert np.concatenate(found) == pytest.approx(np.concatenate(expected), abs=1)
    # Whole percent with parts cut off differs in one place from the table, which is rounded.
    assert [a for a, b in zip(found, expected) if a != b] == [[37, 35, 28]]


@given(healthy=percents)
def test_everything_goes_somewhere_unless_nothing_is_healthy(healthy):
    loads = percent_loads([availability(each, 100) for each in healthy])
    assert sum(loads) == (100 if any(healthy) else 0)
    assert all(load == 0 for load, each in zip(loads, healthy) if each == 0)


@given(healthy=percents)
def test_no_level_gets_more_than_it_can_carry_while_together_they_can(healthy):
    available = [availability(each, 100) for each in healthy]
    loads = percent_loads(available)
    if sum(available) >= 100:
        assert all(load <= each for load, each in zip(loads, available))
        served = [place for place, load in enumerate(loads) if load]
        assert all(loads[place] == available[place] for place in served[:-1])


@pytest.mark.parametrize(
    ("healthy", "in_panic"),
    [
        ((72, 72), (False, False)),
        ((50, 60), (False, False)),
        ((25, 100), (False, False)),
        ((0, 100), (False, False)),
        ((25, 25), (True, True)),
        ((5, 65), (True, False)),
    ],
)
def test_levels_panic_as_in_the_documentation(healthy, in_panic):
    assert loads_of(healthy, (100, 100), 0.5)[1] == [*in_panic]


def test_a_level_as_healthy_as_its_threshold_does_not_panic():
    assert panics([5], [10], [70], 0.5) == [False]
    assert panics([4], [10], [56], 0.5) == [True]


def test_where_all_panic_each_gets_its_part_of_all_replicas():
    assert loads_of([0, 0], [6, 2], 0.5) == ([75, 25], [True, True])


def test_without_a_threshold_nobody_panics_and_nothing_healthy_means_nothing_goes():
    assert loads_of([0, 0], [6, 2]) == ([0, 0], [False, False])


def test_one_healthy_replica_of_very_many_still_gets_calls():
    assert loads_of([1], [1000], overprovisioning=1.0) == ([100], [False])


def test_a_level_without_replicas_gets_nothing():
    assert loads_of([0, 3], [0, 3], 0.5) == ([0, 100], [False, False])
