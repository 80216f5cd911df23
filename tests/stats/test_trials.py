"""Trials of versions on users: the published numbers, and what holds whatever the numbers are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from simulator.stats.trials import differences, judging, looks, sequential, series, sizes
from simulator.stats.trials.looks import inflation_of_looks

rates = st.floats(0.01, 0.99)


@pytest.mark.parametrize(
    ("control", "treatment", "users"),
    [(0.05, 0.055, 31_231), (0.05, 0.0525, 122_121), (0.10, 0.11, 14_748), (0.02, 0.021, 315_203)],
)
def test_the_size_of_a_trial_is_the_published_one(control, treatment, users):
    assert round(sizes.users_per_arm(control, treatment)) == users


@given(rates, rates, st.floats(0.001, 0.2), st.floats(0.5, 0.99))
def test_a_trial_of_the_size_it_takes_has_the_power_that_was_asked_for(p, q, alpha, power):
    if abs(p - q) < 1e-3:
        return
    users = 2 * sizes.users_per_arm(p, q, alpha, power)
    # The size neglects that a test may also call the worse one better; hardly any does.
    assert power - 1e-9 <= sizes.power_of_trial(p, q, users, alpha) <= power + 0.01


@given(rates, st.floats(0.001, 0.5), st.floats(0.01, 0.99))
def test_without_a_difference_the_power_is_the_rate_of_false_alarms(p, alpha, share):
    assert sizes.power_of_trial(p, p, 1000, alpha, share) == pytest.approx(alpha)


@pytest.mark.parametrize(("share", "times"), [(0.01, 25.3), (0.05, 5.3), (0.10, 2.8)])
def test_an_uneven_split_costs_what_is_published(share, times):
    assert round(sizes.cost_of_split(share), 1) == times


def test_an_uneven_split_costs_users_in_proportion_to_the_variance_it_adds():
    """With equal variances in both arms, whatever the split."""
    users = 2 * sizes.users_per_arm(0.5, 0.501)
    uneven = users * sizes.cost_of_split(0.1)
    assert sizes.power_of_trial(0.5, 0.501, uneven, share=0.1) == pytest.approx(0.8, abs=1e-4)


def test_requests_that_resemble_one_another_make_a_test_cry_wolf():
    """The false alarms of a test that takes clustered values for independent ones."""
    rng = np.random.default_rng(1)
    cluster, correlation, clusters = 10, 0.05, 400
    effect = sizes.design_effect(cluster, correlation)

    def mean_and_naive_error():
        own = rng.normal(size=(clusters, cluster)) * np.sqrt(1 - correlation)
        values = own + rng.normal(size=(clusters, 1)) * np.sqrt(correlation)
        return values.mean(), values.std() / np.sqrt(values.size)

    z = np.array([mean / error for mean, error in (mean_and_naive_error() for _ in range(2000))])
    assert z.var() == pytest.approx(effect, rel=0.12)


@given(st.floats(1e-5, 0.5))
def test_so_many_users_see_a_rare_failure_and_one_fewer_would_not_do(probability):
    users = sizes.users_to_see_one(probability)
    assert 1 - (1 - probability) ** users >= 0.95 - 1e-9
    assert 1 - (1 - probability) ** (users - 1) < 0.95 + 1e-9


PEEKING = {1: 0.050, 2: 0.083, 3: 0.107, 4: 0.126, 5: 0.142}
PEEKING |= {10: 0.193, 20: 0.248, 30: 0.280, 50: 0.320, 100: 0.373}


@pytest.mark.parametrize(("times", "false_alarms"), PEEKING.items())
def test_peeking_raises_false_alarms_as_armitage_mcpherson_and_rowe_tabulate(times, false_alarms):
    assert looks.false_alarms_of_looks(times) == pytest.approx(false_alarms, abs=1e-3)


def test_the_bound_of_pocock_is_the_published_one():
    assert looks.pocock_bounds(5)[0] == pytest.approx(2.413, abs=5e-4)


def test_the_bounds_of_obrien_and_fleming_are_the_published_ones():
    expected = 2.040 * np.sqrt(5 / np.arange(1, 6))
    assert looks.obrien_fleming_bounds(5) == pytest.approx(expected, rel=5e-4)


@pytest.mark.parametrize("bounds", [looks.pocock_bounds, looks.obrien_fleming_bounds])
@settings(max_examples=10, deadline=None)
@given(times=st.integers(1, 12), alpha=st.floats(0.001, 0.3))
def test_corrected_bounds_keep_their_alpha_over_all_looks(bounds, times, alpha):
    crossed = looks.crossing_probabilities(bounds(times, alpha))
    assert crossed[-1] == pytest.approx(alpha, abs=1e-6)
    assert (np.diff(crossed) > 0).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.5, 5), min_size=1, max_size=4), st.floats(-2, 2))
def test_crossing_is_as_likely_as_in_a_simulation(bounds, drift):
    rng = np.random.default_rng(1)
    steps = rng.normal(drift, 1, (20_000, len(bounds)))
    z = steps.cumsum(axis=1) / np.sqrt(np.arange(1, len(bounds) + 1))
    seen = (np.abs(z) > bounds).any(axis=1).mean()
    assert looks.crossing_probabilities(bounds, drift)[-1] == pytest.approx(seen, abs=0.018)


TEST = sequential.Sprt(good=0.01, bad=0.02, alpha=0.05, beta=0.1)


def test_wald_expects_the_published_numbers_of_users():
    assert round(TEST.expected_users(is_bad=False)) == 639
    assert round(TEST.expected_users(is_bad=True)) == 607
    assert round(sequential.users_of_fixed_test(0.01, 0.02)) == 1177


def test_exactly_it_takes_as_many_users_as_a_published_simulation_found():
    """662 and 674 users, 3.85 % false alarms, power 91.1 %; all of them estimates."""
    alarms, users_if_good = TEST.course(0.01)
    power, users_if_bad = TEST.course(0.02)
    assert users_if_good == pytest.approx(662, rel=0.1)
    assert users_if_bad == pytest.approx(674, rel=0.1)
    assert alarms == pytest.approx(0.0385, abs=0.005)
    assert power == pytest.approx(0.911, abs=0.02)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.02, 0.3), st.floats(1.5, 3), st.floats(0.01, 0.2), st.floats(0.01, 0.2))
def test_the_errors_of_a_sequential_test_are_no_more_in_sum_than_those_aimed_at(
    good, ratio, alpha, beta
):
    test = sequential.Sprt(good, min(0.95, good * ratio), alpha, beta)
    false_alarms, missed = test.course(test.good)[0], 1 - test.course(test.bad)[0]
    assert false_alarms + missed <= alpha + beta
    assert false_alarms <= alpha / (1 - beta)
    assert missed <= beta / (1 - alpha)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.02, 0.3), st.floats(1.5, 3))
def test_a_sequential_test_is_over_sooner_on_average_than_a_fixed_one(good, ratio):
    test = sequential.Sprt(good, good * ratio)
    fixed = sequential.users_of_fixed_test(test.good, test.bad)
    assert max(test.course(test.good)[1], test.course(test.bad)[1]) < fixed


def test_a_p_value_that_is_always_valid_may_be_looked_at_after_every_user():
    """Of 400 trials without a difference, each looked at 2,000 times; the usual one fails."""
    rng = np.random.default_rng(1)
    alarms = naive = 0
    for _ in range(400):
        n = np.arange(1, 2001)
        differences = rng.normal(size=2000).cumsum() / n
        test = sequential.AlwaysValid(expected=0.1)
        for difference, error in zip(differences, 1 / np.sqrt(n), strict=True):
            test.look(difference, error)
        alarms += test.p <= 0.05
        naive += (np.abs(differences * np.sqrt(n)) > 1.96).any()
    assert alarms / 400 < 0.05
    assert naive / 400 > 0.4


def test_a_p_value_that_is_always_valid_sees_a_difference_in_the_end():
    test = sequential.AlwaysValid(expected=0.1)
    values = [test.look(0.1, 1 / np.sqrt(n)) for n in range(1, 5000)]
    assert values == sorted(values, reverse=True)
    assert test.p < 1e-6


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=30), st.lists(st.integers(0, 5), min_size=1)
)
def test_rank_sums_agree_with_scipy(control, treatment):
    above, p = judging.rank_sum(control, treatment)
    if len({*control, *treatment}) == 1:
        assert (above, p) == (0.5, 1.0)
        return
    expected = mannwhitneyu(treatment, control, method="asymptotic")
    assert above * len(control) * len(treatment) == pytest.approx(expected.statistic)
    assert p == pytest.approx(expected.pvalue)


def test_the_shift_between_two_arms_is_the_published_one():
    """Permeability of membranes: Hollander and Wolfe, *Nonparametric Statistical Methods*, 4.1."""
    at_term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    early = [1.15, 0.88, 0.90, 0.74, 1.21]
    assert judging.shift(early, at_term, 0.95) == pytest.approx((0.305, -0.15, 0.76))


several = st.lists(st.floats(-100, 100), min_size=2, max_size=20, unique=True)


@given(several, several, st.floats(0.5, 0.99))
def test_a_shift_is_clear_of_zero_just_if_the_rank_sum_says_so(control, treatment, confidence):
    if set(control) & set(treatment):
        return
    _, lower, upper = judging.shift(control, treatment, confidence)
    _, p = judging.rank_sum(control, treatment)
    if abs(p - (1 - confidence)) > 1e-9:
        assert (lower > 0 or upper < 0) == (p < 1 - confidence)


whole = st.lists(st.integers(-100, 100), min_size=2, max_size=20)  # sums of floats may round


@given(whole, whole, st.integers(-50, 50))
def test_a_shift_moves_with_its_treatment_and_turns_with_its_arms(control, treatment, by):
    estimate, lower, upper = judging.shift(control, treatment)
    moved = judging.shift(control, np.add(treatment, by))
    assert moved == pytest.approx((estimate + by, lower + by, upper + by))
    assert judging.shift(treatment, control) == pytest.approx((-estimate, -upper, -lower))


@pytest.mark.parametrize("tolerance", [0.0, 0.25, 0.5])
def test_a_tolerance_makes_false_alarms_as_rare_as_computed(tolerance):
    rng = np.random.default_rng(1)
    alarms, trials = 0, 3000
    for _ in range(trials):
        estimate, lower, upper = judging.shift(*rng.normal(size=(2, 40)), confidence=0.8)
        alarms += max(lower, -upper) > tolerance * abs(estimate)
    expected = judging.false_alarms_with_tolerance(0.2, tolerance)
    assert alarms / trials == pytest.approx(expected, abs=3 * np.sqrt(expected / trials))


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.6])
def test_series_that_remember_raise_as_many_false_alarms_as_computed(correlation):
    rng = np.random.default_rng(1)
    values, trials = 60, 2000
    noise = rng.normal(size=(trials, 2, values + 60)) * np.sqrt(1 - correlation**2)
    for step in range(1, noise.shape[2]):
        noise[:, :, step] += correlation * noise[:, :, step - 1]
    alarms = np.mean([judging.rank_sum(*pair)[1] < 0.05 for pair in noise[:, :, -values:]])
    expected = series.false_alarms_of_series(0.05, correlation, values)
    assert alarms == pytest.approx(expected, abs=3 * np.sqrt(expected / trials))


@given(st.floats(0.01, 0.95), st.integers(2, 500))
def test_a_series_that_remembers_tells_less_than_its_length(correlation, values):
    assert 1 / values < series.effective_values(correlation, values) / values <= 1
    assert series.false_alarms_of_series(0.02, correlation, values) >= 0.02


def test_few_values_leave_the_shift_open():
    assert judging.shift([1.0], [2.0]) == (1.0, -np.inf, np.inf)


@given(st.integers(0, 50), st.integers(0, 50))
def test_two_proportions_change_sign_with_their_order_and_nothing_else(one, other):
    z, p = judging.two_proportions((one, other), (50, 60))
    back, same = judging.two_proportions((other, one), (60, 50))
    assert (z, p) == pytest.approx((-back, same))


@pytest.mark.parametrize(("metrics", "alarms"), [(5, 0.096), (10, 0.183), (20, 0.332)])
def test_many_metrics_raise_the_published_false_alarms(metrics, alarms):
    assert judging.false_alarms_of_many(metrics, 0.02) == pytest.approx(alarms, abs=5e-4)


def test_a_score_that_tolerates_one_of_twenty_raises_fewer():
    assert judging.false_alarms_of_many(20, 0.02, tolerated=1) == pytest.approx(0.060, abs=5e-4)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: sizes.users_per_arm(0.1, 0.1),
        lambda: sizes.users_per_arm(0.0, 0.1),
        lambda: sizes.power_of_trial(0.1, 0.2, users=0),
        lambda: sizes.design_effect(0.5, 0.1),
        lambda: looks.crossing_probabilities([]),
        lambda: looks.crossing_probabilities([1.96, 0.0]),
        lambda: looks.pocock_bounds(0),
        lambda: sequential.Sprt(0.02, 0.01),
        lambda: sequential.Sprt(0.01, 0.02, alpha=0.6, beta=0.5),
        lambda: sequential.AlwaysValid(0.0),
        lambda: judging.two_proportions((3, 0), (2, 2)),
        lambda: judging.rank_sum([], [1.0]),
        lambda: judging.false_alarms_of_many(0, 0.05),
        lambda: judging.false_alarms_with_tolerance(0.02, 1.0),
        lambda: judging.shift([], [1.0]),
        lambda: series.false_alarms_of_series(0.02, 1.0, 60),
        lambda: series.variance_of_rank_sum([0.5], 1),
        lambda: series.variance_of_rank_sum([1.5], 10),
    ],
)
def test_parameters_out_of_range_are_refused(wrong):
    with pytest.raises(
        ValueError, match=r"must|no number|needs|both arms|give|above 0|one member|two values"
    ):
        wrong()


@pytest.mark.parametrize(
    ("bounds", "looks", "inflation"),
    [  # Jennison and Turnbull, tables 2.2 and 2.4, alpha 0.05 and power 0.8
        (looks.pocock_bounds, 2, 1.110),
        (looks.pocock_bounds, 5, 1.229),
        (looks.pocock_bounds, 10, 1.301),
        (looks.obrien_fleming_bounds, 2, 1.008),
        (looks.obrien_fleming_bounds, 5, 1.028),
        (looks.obrien_fleming_bounds, 10, 1.040),
    ],
)
def test_looks_cost_as_many_more_users_as_is_tabulated(bounds, looks, inflation):
    """But for stops on the wrong side, which the tables take for no finding."""
    assert inflation_of_looks(bounds(looks)) == pytest.approx(inflation, abs=1e-3)


def requests_of_users(rng, users, each, correlation):
    """Outcomes of users whose own rates follow a beta distribution about a half, and whose."""
    spread = (1 / correlation - 1) / 2
    rates = rng.beta(spread, spread, users)
    return (rng.random((users, each)) < rates[:, np.newaxis]).ravel(), np.arange(users).repeat(each)


@pytest.mark.parametrize(("each", "correlation"), [(5, 0.1), (10, 0.3)])
def test_a_test_of_requests_cries_wolf_as_their_design_effect_says_and_one_of_users_does_not(
    each, correlation
):
    rng, alarms, trials = np.random.default_rng(1), np.zeros(2), 2000
    for _ in range(trials):
        (control, whose), (treatment, theirs) = (
            requests_of_users(rng, 150, each, correlation) for _ in range(2)
        )
        of_requests = differences.difference_of_means(control, treatment)
        of_users = differences.difference_of_means(control, treatment, (whose, theirs))
        assert of_requests.mean == of_users.mean
        alarms += [abs(one.mean) > 1.96 * one.error for one in (of_requests, of_users)]
    effect = sizes.design_effect(each, correlation)
    expected = sizes.false_alarms_of_clusters(effect)
    assert alarms[0] / trials == pytest.approx(expected, abs=0.03)
    assert alarms[1] / trials == pytest.approx(0.05, abs=0.015)


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=20), st.permutations(range(5)))
def test_clusters_of_one_are_independent_values(values, others):
    alone = differences.difference_of_means(values, others)
    whose = (range(len(values)), range(100, 100 + len(others)))
    assert differences.difference_of_means(values, others, whose) == pytest.approx(alone)


def test_nothing_is_known_of_a_difference_with_less_than_two_values():
    assert differences.difference_of_means([1.0], [0.0, 1.0]).error == 0
    assert differences.difference_of_means([], [0.0, 1.0]).error == 0
    one_user = ([1, 1], [2, 3])
    assert differences.difference_of_means([0.0, 1.0], [0.0, 1.0], one_user).error == 0
