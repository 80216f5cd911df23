"""What the closed forms of one common queue promise, one promise a test."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.stats import theory
from simulator.stats.theory.processor_sharing import SharedLatency

loads = st.floats(0.01, 0.99)
servers = st.integers(1, 40)
shares = st.floats(0.0, 0.9999)


def waits_longer(t, arrival_rate, service_rate, servers):
    """P(wait > t) of M/M/c from Erlang C as a sum over states, not from Erlang B."""
    load = arrival_rate / service_rate
    log_terms = [k * math.log(load) - math.lgamma(k + 1) for k in range(servers + 1)]
    waiting = math.exp(log_terms[-1]) / (1 - load / servers)
    must_wait = waiting / (math.fsum(map(math.exp, log_terms[:-1])) + waiting)
    return must_wait * math.exp(-(servers * service_rate - arrival_rate) * t)


def lasts_longer(t, arrival_rate, service_rate, servers):
    """P(wait + service > t) of M/M/c by integrating over the service time."""
    service, weight = np.polynomial.legendre.leggauss(200)
    service, weight = t * (service + 1) / 2, t * weight / 2
    density = service_rate * np.exp(-service_rate * service)
    waits = [waits_longer(t - s, arrival_rate, service_rate, servers) for s in service]
    return math.exp(-service_rate * t) + float(weight @ (density * waits))


def crommelin(t, load):
    """P(wait <= t) of M/D/1 with unit service: the textbook's alternating series."""
    return (1 - load) * math.fsum(
        (-load * (t - k)) ** k / math.factorial(k) * math.exp(load * (t - k))
        for k in range(math.floor(t) + 1)
    )


@pytest.mark.parametrize(
    ("offered_load", "servers", "blocking"),
    [(1, 1, 1 / 2), (2, 2, 2 / 5), (3, 3, 9 / 26), (5, 10, 0.018385)],  # any table of Erlang B
)
def test_erlang_b_agrees_with_the_tables(offered_load, servers, blocking):
    assert theory.erlang_b(offered_load, servers) == pytest.approx(blocking, rel=1e-4)


def test_erlang_b_agrees_with_the_published_loss(published):
    parameters, expected = published("q05-erlangB")
    blocking = theory.erlang_b(parameters["lam"] * parameters["mean_service"], parameters["c"])
    assert blocking == pytest.approx(expected["P_block"], rel=1e-7)


def test_erlang_b_neither_overflows_nor_cancels_for_thousands_of_servers():
    crowded = theory.erlang_b(offered_load=10_000, servers=5_000)
    assert crowded == pytest.approx(0.5, abs=1e-3)  # fluid limit 1 - c/a


@pytest.mark.parametrize(("row", "servers"), [("q01-mm1", 1), ("q03-mmc", 5)])
def test_mmc_agrees_with_the_published_numbers(published, row, servers):
    parameters, expected = published(row)
    system = parameters["lam"], parameters["mu"], servers
    found = {
        "P_wait": theory.mmc_wait_probability(*system),
        "Wq": theory.mmc_mean_wait(*system),
        "W": theory.mmc_mean_latency(*system),
        "wait_p95": theory.mmc_wait_quantile(0.95, *system),
        "wait_p99": theory.mmc_wait_quantile(0.99, *system),
        "sojourn_p95": theory.mmc_latency_quantile(0.95, *system),
        "sojourn_p99": theory.mmc_latency_quantile(0.99, *system),
        "sojourn_p99.9": theory.mmc_latency_quantile(0.999, *system),
    }
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-7)


@given(loads, servers)
def test_whoever_waits_is_as_many_as_the_states_say(utilization, servers):
    system = utilization * servers, 1.0, servers
    assert theory.mmc_wait_probability(*system) == pytest.approx(waits_longer(0.0, *system))


@given(shares, loads, servers)
def test_the_share_q_waits_no_longer_than_its_quantile(q, utilization, servers):
    system = 2.0 * utilization * servers, 2.0, servers
    wait_s = theory.mmc_wait_quantile(q, *system)
    if wait_s > 0:
        assert waits_longer(wait_s, *system) == pytest.approx(1 - q)
    else:
        assert waits_longer(0.0, *system) <= 1 - q + 1e-12


@given(shares, loads, st.integers(1, 8))
def test_the_share_q_is_answered_within_its_quantile(q, utilization, servers):
    system = 2.0 * utilization * servers, 2.0, servers
    latency_s = theory.mmc_latency_quantile(q, *system)
    assert lasts_longer(latency_s, *system) == pytest.approx(1 - q, rel=1e-6)


