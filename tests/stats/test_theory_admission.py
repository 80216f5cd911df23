"""Who is turned away: closed forms against published numbers and against themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.stats import theory


def test_codel_drops_at_the_published_instants(published):
    told, expected = published("r13-codel")
    found_s = theory.codel_drop_times(told["interval_ms"] / 1000, told["n"])
    expected_ms = expected["drop_times_ms_from_first"]
    assert [1000 * each for each in found_s] == pytest.approx(expected_ms, rel=1e-7)


@given(st.floats(0.01, 100), st.floats(0.01, 100))
def test_what_passes_a_dead_time_is_one_in_it_and_the_gap_after_it(rate, dead_s):
    passed_per_s = rate * (1 - theory.dead_time_loss(rate, dead_s))
    assert passed_per_s == pytest.approx(1 / (dead_s + 1 / rate))


def test_arguments_out_of_range_are_refused_by_name():
    with pytest.raises(ValueError, match="dead_s must be above 0"):
        theory.dead_time_loss(1.0, 0.0)
    with pytest.raises(ValueError, match="interval_s must be above 0"):
        theory.codel_drop_times(-1.0, 3)
