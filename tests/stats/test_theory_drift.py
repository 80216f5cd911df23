"""Run lengths of charts and the noise of detectors: closed forms against published tables."""

import numpy as np
import pytest

from simulator.stats import theory

SHIFTS = [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4]


@pytest.mark.parametrize(
    ("threshold", "published"),
    [
        (4.0, [167.7, 74.2, 26.6, 13.3, 8.38, 4.75, 3.34, 2.19, 1.71]),
        (5.0, [465.4, 139.5, 38.0, 17.1, 10.38, 5.75, 4.01, 2.57, 2.01]),
    ],
)
def test_run_lengths_of_cusum_are_those_of_the_published_table(threshold, published):
    found = [theory.cusum_run_length(shift, threshold=threshold) for shift in SHIFTS]
    assert found == pytest.approx(published, rel=0.004)


def test_run_lengths_of_shewhart_and_ewma_are_the_published_ones():
    found = [theory.shewhart_run_length(shift) for shift in (0, 0.5, 1)]
    assert found == pytest.approx([370.4, 155.2, 43.9], rel=0.002)
    found = [theory.ewma_run_length(shift) for shift in (0, 0.25, 0.5, 1, 2)]
    assert found == pytest.approx([500, 106, 31.3, 10.3, 4.36], rel=0.005)


def test_an_average_that_forgets_at_once_is_a_shewhart_chart():
    found = theory.ewma_run_length(0.5, weight=1.0, sigmas=3.0)
    assert found == pytest.approx(theory.shewhart_run_length(0.5), rel=1e-6)


def test_a_cusum_without_allowance_and_with_little_room_is_a_chart_of_one_side():
    # Each point above the threshold by itself is an alarm, and all that is below 0 is forgotten.
    assert theory.cusum_run_length(0.0, allowance=3.0, threshold=1e-6, sides=1) == pytest.approx(
        2 * theory.shewhart_run_length(), rel=1e-3
    )


def test_siegmund_is_near_the_chain():
    for shift in (0.0, 0.25, 0.5, 1.0):
        exact = theory.cusum_run_length(shift)
        assert theory.cusum_run_length_by_siegmund(shift) == pytest.approx(exact, rel=0.03)
    # Where the change is what is allowed, the sum has no drift.
    assert theory.cusum_run_length_by_siegmund(0.5, sides=1) == pytest.approx(38.0, rel=0.01)


def test_noise_and_shifts_give_the_published_numbers():
    assert theory.psi_noise_mean(1000, 1000) == pytest.approx(0.018)
    assert theory.psi_noise_exceeds(0.1, 1000, 100) == pytest.approx(0.429, abs=5e-4)
    shifts = (0.1, 0.25, 0.5, 1.0)
    indices = [theory.psi_of_shift(shift) for shift in shifts]
    assert indices == pytest.approx([0.0096, 0.060, 0.238, 0.926], rel=0.005)
    distances = [theory.ks_of_shift(shift) for shift in shifts]
    assert distances == pytest.approx([0.040, 0.100, 0.197, 0.383], abs=6e-4)
    rows = [theory.ks_rows_for(theory.ks_of_shift(shift)) for shift in (0.1, 0.02)]
    assert rows == pytest.approx([2319, 57_938], rel=1e-3)
    assert theory.ks_threshold(2000, 2000) == pytest.approx(
        theory.ks_of_shift(0.1) * np.sqrt(theory.ks_rows_for(theory.ks_of_shift(0.1)) / 2000)
    )


def test_the_more_features_the_likelier_an_alarm():
    found = [theory.any_alarm(0.05, tests) for tests in (10, 50, 100)]
    assert found == pytest.approx([0.40, 0.92, 0.994], abs=0.005)


def test_thresholds_of_adwin_are_the_published_ones():
    windows = ((1000, 100), (1000, 500), (10_000, 1000))
    found = [theory.adwin_threshold(*rows, variance=0.09) for rows in windows]
    assert found == pytest.approx([0.268, 0.116, 0.069], abs=6e-4)
    assert theory.adwin_threshold(1000, 500, 0.09, cuts=np.log(1500)) < found[1]


def test_so_many_labels_find_a_fall_of_accuracy_with_the_power_asked_for():
    needed = theory.labels_needed(0.90, 0.88)
    assert needed == 1471
    rng = np.random.default_rng(8)
    limit = needed * 0.90 - 1.645 * np.sqrt(needed * 0.09)
    found = (rng.binomial(needed, 0.88, 20_000) < limit).mean()
    assert found == pytest.approx(0.80, abs=0.02)  # a count moves in whole steps


def test_labels_come_by_and_by_and_alarms_after_them():
    found = [theory.labels_seen(window, 2.0) for window in (2.0, 6.0)]
    assert found == pytest.approx([0.632, 0.950], abs=5e-4)
    rng = np.random.default_rng(9)
    assert (rng.exponential(2.0, 100_000) < 2.0).mean() == pytest.approx(found[0], abs=0.007)
    assert theory.detection_time(3600.0, 10.38, 0.01) == pytest.approx(3600 + 1038)


def test_parameters_out_of_range_are_refused():
    with pytest.raises(ValueError, match="one or two sides"):
        theory.cusum_run_length(sides=3)
    with pytest.raises(ValueError, match="one or two sides"):
        theory.cusum_run_length_by_siegmund(allowance=-1.0)
    with pytest.raises(ValueError, match="at most 1"):
        theory.ewma_run_length(weight=1.5)
    with pytest.raises(ValueError, match="must be above 0"):
        theory.shewhart_run_length(sigmas=0.0)