def test_latency_is_smooth_where_waiting_is_as_fast_as_service():
    near = [theory.mmc_latency_quantile(0.99, 1.0 + shift, 1.0, 2) for shift in (-1e-9, 0, 1e-9)]
    assert near == pytest.approx([near[1]] * 3, rel=1e-7)


def test_bounded_queue_agrees_with_the_published_numbers(published):
    parameters, expected = published("q04-mmck")
    queue_limit = parameters["K"] - parameters["c"]
    queue = theory.bounded_queue(parameters["lam"], parameters["mu"], parameters["c"], queue_limit)
    found = {
        "P_block": queue.blocking_probability,
        "throughput": queue.throughput_per_s,
        "L": queue.mean_in_system,
        "Lq": queue.mean_queued,
        "W_accepted": queue.mean_latency_s,
        "Wq_accepted": queue.mean_wait_s,
        "P0": queue.idle_probability,
        "util": queue.utilization,
    }
    assert found == pytest.approx(expected, rel=1e-7)


@given(st.floats(0.01, 100), servers)
def test_without_waiting_places_a_bounded_queue_is_a_loss_system(offered_load, servers):
    queue = theory.bounded_queue(offered_load, 1.0, servers, queue_limit=0)
    assert queue.blocking_probability == pytest.approx(theory.erlang_b(offered_load, servers))


@given(st.floats(0.01, 0.9), servers)
def test_with_ample_places_a_bounded_queue_is_an_unbounded_one(utilization, servers):
    system = utilization * servers, 1.0, servers
    queue = theory.bounded_queue(*system, queue_limit=1_000)
    assert queue.mean_wait_s == pytest.approx(theory.mmc_mean_wait(*system))


@given(st.floats(0.01, 100), servers, st.integers(0, 200))
def test_what_a_bounded_queue_does_not_block_it_serves(arrival_rate, servers, queue_limit):
    queue = theory.bounded_queue(arrival_rate, 1.0, servers, queue_limit)
    accepted = arrival_rate * (1 - queue.blocking_probability)
    assert queue.throughput_per_s == pytest.approx(accepted, rel=1e-6)


def test_a_single_bounded_server_at_its_capacity_is_equally_often_in_every_state():
    queue = theory.bounded_queue(1.0, 1.0, servers=1, queue_limit=9)
    assert queue.blocking_probability == pytest.approx(1 / 11)
    assert queue.mean_in_system == pytest.approx(5)


def test_pollaczek_khinchine_agrees_with_the_published_wait(published):
    parameters, expected = published("q07-mg1-lognormal")
    cv = math.sqrt(parameters["scv"])
    wait = theory.mg1_mean_wait(expected["lam"], parameters["mean"], cv)
    assert wait == pytest.approx(expected["Wq"], rel=1e-7)


@given(loads)
def test_exponential_service_makes_mg1_an_mm1(utilization):
    wait_s = theory.mg1_mean_wait(utilization, mean_service_s=1.0, cv=1.0)
    assert wait_s == pytest.approx(theory.mmc_mean_wait(utilization, 1.0))


def test_processor_sharing_agrees_with_the_published_latency(published):
    parameters, expected = published("q10-mg1-ps")
    mean_s = parameters["mean"]
    latency_s = theory.mg1_ps_mean_latency(parameters["rho"] / mean_s, mean_s)
    assert latency_s == pytest.approx(expected["W"])


@pytest.mark.parametrize("load", [0.3, 0.8])
def test_shared_latencies_have_the_variance_of_coffman_muntz_and_trotter(load):
    tail = SharedLatency(load, [1.0], [1.0])
    step_s = 0.05 / (1 - load)
    times_s = np.arange(0, 1000) * step_s
    survivors = np.array([tail(t) for t in times_s])
    mean_s = np.trapezoid(survivors, dx=step_s)
    second = 2 * np.trapezoid(times_s * survivors, dx=step_s)
    assert mean_s == pytest.approx(1 / (1 - load), rel=1e-3)
    assert second - mean_s**2 == pytest.approx((2 + load) / (2 - load) / (1 - load) ** 2, rel=1e-3)


@pytest.mark.parametrize("means_s", [(0.25, 4.0), (0.8, 1.8)])
def test_the_mean_of_shared_latencies_knows_nothing_of_the_shape_of_service(means_s):
    long = (1 - means_s[0]) / (means_s[1] - means_s[0])
    tail = SharedLatency(0.6, [1 - long, long], means_s)
    times_s = np.linspace(0, 250, 2501)
    mean_s = np.trapezoid([tail(t) for t in times_s], times_s)
    assert mean_s == pytest.approx(theory.mg1_ps_mean_latency(0.6, 1.0), rel=3e-3)


