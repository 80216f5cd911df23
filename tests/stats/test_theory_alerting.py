"""Budgets, burn rates, noise and false alarms: closed forms against published numbers and noise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from simulator.stats import theory

MONTH_H = 30 * 24.0


@pytest.mark.parametrize("place", [0, 1, 2])
def test_error_budgets_are_the_published_ones(place, published):
    told, expected = published(f"s01-budget-{place}")
    objective, days = told["slo"], told["window_days"]
    assert theory.error_budget(objective, days * 24 * 60) == pytest.approx(
        expected["budget_minutes"], abs=1e-6
    )
    assert theory.error_budget(objective, 365 * 24) == pytest.approx(
        expected["per_year_hours_365d"], abs=1e-6
    )
    assert theory.error_budget(objective, 1e6) == pytest.approx(
        expected["bad_requests_allowed_per_million"], abs=1e-6
    )


def test_burn_rate_alerts_go_off_and_reset_as_published(published):
    told, expected = published("s02-burn-rate")
    for (burn, window_h, ratio), row in zip(told["cases"], expected["rows"], strict=True):
        told_of = (told["slo"], burn, window_h, ratio)
        spent = theory.budget_spent_at_alert(burn, window_h, MONTH_H)
        assert spent == pytest.approx(row["budget_consumed_at_fire"])
        assert theory.burn_rate_for(spent, window_h, MONTH_H) == pytest.approx(burn)
        assert theory.error_budget(told["slo"], burn) == pytest.approx(row["error_ratio_threshold"])
        lasts_h = theory.budget_lasts(told["slo"], MONTH_H, ratio)
        assert lasts_h == pytest.approx(row["time_to_exhaust_budget_h"])
        found_h = theory.burn_detection_time(*told_of), theory.burn_reset_time(*told_of)
        if row["detection_hours"] is None:
            assert found_h[0] == math.inf
            assert math.isnan(found_h[1])
        else:
            assert found_h == pytest.approx(
                (row["detection_hours"], row["reset_hours_long_window"])
            )
    after_h = theory.budget_lasts(told["slo"], MONTH_H, 35 * (1 - told["slo"]))
    assert after_h == pytest.approx(expected["published"]["burn35_exhausts_in_h"])


def test_of_two_windows_the_long_one_says_when_it_fires_and_the_short_one_when_it_stops(published):
    told, expected = published("s03-multiwindow")
    long_s, short_s = 3600 * told["long_h"], 60 * told["short_min"]
    detected_s = [
        theory.burn_detection_time(told["slo"], told["burn"], window_s, 1.0)
        for window_s in (long_s, short_s)
    ]
    assert detected_s == pytest.approx(
        [expected["long_window_cond_at_s"], expected["short_window_cond_at_s"]]
    )
    reset_s = theory.burn_reset_time(told["slo"], told["burn"], short_s, 1.0)
    for minutes, fires_s, resolves_s in zip(
        told["outage_min"],
        expected["fires_at_s"],
        expected["resolves_after_outage_end_s"],
        strict=True,
    ):
        assert (fires_s is not None) == (60 * minutes > max(detected_s))
        if fires_s is not None:
            assert (max(detected_s), reset_s) == pytest.approx((fires_s, resolves_s))


def test_apdex_is_the_published_one(published):
    told, expected = published("s04-apdex")
    counts = told["samples"]
    found = theory.apdex(counts["satisfied"], counts["tolerating"], counts["frustrated"])
    assert found == pytest.approx(expected["apdex"], abs=1e-9)
    found = theory.apdex_of_exponential(told["exp_mean"], told["T"])
    assert found == pytest.approx(expected["exp_apdex"], abs=1e-8)


def test_apdex_of_nobody_is_refused():
    with pytest.raises(ValueError, match="not all 0"):
        theory.apdex(0, 0, 0)


def test_an_objective_of_everything_leaves_no_budget_and_is_refused():
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        theory.error_budget(1.0, 30.0)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_alarm_precision_is_bayes_rule_turned_around(prevalence, sensitivity, false):
    """Of all cases, those with an alarm for which there is a reason, counted both ways."""
    alarms = prevalence * sensitivity + (1 - prevalence) * false
    precision = theory.alarm_precision(prevalence, sensitivity, false)
    assert precision * alarms == pytest.approx(prevalence * sensitivity)


def noise(n, correlation, seed):
    """A first-order autoregression of variance 1."""
    rng = np.random.default_rng(seed)
    steps = rng.standard_normal(n) * math.sqrt(1 - correlation**2)
    steps[0] = rng.standard_normal()
    return lfilter([1.0], [1.0, -correlation], steps)


@pytest.mark.parametrize(("level", "correlation"), [(0.0, 0.0), (1.0, 0.9), (2.0, 0.5)])
def test_noise_rises_above_a_level_as_often_as_it_should(level, correlation):
    n = 100_000
    shares = []
    for seed in range(20):
        above = noise(n, correlation, seed) > level
        shares.append((above[1:] & ~above[:-1]).mean())
    error = np.std(shares, ddof=1) / math.sqrt(len(shares))
    expected = theory.sampled_crossings(level, correlation)
    assert np.mean(shares) == pytest.approx(expected, abs=3.9 * error)


def test_smooth_noise_rises_above_a_level_as_rice_says():
    """Of two frequencies, each with a phase and size by chance: a normal process, and smooth."""
    rng = np.random.default_rng(5)
    speeds, at = np.array([1.0, 2.5]), np.arange(0, 60, 0.01)
    found = []
    for _ in range(1500):
        a, b = rng.standard_normal((2, 2)) / math.sqrt(2)
        wave = (a[:, None] * np.cos(speeds[:, None] * at)).sum(0)
        wave += (b[:, None] * np.sin(speeds[:, None] * at)).sum(0)
        above = wave > 1.0
        found.append((above[1:] & ~above[:-1]).sum() / at[-1])
    error = np.std(found, ddof=1) / math.sqrt(len(found))
    expected = theory.rice_crossings(1.0, speed_sd=math.sqrt((speeds**2).mean()))
    assert np.mean(found) == pytest.approx(expected, abs=3.9 * error)


def test_the_cycle_of_hysteresis_is_that_of_noise_looked_at_very_often():
    """In steps of a five-hundredth of its memory; a step may overshoot, by half a step's size."""
    step, n = 1 / 500, 400_000
    cycles = 0
    for seed in range(10):
        fires = False
        for value in noise(n, math.exp(-step), seed).tolist():
            if fires and value < -0.5:
                fires = False
            elif not fires and value > 1.0:
                fires, cycles = True, cycles + 1
    found = 10 * n * step / cycles
    overshoot = 0.5826 * math.sqrt(2 * step)  # Siegmund's correction of a level for looks in steps
    expected = theory.hysteresis_cycle(1.0 + overshoot, -0.5 - overshoot, 1.0)
    assert found == pytest.approx(expected, rel=3.9 / math.sqrt(cycles))
