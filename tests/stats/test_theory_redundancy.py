"""Replicas of which some are enough: closed forms against a second way."""

import math

import numpy as np
import pytest

from simulator.stats import theory


def test_availability_is_as_published(published):
    of, expected = published("d01-availability")
    mtbf_s, mttr_s, n, k = of["mttf"], of["mttr"], of["n"], of["k"]
    up = theory.k_of_n_availability(mtbf_s, mttr_s, n, k)
    found = {
        "node": theory.availability(mtbf_s, mttr_s),
        "series_n": theory.k_of_n_availability(mtbf_s, mttr_s, n, n),
        "parallel_n": theory.k_of_n_availability(mtbf_s, mttr_s, n, 1),
        "k_of_n_indep_repair": up,
        "k_of_n_single_crew": theory.k_of_n_availability(mtbf_s, mttr_s, n, k, crews=1),
        "mttf_system_indep_repair": theory.k_of_n_mean_time_to_failure(mtbf_s, mttr_s, n, k),
        "downtime_min_per_30d_k_of_n": (1 - up) * 30 * 24 * 60,
    }
    assert found == pytest.approx(expected, rel=1e-7)


def test_the_time_to_data_loss_is_as_published(published):
    of, expected = published("d02-mttdl")
    rates = of["lam"], of["mu"]
    assert theory.mean_time_to_data_loss(*rates) == pytest.approx(expected["MTTDL"], rel=1e-9)
    rough_s = theory.mean_time_to_data_loss(*rates, is_rough=True)
    assert rough_s == pytest.approx(expected["approx"], rel=1e-9)


def test_the_rough_time_to_data_loss_is_right_where_repairs_are_fast():
    exact_s = theory.mean_time_to_data_loss(0.01, 1e4)
    assert theory.mean_time_to_data_loss(0.01, 1e4, is_rough=True) == pytest.approx(exact_s, 1e-5)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (3, 2), (5, 3), (7, 7), (4, 1)])
def test_with_a_crew_for_each_it_is_binomial(n, k):
    up = theory.availability(7.0, 2.0)
    terms = (math.comb(n, i) * up**i * (1 - up) ** (n - i) for i in range(k, n + 1))
    assert theory.k_of_n_availability(7.0, 2.0, n, k) == pytest.approx(sum(terms))
    assert theory.k_of_n_availability(7.0, 2.0, n, k, crews=n) == pytest.approx(
        theory.k_of_n_availability(7.0, 2.0, n, k)
    )


@pytest.mark.parametrize(("n", "k", "crews"), [(3, 2, None), (5, 3, 1), (6, 1, 2)])
def test_the_time_to_failure_solves_the_equations_of_absorption(n, k, crews):
    states = n - k + 1
    generator = np.zeros((states, states))
    for down in range(states):
        fails, repaired = (n - down) / 10.0, min(down, crews or n) / 3.0
        generator[down, down] = -(fails + repaired)
        if down:
            generator[down, down - 1] = repaired
        if down + 1 < states:
            generator[down, down + 1] = fails
    times = np.linalg.solve(generator, -np.ones(states))
    found = theory.k_of_n_mean_time_to_failure(10.0, 3.0, n, k, crews)
    assert found == pytest.approx(times[0])


def test_the_delay_of_a_detection_is_that_of_a_uniform_phase():
    phases = np.linspace(0, 4, 100_001)
    delays = phases + 2 * 4 + 1.5  # the first check after the failure, two more, the timeout
    assert theory.check_detection_delay(4.0, 3, 1.5) == pytest.approx(delays.mean())


@pytest.mark.parametrize("wrong", [{"k": 4}, {"k": 0}, {"mtbf_s": 0.0}, {"crews": 0}])
def test_arguments_out_of_range_are_refused(wrong):
    right = {"mtbf_s": 10.0, "mttr_s": 1.0, "n": 3, "k": 2}
    with pytest.raises(ValueError, match=next(iter(wrong))):
        theory.k_of_n_availability(**right | wrong)


def test_a_timeout_before_the_check_is_refused():
    with pytest.raises(ValueError, match="timeout_s"):
        theory.check_detection_delay(1.0, 1, -1.0)