def test_phases_that_are_alike_share_as_one_does():
    alike = theory.mh1_ps_latency_quantile(0.99, 0.8, [0.3, 0.7], [1.0, 1.0])
    assert alike == pytest.approx(theory.mh1_ps_latency_quantile(0.99, 0.8, [1.0], [1.0]), rel=1e-6)


def test_constant_service_agrees_with_the_published_quantiles(published):
    parameters, expected = published("q06-md1")
    system = parameters["lam"], parameters["D"]
    found = {
        "wait_p95": theory.md1_wait_quantile(0.95, *system),
        "wait_p99": theory.md1_wait_quantile(0.99, *system),
    }
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-6)


@given(st.floats(0.05, 0.9), st.floats(0.0, 0.999))
def test_constant_service_follows_crommelin_where_his_series_has_digits(load, q):
    wait = theory.md1_wait_quantile(q, load, 1.0)
    if 0 < wait < 8:
        assert crommelin(wait, load) == pytest.approx(q, rel=1e-7)
    if wait == 0:
        assert q <= 1 - load + 1e-12


@pytest.mark.parametrize("load", [0.3, 0.8, 0.95])
def test_quantiles_of_constant_service_average_to_pollaczek_khinchine(load):
    doubt = np.geomspace(1e-8, 1, 401)  # 1 - q, dense where the quantile is steep
    waits = np.array([theory.md1_wait_quantile(1 - d, load, 1.0) for d in doubt])
    mean = np.trapezoid(waits * doubt, np.log(doubt))
    assert mean == pytest.approx(theory.mg1_mean_wait(load, 1.0, cv=0.0), rel=2e-3)


@pytest.mark.parametrize("load", [0.5, 0.9, 0.99, 0.999])
def test_the_tail_of_constant_service_falls_at_the_rate_of_large_deviations(load):
    decade = theory.md1_wait_quantile(0.9999, load, 1.0) - theory.md1_wait_quantile(
        0.999, load, 1.0
    )
    rate = math.log(10) / decade
    assert load * math.expm1(rate) == pytest.approx(rate, rel=1e-3)


def test_quantiles_scale_with_the_unit_of_time():
    seconds = theory.md1_wait_quantile(0.9, 80, 0.01)
    assert seconds == pytest.approx(theory.md1_wait_quantile(0.9, 0.8, 1.0) / 100)


UNSTABLE = [
    lambda: theory.mmc_mean_wait(5, 1, 5),
    lambda: theory.mmc_latency_quantile(0.5, 6, 1, 5),
    lambda: theory.mg1_mean_wait(1, 1.0, 1.0),
    lambda: theory.mg1_ps_mean_latency(2, 1.0),
    lambda: theory.mh1_ps_latency_quantile(0.5, 2, [1.0], [1.0]),
    lambda: theory.md1_wait_quantile(0.5, 1, 1.0),
    lambda: theory.round_robin_mean_wait(4, 1, 4),
    lambda: theory.dm1_mean_latency(1, 1),
    lambda: theory.shortest_of_two(2, 1),
]


@pytest.mark.parametrize("formula", UNSTABLE)
def test_a_load_beyond_the_servers_has_no_steady_state(formula):
    with pytest.raises(ValueError, match="no steady state"):
        formula()


OUT_OF_RANGE = {
    "arrival_rate must be above 0, got 0": lambda: theory.mmc_mean_wait(0, 1),
    "service_rate must be above 0, got nan": lambda: theory.mmc_mean_wait(1, math.nan),
    "servers must be above 0": lambda: theory.erlang_b(1, 0),
    "queue_limit must be 0 or more": lambda: theory.bounded_queue(1, 1, 1, queue_limit=-1),
    "cv must be 0 or more": lambda: theory.mg1_mean_wait(0.5, 1.0, cv=-1),
    "mean_service_s must be above 0": lambda: theory.mg1_ps_mean_latency(1, 0),
    "q must be at least 0 and below 1, got 1": lambda: theory.mmc_wait_quantile(1, 0.5, 1),
    "q must be at most 1 - 1e-9": lambda: theory.md1_wait_quantile(1 - 1e-12, 0.5, 1),
}


@pytest.mark.parametrize("message", OUT_OF_RANGE)
def test_arguments_out_of_range_are_refused_by_name(message):
    with pytest.raises(ValueError, match=message):
        OUT_OF_RANGE[message]()
