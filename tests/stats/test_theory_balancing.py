"""What the theory of balancing promises, one promise a test."""

from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.stats import theory

utilizations = st.floats(0.01, 0.999)


def truncated_shortest_queue(arrival_rate, longest):
    """Mean number in system of two shortest-queue replicas of rate 1, state by state."""
    states = list(combinations_with_replacement(range(longest + 1), 2))
    index = {state: i for i, state in enumerate(states)}
    rates = np.zeros((len(states), len(states)))
    for short, long in states:
        moves = [((short + 1, long), arrival_rate)]
        moves += [((short - 1, long), 1.0), ((short, long - 1), 1.0)]
        for after, rate in moves:
            target = index.get(tuple(sorted(after)))
            if target is not None:
                rates[index[short, long], target] += rate
    rates -= np.diag(rates.sum(axis=1))
    rates[:, 0] = 1  # one balance equation is redundant: put the sum of probabilities there
    share = np.linalg.solve(rates.T, np.eye(len(states))[0])
    return share @ [sum(state) for state in states]


def test_round_robin_agrees_with_the_published_numbers(published):
    parameters, expected = published("q22-roundrobin")
    replicas, arrival_rate, service_rate = (parameters[name] for name in ("n", "lam_total", "mu"))
    group = arrival_rate, service_rate, replicas
    found = {
        "P_wait": theory.round_robin_wait_probability(*group),
        "Wq": theory.round_robin_mean_wait(*group),
        "W": theory.round_robin_mean_latency(*group),
        "sojourn_p99": theory.round_robin_latency_quantile(0.99, *group),
        "W_random_split": theory.mmc_mean_latency(arrival_rate / replicas, service_rate),
        "W_central_queue_MMn": theory.mmc_mean_latency(*group),
        "W_DM1_limit": theory.dm1_mean_latency(arrival_rate / replicas, service_rate),
    }
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-7)


@given(utilizations)
def test_round_robin_over_one_replica_is_mm1(utilization):
    latency_s = theory.round_robin_mean_latency(utilization, 1.0, replicas=1)
    assert latency_s == pytest.approx(theory.mmc_mean_latency(utilization, 1.0), rel=1e-6)


@given(utilizations, st.integers(2, 1000))
def test_round_robin_waits_less_than_random_and_more_than_even_spacing(utilization, replicas):
    wait = theory.round_robin_wait_probability(replicas * utilization, 1.0, replicas)
    assert theory.dm1_wait_probability(utilization, 1.0) <= wait <= utilization


def test_round_robin_over_two_solves_its_quadratic():
    # σ = (λ / (λ + 1 - σ))² divided by its root σ = 1: σ² - (1 + 2λ) σ + λ² = 0
    arrival_rate = 1.5
    wait = theory.round_robin_wait_probability(arrival_rate, 1.0, replicas=2)
    assert wait**2 - (1 + 2 * arrival_rate) * wait + arrival_rate**2 == pytest.approx(0, abs=1e-12)


@given(utilizations)
def test_evenly_spaced_arrivals_solve_their_equation(utilization):
    wait = theory.dm1_wait_probability(utilization, 1.0)
    assert wait == pytest.approx(np.exp(-(1 - wait) / utilization), rel=1e-9, abs=1e-14)
    assert wait < 1


def test_round_robin_over_very_many_replicas_is_evenly_spaced():
    many = theory.round_robin_mean_latency(0.9e6, 1.0, replicas=1_000_000)
    assert many == pytest.approx(theory.dm1_mean_latency(0.9, 1.0), rel=1e-5)


@pytest.mark.parametrize("row", ["q25-jsq2", "q25-jsq2-o2"])
def test_the_shorter_of_two_queues_agrees_with_the_published_numbers(published, row):
    parameters, expected = published(row)
    pair = theory.shortest_of_two(2 * parameters["rho"], 1.0)
    assert pair.mean_latency_s == pytest.approx(expected["W"], rel=1e-7)
    assert pair.mean_in_system == pytest.approx(expected["L"], rel=1e-7)
    assert pair.some_idle_probability == pytest.approx(expected["P_some_server_idle"], rel=1e-6)


@pytest.mark.parametrize("utilization", [0.1, 0.4, 0.7])
def test_the_shorter_of_two_queues_agrees_with_every_state_written_out(utilization):
    pair = theory.shortest_of_two(2 * utilization, 1.0)
    brute_force = truncated_shortest_queue(2 * utilization, longest=40)
    assert pair.mean_in_system == pytest.approx(brute_force, rel=1e-7)


@given(utilizations)
def test_the_shorter_queue_lies_between_one_common_queue_and_taking_turns(utilization):
    pair = theory.shortest_of_two(2 * utilization, 1.0)
    common = theory.mmc_mean_latency(2 * utilization, 1.0, servers=2)
    turns = theory.round_robin_mean_latency(2 * utilization, 1.0, replicas=2)
    assert common - 1e-9 <= pair.mean_latency_s <= turns + 1e-9


def test_the_unit_of_time_does_not_matter():
    slow, fast = theory.shortest_of_two(1.8, 1.0), theory.shortest_of_two(180.0, 100.0)
    assert fast.mean_in_system == pytest.approx(slow.mean_in_system)
    assert fast.mean_latency_s == pytest.approx(slow.mean_latency_s / 100)
