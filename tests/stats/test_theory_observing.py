"""Traces that are kept, models that become old, and capacity that is paid for."""

import numpy as np
import pytest

from simulator.stats import theory


@pytest.mark.parametrize(("failures", "captured"), [(10, 0.096), (100, 0.634), (300, 0.951)])
def test_one_trace_in_a_hundred_of_so_many_failures(failures, captured):
    assert theory.trace_captured(0.01, failures) == pytest.approx(captured, abs=5e-4)


@pytest.mark.parametrize(("cost", "decay", "days"), [(100, 50, 2.0), (500, 20, 7.07)])
def test_the_best_interval_is_the_one_that_costs_least(cost, decay, days):
    best = theory.retraining_interval(cost, decay)
    assert best == pytest.approx(days, abs=5e-3)
    assert theory.retraining_cost(best, cost, decay) == pytest.approx(np.sqrt(2 * cost * decay))
    for other in (0.8 * best, 1.25 * best):
        assert theory.retraining_cost(other, cost, decay) > theory.retraining_cost(
            best, cost, decay
        )


def test_a_lag_costs_the_same_whatever_the_interval():
    for interval in (1.0, 3.0, 9.0):
        with_lag = theory.retraining_cost(interval, 100, 20, lag=2.0)
        assert with_lag - theory.retraining_cost(interval, 100, 20) == pytest.approx(40.0)


def demand(mean, amplitude, n=100_000):
    return mean + amplitude * np.sin(2 * np.pi * (np.arange(n) + 0.5) / n)


@pytest.mark.parametrize("reserve", [0.0, 4.0, 7.5, 10.0, 14.0, 15.0, 20.0])
def test_mixed_cost_is_what_adding_up_over_a_day_gives(reserve):
    beyond = np.maximum(0.0, demand(10.0, 5.0) - reserve).mean()
    added = 0.6 * reserve + 1.0 * beyond
    assert theory.mixed_cost(reserve, 10.0, 5.0, 0.6, 1.0) == pytest.approx(added, rel=1e-6)


@pytest.mark.parametrize("q", [0.1, 0.4, 0.9])
def test_quantiles_of_a_sine_are_those_of_its_values(q):
    found = np.quantile(demand(10.0, 5.0), q)
    assert theory.sine_quantile(10.0, 5.0, q) == pytest.approx(found, abs=1e-3)


@pytest.mark.parametrize("reserved", [0.3, 0.6, 0.8])
def test_the_critical_fractile_is_where_reserving_more_costs_more(reserved):
    best = theory.sine_quantile(10.0, 5.0, theory.critical_fractile(reserved, 1.0))
    costs = [theory.mixed_cost(best + d, 10.0, 5.0, reserved, 1.0) for d in (-0.5, 0.0, 0.5)]
    assert costs[1] == min(costs)
    assert theory.critical_fractile(1.0, 1.0) == 0.0


def test_a_thousand_answers_cost_what_the_machine_costs_meanwhile():
    assert theory.cost_per_thousand(1.8, 25.0) == pytest.approx(1000 / 25 / 3600 * 1.8)
    with pytest.raises(ValueError, match="goodput must be above 0"):
        theory.cost_per_thousand(1.0, 0.0)
