"""What the closed forms of uneven arrivals and of closed loops promise, one promise a test."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from simulator.stats import theory

loads = st.floats(0.05, 0.95)
TWO = [0.4, 1.2], [[0, 0.05], [0.1, 0]]
THREE = [0.0, 0.5, 3.0], [[0, 0.2, 0.0], [0.1, 0, 0.05], [0.3, 0.0, 0]]
each_chain = pytest.mark.parametrize("chain", [TWO, THREE], ids=["two states", "three states"])


def exponential(rate):
    return theory.Gaps(lambda s: rate / (rate + s), 1 / rate)


def constant(rate):
    return theory.Gaps(lambda s: math.exp(-s / rate), 1 / rate)


# -- gaps that are not exponential -------------------------------------------------------------


def test_hyperexponential_gaps_agree_with_the_published_numbers(published):
    parameters, expected = published("q23-h2m1")
    gaps = theory.hyperexponential_gaps(parameters["lam"], parameters["scv"])
    mu = parameters["mu"]
    found = {
        "sigma": theory.gm1_wait_probability(gaps, mu),
        "P_wait": theory.gm1_wait_probability(gaps, mu),
        "Wq": theory.gm1_mean_wait(gaps, mu),
        "W": theory.gm1_mean_wait(gaps, mu) + 1 / mu,
        "sojourn_p99": theory.gm1_latency_quantile(0.99, gaps, mu),
    }
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-7)


@given(loads)
def test_exponential_gaps_make_gm1_an_mm1(load):
    assert theory.gm1_wait_probability(exponential(load), 1.0) == pytest.approx(load)


@given(st.floats(0.05, 0.999))
def test_constant_gaps_make_gm1_a_dm1(load):
    wait = theory.gm1_wait_probability(constant(load), 1.0)
    assert wait == pytest.approx(theory.dm1_wait_probability(load, 1.0), rel=1e-6)


@given(st.floats(0.1, 10), st.floats(1, 50))
def test_hyperexponential_gaps_have_the_mean_and_the_variation_asked_for(rate, scv):
    gaps = theory.hyperexponential_gaps(rate, scv)
    h = 1e-3 * rate
    at = [gaps.transform(k * h) for k in range(5)]  # derivatives at 0 by differences to one side
    first = (-25 * at[0] + 48 * at[1] - 36 * at[2] + 16 * at[3] - 3 * at[4]) / (12 * h)
    second = (35 * at[0] - 104 * at[1] + 114 * at[2] - 56 * at[3] + 11 * at[4]) / (12 * h**2)
    assert at[0] == pytest.approx(1.0)
    assert -first == pytest.approx(1 / rate, rel=1e-3)
    assert second * rate**2 - 1 == pytest.approx(scv, rel=0.05)


@given(loads, st.floats(1.01, 20))
def test_the_more_the_gaps_vary_the_longer_one_waits(load, scv):
    even = theory.gm1_mean_wait(exponential(load), 1.0)
    assert theory.gm1_mean_wait(theory.hyperexponential_gaps(load, scv), 1.0) > even


# -- batches -----------------------------------------------------------------------------------


def test_batches_agree_with_the_published_numbers(published):
    parameters, expected = published("q27-batch-arrivals")
    size = parameters["size"][1]
    rate = parameters["lamb"] * size
    latency_s = theory.batch_mean_latency(parameters["lamb"], size, size**2, parameters["mu"])
    single_s = theory.mmc_mean_latency(rate, parameters["mu"], 1)
    found = {"W": latency_s, "L": latency_s * rate, "W_if_single_arrivals": single_s}
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-7)


@given(loads)
def test_batches_of_one_are_single_arrivals(load):
    latency_s = theory.batch_mean_latency(load, 1, 1, 1.0)
    assert latency_s == pytest.approx(theory.mmc_mean_latency(load, 1.0, 1))


def test_no_sizes_vary_less_than_not_at_all():
    with pytest.raises(ValueError, match="no sizes have mean 4 and mean square 15"):
        theory.batch_mean_latency(0.1, 4, 15, 1.0)


# -- a rate chosen by a Markov chain -----------------------------------------------------------


def test_mmpp_agrees_with_the_published_queue(published):
    parameters, expected = published("q24-mmpp")
    switching = [[0, parameters["r12"]], [parameters["r21"], 0]]
    queue = theory.mmpp_m1([parameters["l1"], parameters["l2"]], switching, parameters["mu"])
    found = {
        "lam": queue.arrival_rate,
        "rho": queue.utilization,
        "L": queue.mean_in_system,
        "W": queue.mean_latency_s,
        "P_empty": 1 - queue.utilization,
    }
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-7)


@each_chain
def test_mmpp_queue_is_that_of_the_truncated_chain(chain):
    rates, switching = chain
    mu, levels, phases = 1.3, 150, len(rates)
    up, change = np.diag(rates), np.array(switching, float)
    whole = np.zeros((levels * phases, levels * phases))
    for n in range(levels):
        here = slice(n * phases, (n + 1) * phases)
        whole[here, here] = change
        if n + 1 < levels:
            above = slice((n + 1) * phases, (n + 2) * phases)
            whole[here, above], whole[above, here] = up, mu * np.eye(phases)
    whole -= np.diag(whole.sum(axis=1))
    equations = np.vstack([whole.T, np.ones(len(whole))])
    part = np.linalg.lstsq(equations, np.eye(len(equations))[-1], rcond=None)[0]
    in_system = part.reshape(levels, phases).sum(axis=1) @ np.arange(levels)
    assert theory.mmpp_m1(rates, switching, mu).mean_in_system == pytest.approx(in_system)


@given(loads, st.floats(0.01, 10))
def test_states_that_do_not_differ_are_a_poisson_process(load, change):
    rates, switching = [load, load], [[0, change], [2 * change, 0]]
    latency_s = theory.mmpp_m1(rates, switching, 1.0).mean_latency_s
    assert latency_s == pytest.approx(theory.mmc_mean_latency(load, 1.0, 1))
    assert theory.mmpp_dispersion(3.0, rates, switching) == pytest.approx(1.0)


@each_chain
def test_the_stationary_state_stays_as_it_is(chain):
    _, switching = chain
    part = theory.mmpp_stationary(switching)
    generator = np.array(switching, float) - np.diag(np.sum(switching, axis=1))
    assert part.sum() == pytest.approx(1.0)
    assert part @ expm(generator * 7.0) == pytest.approx(part)


@given(st.floats(0.01, 1e4))
def test_the_dispersion_of_two_states_follows_the_textbook(window_s):
    (a, b), ((_, r), (s, _)) = TWO
    both = r + s
    limit = 2 * r * s * (a - b) ** 2 / (both**2 * (a * s + b * r))
    known = 1 + limit * (1 + math.expm1(-both * window_s) / (both * window_s))
    assert theory.mmpp_dispersion(window_s, *TWO) == pytest.approx(known, rel=1e-6)


def test_a_chain_that_goes_round_one_way_has_complex_eigenvalues_and_a_real_dispersion():
    rates, switching = [0.0, 1.0, 8.0], [[0, 1.0, 0], [0, 0, 1.0], [1.0, 0, 0]]
    generator = np.array(switching) - np.eye(3)
    part, at = np.ones(3) / 3, np.array(rates)
    step = 1e-3
    times = np.arange(step / 2, 2.0, step)
    joint = [(part * at) @ expm(generator * t) @ at for t in times]
    covered = 2 * step * float(((2.0 - times) * (np.array(joint) - 9.0)).sum())
    known = 1 + covered / (3.0 * 2.0)
    assert theory.mmpp_dispersion(2.0, rates, switching) == pytest.approx(known, rel=1e-4)


# -- closed loops ------------------------------------------------------------------------------


def test_machine_repair_agrees_with_the_published_numbers(published):
    parameters, expected = published("q19-repairman")
    queue = theory.machine_repair(parameters["N"], parameters["Z"], parameters["mu"])
    found = {
        "X": queue.throughput_per_s,
        "R": queue.mean_latency_s,
        "util": queue.utilization,
        "L": queue.mean_in_system,
        "P0": queue.idle_probability,
    }
    assert found == pytest.approx(expected, rel=1e-6)


@given(st.integers(1, 60), st.floats(0.1, 50), st.floats(0.1, 10))
def test_machine_repair_is_the_birth_death_process(users, think_s, mu):
    n = np.arange(users + 1)
    fall = np.concatenate([[0.0], np.cumsum(np.log((users - n[:-1]) / (think_s * mu)))])
    part = np.exp(fall - fall.max())
    part /= part.sum()
    queue = theory.machine_repair(users, think_s, mu)
    assert queue.mean_in_system == pytest.approx(part @ n)
    assert queue.idle_probability == pytest.approx(part[0], abs=1e-12)


def test_users_who_do_not_think_wait_as_the_published_quantile_says(published):
    parameters, expected = published("s08-closed-vs-open")
    latency_s = theory.no_think_latency_quantile(0.99, parameters["N"], parameters["mu"])
    assert latency_s == pytest.approx(expected["closed_R_p99_exp_service"], rel=1e-7)


def test_a_single_user_who_does_not_think_waits_for_one_service():
    assert theory.no_think_latency_quantile(0.5, 1, 2.0) == pytest.approx(math.log(2) / 2)


# -- a rate that swings ------------------------------------------------------------------------


def test_busy_servers_agree_with_the_published_swing(published):
    parameters, expected = published("q21-sinusoid")
    busy = theory.busy_servers_under_a_sine(
        parameters["lam0"], parameters["beta"], parameters["period"], parameters["mean"]
    )
    found = {
        "mean_L": busy.mean,
        "amplitude": busy.amplitude,
        "peak": busy.peak,
        "trough": busy.trough,
        "peak_lag_after_arrival_peak": busy.lag_s,
    }
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-6)


@given(st.floats(0, 1), st.floats(0.1, 100), st.floats(0.01, 50))
def test_busy_servers_solve_their_differential_equation(amplitude, period_s, mean_s):
    # m' = rate(t) - m / E[S], at every instant.
    busy = theory.busy_servers_under_a_sine(10.0, amplitude, period_s, mean_s)
    w = 2 * math.pi / period_s
    for t in np.linspace(0, period_s, 7):
        m = busy.mean + busy.amplitude * math.cos(w * (t - busy.lag_s))
        slope = -w * busy.amplitude * math.sin(w * (t - busy.lag_s))
        rate = 10.0 * (1 + amplitude * math.cos(w * t))
        assert slope == pytest.approx(rate - m / mean_s, abs=1e-6 * (1 + m / mean_s))


@pytest.mark.parametrize(
    "call",
    [
        lambda: theory.gm1_mean_wait(exponential(1.0), 1.0),
        lambda: theory.batch_mean_latency(0.25, 4, 16, 1.0),
        lambda: theory.mmpp_m1([1.0, 3.0], [[0, 1.0], [1.0, 0]], 2.0),
    ],
)
def test_without_a_steady_state_there_is_no_answer(call):
    with pytest.raises(ValueError, match="no steady state"):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.hyperexponential_gaps(1.0, 0.9), "scv must be 1 or more"),
        (lambda: theory.busy_servers_under_a_sine(1.0, 1.1, 1.0, 1.0), "between 0 and 1"),
        (lambda: theory.machine_repair(0, 1.0, 1.0), "users must be above 0"),
        (lambda: theory.no_think_latency_quantile(1.0, 1, 1.0), "q must be"),
        (lambda: theory.mmpp_dispersion(0.0, *TWO), "window_s must be above 0"),
    ],
)
def test_arguments_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# -- herds -------------------------------------------------------------------------------------


@given(st.integers(1, 400), st.floats(0.0, 20.0), st.floats(1.0, 50.0))
def test_a_herd_of_drops_is_close_to_the_fluid(clients, spread, rate):
    at_s = (np.arange(clients) + 0.5) / clients * spread  # evenly, one drop after the other
    done_s = at_s.copy()
    for i in range(clients):
        done_s[i] = max(at_s[i], done_s[i - 1] if i else 0.0) + 1 / rate
    drops_s = done_s - at_s - 1 / rate
    most = max(i + 1 - np.searchsorted(done_s, at_s[i], "right") for i in range(clients))
    drop = 1.001 * (1 / rate + spread / clients)  # what one drop makes up, and rounding
    assert theory.herd_longest_wait(clients, spread, rate) == pytest.approx(drops_s[-1], abs=drop)
    assert theory.herd_done(clients, spread, rate) == pytest.approx(done_s[-1], abs=drop)
    assert theory.herd_backlog(clients, spread, rate) == pytest.approx(most, abs=drop * rate + 1)
    assert theory.herd_mean_wait(clients, spread, rate) == pytest.approx(drops_s.mean(), abs=drop)


def test_nobody_waits_from_the_least_spread_on():
    least_s = theory.herd_least_spread(20_000, 500)
    assert theory.herd_backlog(20_000, least_s, 500) == 0
    assert theory.herd_backlog(20_000, 0.99 * least_s, 500) > 0


@pytest.mark.parametrize("wrong", [(0, 1, 1), (1, -1, 1), (1, 1, 0)])
def test_no_herd_without_clients_time_or_a_server(wrong):
    with pytest.raises(ValueError, match="must be"):
        theory.herd_backlog(*wrong)
