"""Stopping rules on plain streams of outcomes: false alarms, power, and when they end."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import binomtest

from simulator.policies.stopping import (
    AlwaysValid,
    FixedHorizon,
    OBrienFleming,
    Peeking,
    Pocock,
    Sprt,
    TrialPlan,
    stopping_rules,
)
from simulator.stats.trials.looks import crossing_probabilities
from simulator.stats.trials.sizes import cost_of_split, power_of_trial, users_per_arm

CONFIDENCE = 0.9999


def rulings(rule, plan, rates, trials, share=0.5, step=None, seed=1):
    """How trials ended, and the units that they took, shape ``(trials,)``.

    Args:
        rates: true probabilities of control and treatment.
        share: part of the units that goes to the treatment.
        step: units between two looks; when the rule wants to look if not given.
    """
    rng = np.random.default_rng(seed)
    found, took = Counter(), np.zeros(trials)
    for place in range(trials):
        trial, units, sizes, sums = rule.start(plan), 0.0, np.zeros(2), np.zeros(2)
        ruling = None
        while ruling is None:
            units = max(trial.next_units, units + (step or 0))
            new = np.round(units * np.array([1 - share, share])) - sizes
            sums += rng.binomial(new.astype(int), rates)
            sizes += new
            means = sums / sizes
            error = np.sqrt((means * (1 - means) / sizes).sum())
            ruling = trial.look(units, means[1] - means[0], error)
        found[ruling] += 1
        took[place] = units
    return found, took


def interval(found, trials):
    """Of the probability behind a number of trials."""
    return binomtest(found, trials).proportion_ci(CONFIDENCE)


def holds(found, trials, expected):
    """Whether a number of trials is as likely as it should be."""
    return interval(found, trials).low <= expected <= interval(found, trials).high


EVEN = TrialPlan(units=40_000, effect=0.01)
PEEKING = {1: 0.050, 2: 0.083, 3: 0.107, 4: 0.126, 5: 0.142}
PEEKING |= {10: 0.193, 20: 0.248, 30: 0.280, 50: 0.320, 100: 0.373}


@pytest.mark.parametrize(("looks", "false_alarms"), PEEKING.items())
def test_peeking_raises_false_alarms_as_armitage_mcpherson_and_rowe_tabulate(looks, false_alarms):
    trials = 2000 if looks < 20 else 700
    found, _ = rulings(Peeking(looks=looks), EVEN, (0.3, 0.3), trials)
    assert holds(trials - found["no_difference"], trials, false_alarms)


@pytest.mark.parametrize("kind", ["pocock", "obrien_fleming"])
@pytest.mark.parametrize("looks", [5, 20])
def test_corrected_bounds_raise_false_alarms_as_often_as_they_say(kind, looks):
    rule = stopping_rules.validate({"kind": kind, "looks": looks})
    found, _ = rulings(rule, EVEN, (0.3, 0.3), 1200)
    assert holds(1200 - found["no_difference"], 1200, 0.05)


@pytest.mark.parametrize(
    ("rates", "users"),
    [
        ((0.05, 0.055), 31_231),
        ((0.05, 0.0525), 122_121),
        ((0.10, 0.11), 14_748),
        ((0.02, 0.021), 315_203),
    ],
)
def test_a_trial_of_the_published_size_has_a_power_of_80_percent(rates, users):
    plan = TrialPlan(units=2 * users, effect=rates[1] - rates[0])
    found, took = rulings(FixedHorizon(), plan, rates, 6000)
    assert holds(found["greater"], 6000, 0.8)
    assert abs(found["greater"] / 6000 - 0.8) < 0.02
    assert (took == 2 * users).all()


@pytest.mark.parametrize(("share", "times"), [(0.01, 25.3), (0.05, 5.3), (0.10, 2.8)])
def test_an_uneven_split_has_the_same_power_with_so_many_times_the_users(share, times):
    rates = (0.5, 0.51)
    users = 2 * users_per_arm(*rates)
    found, _ = rulings(FixedHorizon(), TrialPlan(users * times, 0.01), rates, 6000, share)
    assert abs(found["greater"] / 6000 - 0.8) < 0.02
    assert holds(found["greater"], 6000, power_of_trial(*rates, users * times, share=share))
    too_few, _ = rulings(FixedHorizon(), TrialPlan(users, 0.01), rates, 2000, share)
    assert too_few["greater"] < 2000 * 0.4
    assert round(cost_of_split(share), 1) == times


BETTER = (0.3, 0.31)
PLANNED = TrialPlan(units=2 * users_per_arm(*BETTER), effect=0.01)


@pytest.mark.parametrize("rule", [Pocock(), OBrienFleming(), Pocock(looks=20)], ids=repr)
def test_corrected_bounds_have_the_power_that_was_planned(rule):
    found, took = rulings(rule, PLANNED, BETTER, 2000)
    assert holds(found["greater"], 2000, 0.8)
    assert took.mean() < PLANNED.units < took.max()


def test_looks_that_come_late_count_as_those_that_they_have_become():
    """Looked at after every 0.3 of a trial of ten looks: at looks 3, 6, 9 and 10."""
    rule = Peeking(looks=10)
    found, took = rulings(rule, PLANNED, (0.3, 0.3), 4000, step=0.3 * PLANNED.units)
    assert set(np.round(took / PLANNED.units, 6)) == {0.3, 0.6, 0.9, 1.2}
    assert 4000 - found["no_difference"] < 0.193 * 4000


@pytest.mark.parametrize("rule", [Sprt(), AlwaysValid()], ids=lambda rule: rule.kind)
def test_a_sequential_test_keeps_its_alpha_however_often_it_is_looked_at(rule):
    found, _ = rulings(rule, PLANNED, (0.3, 0.3), 600, step=PLANNED.units / 40)
    assert interval(600 - found["no_difference"], 600).low < 0.05


def test_walds_test_has_its_power_with_fewer_users_on_average():
    found, took = rulings(Sprt(), PLANNED, BETTER, 800, step=PLANNED.units / 40)
    assert interval(found["greater"], 800).high > 0.8
    assert took.mean() < 0.8 * PLANNED.units
    none, took = rulings(Sprt(), PLANNED, (0.3, 0.3), 800, step=PLANNED.units / 40)
    assert none["no_difference"] > 0.9 * 800
    assert took.mean() < 0.8 * PLANNED.units


def test_what_is_always_valid_sees_a_difference_twice_as_large_much_sooner():
    same, took = rulings(AlwaysValid(), PLANNED, BETTER, 300, step=PLANNED.units / 40)
    twice, sooner = rulings(AlwaysValid(), PLANNED, (0.3, 0.32), 300, step=PLANNED.units / 40)
    assert same["greater"] > 0.8 * 300
    assert twice["greater"] > 0.99 * 300
    assert sooner.mean() < 0.45 * took.mean()


def test_what_is_always_valid_ends_when_its_users_run_out():
    trial = AlwaysValid(longest=2.0).start(PLANNED)
    assert trial.look(1.99 * PLANNED.units, 0.0, 0.01) is None
    assert trial.look(2.0 * PLANNED.units, 0.0, 0.01) == "no_difference"


@pytest.mark.parametrize("kind", list(stopping_rules.kinds()))
def test_a_rule_says_which_way_and_treats_both_alike(kind):
    rule = stopping_rules.validate({"kind": kind})
    for difference, ruling in ((0.5, "greater"), (-0.5, "less")):
        trial = rule.start(TrialPlan(units=100, effect=0.1))
        assert trial.look(100 if kind == "fixed_horizon" else 50, difference, 0.05) == ruling


@pytest.mark.parametrize("kind", list(stopping_rules.kinds()))
def test_nothing_is_found_where_nothing_is_known(kind):
    trial = stopping_rules.validate({"kind": kind}).start(TrialPlan(units=100, effect=0.1))
    assert trial.look(trial.most_units, 0.5, 0.0) == "no_difference"


def test_bounds_fall_with_obrien_and_fleming_and_stay_with_pocock():
    """3 standard errors after one look of five are enough for the one and not for the other."""
    plan = TrialPlan(units=100, effect=0.1)
    assert OBrienFleming().start(plan).look(21, 0.3, 0.1) is None
    assert Pocock().start(plan).look(25, 0.3, 0.1) == "greater"


def test_peeking_is_what_crossing_probabilities_say_of_a_true_difference_too():
    found, _ = rulings(Peeking(looks=5), PLANNED, BETTER, 3000)
    drift = 2.8016 / np.sqrt(5)
    expected = crossing_probabilities([1.96] * 5, drift)[-1]
    assert abs(expected - (3000 - found["no_difference"]) / 3000) < 0.03
