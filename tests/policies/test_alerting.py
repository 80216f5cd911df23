"""When alerts go off: windows, waits and levels, each by itself."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.policies.alerting import BurnRates, BurnWindow, Hysteresis, Tally


def read(counts, step_s=1.0, longest_s=1000.0):
    """A tally of running totals, read at 0, 1, 2 ... steps."""
    tally = Tally(longest_s)
    for place, (events, bad) in enumerate(counts):
        tally.read(place * step_s, events, bad)
    return tally


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=40),
    st.integers(1, 45),
)
def test_a_window_of_whole_steps_counts_just_what_came_in_them(steps, window):
    totals, counts = [0, 0], [(0, 0)]
    for well, bad in steps:
        totals = [totals[0] + well + bad, totals[1] + bad]
        counts.append(tuple(totals))
    found = read(counts).over(float(window))
    last = steps[-window:]
    assert found.bad == pytest.approx(sum(bad for _, bad in last))
    assert found.events == pytest.approx(sum(well + bad for well, bad in last))


def test_between_readings_events_have_come_evenly():
    assert read([(0, 0), (10, 4)]).over(0.5) == (5.0, 2.0)


def test_what_is_older_than_the_longest_window_is_forgotten_without_a_trace():
    short = read([(place, 0) for place in range(5000)], longest_s=10.0)
    assert short.over(10.0) == (10.0, 0.0)
    assert len(short._at_s) < 300


def test_nothing_read_is_nothing_known():
    assert Tally(1.0).over(1.0) == (0.0, 0.0)


def rates(min_events=0, objective=0.9, short=None):
    windows = (BurnWindow(burn_rate=2.0, long=10.0, short=short),)
    return BurnRates(windows, objective, min_events)


def test_a_rate_must_exceed_its_limit_and_not_only_reach_it():
    """A tenth may be bad; a fifth is a burn rate of 2."""
    assert rates().exceeded(read([(10 * i, 2 * i) for i in range(11)])) is None
    window, rate = rates().exceeded(read([(10 * i, 3 * i) for i in range(11)]))
    assert (window.long, rate) == (10.0, pytest.approx(3.0))


def test_of_few_events_nothing_is_said():
    one_of_two = read([(0, 0), (1, 1), (2, 1)])
    assert rates().exceeded(one_of_two) is not None
    assert rates(min_events=3).exceeded(one_of_two) is None


def test_the_short_window_must_agree():
    over_and_well_again = read([(10 * i, min(10 * i, 40)) for i in range(11)])
    assert rates().exceeded(over_and_well_again) is not None
    assert rates(short=3.0).exceeded(over_and_well_again) is None


def test_a_short_window_that_is_not_the_shorter_one_is_refused():
    with pytest.raises(ValueError, match="must be less than long"):
        BurnWindow(burn_rate=1.0, long=10.0, short=10.0)


def states(hysteresis, values):
    return "".join("x" if hysteresis.look(float(i), each) else "." for i, each in enumerate(values))


def test_between_the_two_levels_it_stays_what_it_is():
    assert states(Hysteresis(10, 5), [6, 11, 6, 5.5, 5, 6, 10, 11]) == ".xxx...x"


def test_it_waits_until_the_value_was_bad_at_every_look_for_so_long():
    assert states(Hysteresis(1, 1, for_s=2), [2, 2, 0, 2, 2, 2, 0]) == ".....x."


def test_it_goes_on_until_the_value_was_well_for_so_long():
    assert states(Hysteresis(1, 1, keep_s=2), [2, 0, 0, 2, 0, 0, 0, 0]) == "xxxxxx.."


def test_a_value_that_is_not_there_is_not_bad():
    assert states(Hysteresis(1, 1, for_s=1), [2, math.nan, 2, 2, math.nan]) == "...x."
