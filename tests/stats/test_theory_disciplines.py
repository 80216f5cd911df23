"""What the closed forms of disciplines and of uncommon workers promise, one promise a test."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.stats import theory

loads = st.floats(0.05, 0.95)


# -- who is served next ------------------------------------------------------------------------


@given(loads)
def test_one_class_alone_waits_as_without_priorities(load):
    (wait_s,) = theory.mg1_priority_mean_waits([load], [1.0], [2.0])
    (latency_s,) = theory.mg1_preemptive_mean_latencies([load], [1.0], [2.0])
    assert wait_s == pytest.approx(theory.mg1_mean_wait(load, 1.0, cv=2.0))
    assert latency_s == pytest.approx(wait_s + 1)


@given(st.lists(st.floats(0.01, 0.2), min_size=2, max_size=4), st.floats(0, 3))
def test_priorities_only_move_waits_from_class_to_class(rates, cv):
    waits_s = theory.mg1_priority_mean_waits(rates, [1.0] * len(rates), [cv] * len(rates))
    together = sum(rate * each for rate, each in zip(rates, waits_s, strict=True))
    assert together == pytest.approx(sum(rates) * theory.mg1_mean_wait(sum(rates), 1.0, cv))
    assert waits_s == sorted(waits_s)


@given(st.floats(0.05, 0.45), st.floats(0.05, 0.45))
def test_whoever_interrupts_all_others_does_not_notice_them(urgent, other):
    latencies_s = theory.mg1_preemptive_mean_latencies([urgent, other], [1, 1], [1, 1])
    assert latencies_s[0] == pytest.approx(theory.mmc_mean_latency(urgent, 1.0))


@given(loads, st.integers(1, 20))
def test_many_servers_with_one_class_are_those_without_priorities(load, servers):
    (wait_s,) = theory.mmc_priority_mean_waits([load * servers], 1.0, servers)
    assert wait_s == pytest.approx(theory.mmc_mean_wait(load * servers, 1.0, servers), rel=1e-9)


@given(loads)
def test_the_newest_first_spreads_waits_and_keeps_their_mean(load):
    moments_s = (1.0, 2.0, 6.0)
    fifo = theory.mg1_wait_second_moment(load, moments_s)
    assert theory.mg1_wait_second_moment(load, moments_s, lifo=True) == pytest.approx(
        fifo / (1 - load)
    )
    mean_s = theory.mg1_mean_wait(load, 1.0, cv=1.0)
    assert fifo == pytest.approx(mean_s**2 + load * (2 - load) / (1 - load) ** 2)  # M/M/1


@given(loads)
def test_shorter_first_is_better_the_more_it_is_done(load):
    srpt = theory.mm1_srpt_mean_latency(load, 1.0)
    shortest = theory.mm1_shortest_first_mean_latency(load, 1.0)
    assert 1 <= srpt <= shortest <= theory.mmc_mean_latency(load, 1.0)


@pytest.mark.parametrize("function", ["mm1_srpt_mean_latency", "mm1_shortest_first_mean_latency"])
def test_twice_as_fast_is_half_as_long(function):
    of = getattr(theory, function)
    assert of(1.6, 2.0) == pytest.approx(of(0.8, 1.0) / 2)


# -- impatience --------------------------------------------------------------------------------


@given(st.floats(0.2, 0.9), st.integers(1, 30))
def test_endless_patience_is_a_queue_without_impatience(load, servers):
    rate = load * servers
    found = theory.erlang_a(rate, 1.0, servers, patience_s=1e9)
    assert found.mean_wait_s == pytest.approx(theory.mmc_mean_wait(rate, 1.0, servers), rel=1e-5)


@given(st.floats(0.2, 3.0), st.integers(1, 30))
def test_no_patience_at_all_is_a_system_without_a_queue(load, servers):
    rate = load * servers
    found = theory.erlang_a(rate, 1.0, servers, patience_s=1e-9)
    lost = theory.erlang_b(rate, servers)
    assert found.abandon_probability == pytest.approx(lost, rel=1e-5)


@given(st.floats(0.2, 3.0))
def test_patience_as_long_as_service_makes_the_number_inside_poisson(load):
    # One server, and those who wait leave at the rate of service: M/M/inf.
    found = theory.erlang_a(load, 1.0, servers=1, patience_s=1.0)
    assert found.wait_probability == pytest.approx(1 - math.exp(-load))


# -- batches, breakdowns, no limit -------------------------------------------------------------


@given(loads, st.integers(1, 50))
def test_the_root_of_bulk_service_solves_its_equation(load, size):
    found = theory.bulk_service(load * size, 1.0, size)
    rate, r = load * size, found.ratio
    assert r ** (size + 1) - (rate + 1) * r + rate == pytest.approx(0, abs=1e-9)
    assert 0 < r < 1


@given(loads)
def test_batches_of_one_are_a_plain_queue(load):
    found = theory.bulk_service(load, 1.0, size=1)
    assert found.mean_latency_s == pytest.approx(theory.mmc_mean_latency(load, 1.0))
    assert found.mean_batch == pytest.approx(1)


@given(loads)
def test_a_server_that_hardly_ever_fails_is_a_plain_queue(load):
    inside = theory.mm1_breakdowns_mean_in_system(load, 1.0, mtbf_s=1e12, mttr_s=1.0)
    assert inside == pytest.approx(load / (1 - load), rel=1e-6)


@given(st.floats(0.1, 200), st.floats(0.001, 0.999))
def test_a_poisson_quantile_is_exceeded_as_seldom_as_it_says(mean, q):
    number = theory.poisson_quantile(q, mean)
    assert theory.poisson_exceeds(mean, number) <= 1 - q + 1e-12
    if number:
        assert theory.poisson_exceeds(mean, number - 1) > 1 - q - 1e-12


@given(loads)
def test_departures_are_as_regular_as_what_binds_them(load):
    assert theory.mg1_departure_scv(load, 1.0, cv=1.0) == pytest.approx(1)
    assert theory.mg1_departure_scv(load, 1.0, cv=0.0) == pytest.approx(1 - load**2)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        ("mg1_priority_mean_waits", ([0.5, 0.6], [1, 1], [1, 1]), "no steady state"),
        ("mg1_priority_mean_waits", ([0.5], [1], [-1]), "cv must be 0 or more"),
        ("mg1_preemptive_mean_latencies", ([0.5, 0.0], [1, 1], [1, 1]), "above 0"),
        ("mmc_priority_mean_waits", ([0.5, 0.6], 1.0, 1), "no steady state"),
        ("mm1_srpt_mean_latency", (1.0, 1.0), "no steady state"),
        ("erlang_a", (1.0, 1.0, 1, 0.0), "patience_s must be above 0"),
        ("bulk_service", (5.0, 1.0, 5), "no steady state"),
        ("availability", (0.0, 1.0), "mtbf_s must be above 0"),
        ("mm1_breakdowns_mean_in_system", (0.95, 1.0, 9.0, 1.0), "no steady state"),
        ("poisson_exceeds", (4.0, -1), "number must be 0 or more"),
        ("poisson_quantile", (1.0, 4.0), "q must be at least 0"),
        ("mginf_mean_after", (4.0, 0.0), "lived_s must be above 0"),
    ],
)
def test_what_has_no_answer_is_refused(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(theory, function)(*arguments)
