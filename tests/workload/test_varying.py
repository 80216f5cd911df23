"""Rates that change smoothly, held against their expected numbers."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import kstest

from simulator.workload.varying import Diurnal, FlashCrowd, inverse
from tests.workload.counting import FLUKE, assert_poisson, counts, until

DAY = Diurnal(rate=4.0, amplitude=0.75, period=24.0, peak=14.0)
CROWD = FlashCrowd(rate=2.0, at=10.0, peak=30.0, ramp=4.0, plateau=2.0, half_life=3.0)
SUDDEN = FlashCrowd(rate=0.01, at=40.0, peak=20_000.0, half_life=0.001)
RUNS = 60

each = pytest.mark.parametrize("process", [DAY, CROWD, SUDDEN], ids=["day", "crowd", "sudden"])


def expected(process, begin_s, end_s):
    """By numeric integration of the rate, piece by piece."""
    points = [*process._breakpoints()] if isinstance(process, FlashCrowd) else []
    edges = [begin_s, *(p for p in points if begin_s < p < end_s), end_s]
    pieces = [
        quad(lambda t: float(process.rate_at(np.array(t))), *ends) for ends in pairwise(edges)
    ]
    return sum(area for area, _ in pieces)


@each
@pytest.mark.parametrize("window", [(0, 7.5), (7.5, 12.25), (3.0, 41.5)])
def test_the_expected_number_is_the_area_under_the_rate(process, window):
    begin, end = process.expected(np.array(window, float))
    assert end - begin == pytest.approx(expected(process, *window), rel=1e-7)


def test_counts_over_a_day_are_poisson_with_the_rate_of_the_hour():
    windows = [(0, 4), (4, 9), (9, 13), (13, 15), (15, 24), (24, 48)]
    for column, window in zip(counts(DAY, windows, RUNS).T, windows, strict=True):
        assert_poisson(column, expected(DAY, *window))


def test_counts_around_a_crowd_are_poisson():
    windows = [(0, 10), (10, 12), (12, 14), (14, 16), (16, 19), (19, 60)]
    for column, window in zip(counts(CROWD, windows, RUNS).T, windows, strict=True):
        assert_poisson(column, expected(CROWD, *window))


def test_a_crowd_of_some_milliseconds_is_not_missed():
    # 20,000/s that halve in every millisecond: 28.85 requests, all but 0.1 % within 10 ms.
    found = counts(SUDDEN, [(0, 40.0), (40.0, 40.01), (40.01, 100.0)], RUNS)
    assert_poisson(found[:, 1], expected(SUDDEN, 40.0, 40.01))
    assert expected(SUDDEN, 40.0, 40.01) == pytest.approx(20_000 * 0.001 / np.log(2), rel=2e-3)


def test_the_rate_is_highest_at_the_peak_and_lowest_half_a_period_later():
    times = np.linspace(0, 24, 24_001)
    assert times[DAY.rate_at(times).argmax()] == pytest.approx(14.0)
    assert times[DAY.rate_at(times).argmin()] == pytest.approx(2.0)
    assert DAY.rate_at(np.array([14.0, 2.0, 38.0])) == pytest.approx([7.0, 1.0, 7.0])


def test_a_crowd_climbs_stays_and_halves():
    times = np.array([9.99, 10.0, 12.0, 14.0, 15.9, 16.0, 19.0, 22.0])
    assert CROWD.rate_at(times) == pytest.approx([2, 2, 16, 30, 30, 30, 16, 9])


def test_in_the_long_run_the_swing_is_of_no_account():
    assert DAY.mean_rate(24.0 * 5) == pytest.approx(4.0)
    assert DAY.mean_rate(6.0) == pytest.approx(expected(DAY, 0, 6.0) / 6)


def test_without_a_swing_it_is_poisson():
    flat = Diurnal(rate=4.0, amplitude=0.0, period=10.0)
    instants = np.array(until(flat, 5000.0))
    assert kstest(np.diff(instants) * 4.0, "expon").pvalue > FLUKE


def test_twice_the_rate_of_a_steady_crowd_moves_everybody_forward():
    few = until(Diurnal(rate=1.0, amplitude=0.5, period=10.0), 50.0)
    many = until(Diurnal(rate=2.0, amplitude=0.5, period=10.0), 50.0)
    assert all(later > earlier for later, earlier in zip(few, many, strict=False))


@settings(max_examples=40)
@given(
    rate=st.floats(0.01, 1e4),
    amplitude=st.floats(0, 1),
    period=st.floats(1e-3, 1e6),
    phase=st.floats(0, 0.999),
)
def test_every_arrival_of_a_day_is_where_so_many_are_expected(rate, amplitude, period, phase):
    day = Diurnal(rate=rate, amplitude=amplitude, period=period, peak=phase * period)
    numbers = np.linspace(0, 3 * rate * period, 50)
    found = day.expected(day._when(numbers))
    assert found == pytest.approx(numbers, rel=1e-9, abs=1e-9 * rate * period)


@settings(max_examples=40)
@given(
    times=st.tuples(*[st.floats(0, 100)] * 3),
    half_life=st.floats(1e-4, 100),
    peak=st.floats(1.5, 1e5),
)
def test_every_arrival_of_a_crowd_is_where_so_many_are_expected(times, half_life, peak):
    at, ramp, plateau = times
    crowd = FlashCrowd(rate=1.0, at=at, peak=peak, ramp=ramp, plateau=plateau, half_life=half_life)
    numbers = np.linspace(0, 2 * float(crowd.expected(np.array([400.0]))[0]), 50)
    found = crowd.expected(crowd._when(numbers))
    assert found == pytest.approx(numbers, rel=1e-9, abs=1e-9)


def test_the_inverse_finds_a_point_where_the_slope_is_zero():
    at = inverse(
        lambda t: (t - 1) ** 3,
        lambda t: 3 * (t - 1) ** 2,
        np.array([0.0, 1e-12, 8.0]),
        np.zeros(3),
        np.full(3, 10.0),
    )
    assert at == pytest.approx([1.0, 1.0001, 3.0], abs=1e-6)


def test_what_is_no_crowd_or_no_day_is_refused():
    with pytest.raises(ValueError, match=r"peak \(2/s\) must be above rate \(2/s\)"):
        FlashCrowd(rate=2.0, at=1.0, peak=2.0, half_life=1.0)
    with pytest.raises(ValueError, match=r"peak \(24 s\) must be within the first period"):
        Diurnal(rate=2.0, period=24.0, peak=24.0)
