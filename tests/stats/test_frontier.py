"""The Pareto frontier: who is on it, who is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.stats.frontier import frontier

TABLES = arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 3)), elements=st.integers(0, 4))


def dominates(a, b):
    return bool((a <= b).all() and (a < b).any())


@given(TABLES)
def test_the_frontier_is_all_that_nobody_dominates(values):
    found = frontier(values)
    assert found.tolist() == [not any(dominates(a, b) for a in values) for b in values]


@given(TABLES)
def test_somebody_on_the_frontier_dominates_whoever_is_not_on_it(values):
    found = frontier(values)
    assert found.any()
    for row in values[~found]:
        assert any(dominates(best, row) for best in values[found])


def test_equal_designs_are_on_it_together():
    assert frontier([[1, 1], [1, 1], [2, 1]]).tolist() == [True, True, False]


def test_a_missing_value_neither_wins_nor_beats_anybody():
    assert frontier([[np.nan, 0], [1, 1]]).tolist() == [False, True]


def test_a_frontier_needs_a_row_a_design():
    with pytest.raises(ValueError, match="a row a design"):
        frontier([1.0, 2.0])
