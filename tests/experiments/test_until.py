"""Running until an estimate is sharp: what is looked at, and in which order."""

from math import inf, nan, sqrt

import numpy as np
import pytest
from scipy.special import stdtrit

from simulator.errors import ScenarioError
from simulator.experiments.design import Outcome, design
from simulator.experiments.rounds import Rounds
from simulator.experiments.until import Goal, Sharpening, check_measure
from simulator.scenario import load
from simulator.stats.sequential import PILOT
from tests.experiments.rows import rows

VALUES = np.random.default_rng(5).normal(10.0, 2.0, 400)


def sharpened(relative, *designs, order=None):
    """Rows of some designs, given in some order until there are enough."""
    found = Sharpening(Goal(["latency_mean_s"], relative), len(designs))
    made = [rows(values, "latency_mean_s") for values in designs]
    for replication in order or range(len(designs[0])):
        for place, each in enumerate(made):
            if found.enough is None:
                found.add(place, each[replication])
    return found


def relative_half_width(values, scale=None):
    spread = np.std(values, ddof=1) * stdtrit(len(values) - 1, 0.975) / sqrt(len(values))
    return spread / abs(np.mean(values) if scale is None else scale)


def test_it_ends_with_the_first_replications_that_are_sharp_enough():
    enough = sharpened(0.05, VALUES).enough
    limit = 0.05 / 1.05
    assert enough > PILOT
    assert relative_half_width(VALUES[:enough]) <= limit
    for n in range(PILOT, enough):
        assert relative_half_width(VALUES[:n]) > limit


def test_the_order_in_which_runs_finish_changes_nothing():
    order = np.random.default_rng(1).permutation(len(VALUES)).tolist()
    assert sharpened(0.05, VALUES, order=order).enough == sharpened(0.05, VALUES).enough


def test_it_never_ends_before_the_pilot_runs_are_there():
    assert sharpened(0.5, np.full(20, 3.0)).enough == PILOT


def test_of_two_designs_the_paired_difference_has_to_be_sharp():
    noise = VALUES - VALUES.mean()
    shared = sharpened(0.01, 10 + noise, 12 + 0.9 * noise)
    apart = sharpened(0.01, 10 + noise, 12 + 0.9 * noise[::-1])
    n = shared.enough
    assert relative_half_width(2 - 0.1 * noise[:n], scale=np.mean(10 + noise[:n])) <= 0.01
    assert apart.enough is None
    assert apart.forecast > 5 * n


def test_equal_designs_are_told_to_be_equal_at_once():
    assert sharpened(0.01, VALUES, VALUES).enough == PILOT


def test_the_forecast_comes_near_what_it_takes():
    early = sharpened(0.05, VALUES[:40])
    assert early.enough is None
    assert early.forecast == pytest.approx(sharpened(0.05, VALUES).enough, rel=0.4)


def test_runs_without_a_value_are_never_enough_and_say_so():
    found = sharpened(0.05, [nan, *VALUES])
    assert found.enough is None
    assert found.forecast == inf
    assert "no value of latency_mean_s" in found.words()


def test_an_unknown_measure_is_refused_with_the_nearest_one():
    with pytest.raises(ScenarioError, match="did you mean 'latency_mean_s'"):
        check_measure(design(load("two_choices")), "latency_means")


def made(designs, groups, relative=0.05):
    """Rounds over designs whose runs come to these values, until there are enough."""
    base = design(load("two_choices"), (), None, {"replications": len(VALUES)})
    outcome = Outcome([base] * len(designs))
    rounds = Rounds(outcome, Goal(["latency_mean_s"], relative), groups)
    values = [rows(each, "latency_mean_s") for each in designs]
    sizes = []
    while tasks := rounds.next_tasks():
        sizes.append(len(tasks))
        for each in tasks:
            row = values[outcome.place(each)][each.replication]
            outcome.rows[outcome.place(each)].append(row)
            rounds.add(each, row)
    rounds.cut()
    return rounds, [len(each) for each in outcome.rows], sizes


def test_designs_by_themselves_have_as_many_runs_as_each_would_alone():
    calm, noisy = 10 + 0.2 * (VALUES - 10), 10 + 1.5 * (VALUES - 10)
    _, found, _ = made([calm, noisy], [[0], [1]])
    assert found == [sharpened(0.05, each).enough for each in (calm, noisy)]
    assert found[0] < found[1]


def test_designs_that_are_compared_have_as_many_runs_each():
    shifted = 12 + 0.5 * (VALUES - 10)
    _, found, _ = made([VALUES, shifted], [[0, 1]])
    assert found == [sharpened(0.05, VALUES, shifted).enough] * 2


def test_a_round_is_at_most_half_as_large_as_what_there_is():
    _, _, sizes = made([VALUES], [[0]])
    for i in range(1, len(sizes)):
        assert sizes[i] <= sum(sizes[:i]) // 2


def test_a_design_without_a_value_is_given_up_and_the_others_go_on():
    broken = np.array([*VALUES[:3], nan, *VALUES[4:]])
    rounds, found, _ = made([broken, VALUES], [[0], [1]])
    assert found == [PILOT, sharpened(0.05, VALUES).enough]
    assert "1 with runs that have no value" in rounds.words()
    assert rounds.is_done


def test_the_cost_is_told_as_soon_as_there_has_been_a_look():
    base = design(load("two_choices"), (), None, {"replications": len(VALUES)})
    outcome = Outcome([base])
    rounds = Rounds(outcome, Goal(["latency_mean_s"], 0.05), [[0]])
    for each, row in zip(rounds.next_tasks(), rows(VALUES, "latency_mean_s"), strict=False):
        rounds.add(each, row)
    assert rounds.expected() == sharpened(0.05, VALUES[:PILOT]).forecast > PILOT
