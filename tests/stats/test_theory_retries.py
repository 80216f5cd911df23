"""What the theory of retries, throttles and overload promises, one promise a test."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.stats import theory


def test_throttling_agrees_with_the_published_row(published):
    parameters, expected = published("r09-adaptive-throttle")
    found = theory.adaptive_throttling(parameters["req"], parameters["cap"], parameters["K"])
    assert found.sent_per_s == pytest.approx(expected["sent_per_s"])
    assert found.refused_per_s == pytest.approx(expected["rejected_locally"])
    assert found.refusal_probability == pytest.approx(expected["reject_prob"])
    assert found.rejected_per_s == pytest.approx(expected["backend_rejected"])


@given(st.floats(1, 1e4), st.floats(1, 1e4), st.floats(1, 10))
def test_what_comes_is_sent_or_refused(rate, cap, k):
    found = theory.adaptive_throttling(rate, cap, k)
    assert found.sent_per_s + found.refused_per_s == pytest.approx(rate)
    assert found.sent_per_s - found.rejected_per_s <= cap * (1 + 1e-9)


def test_the_grpc_threshold_agrees_with_the_published_row(published):
    parameters, expected = published("r07-grpc-throttle")
    name = "steady_failure_fraction_at_which_tokens_fall"
    assert theory.grpc_failure_threshold(parameters["tokenRatio"]) == pytest.approx(expected[name])


def test_layers_multiply(published):
    parameters, expected = published("r05-retry-amplification")
    found = theory.layered_attempts(parameters["n"], parameters["layers"])
    assert found == expected["worst_case_amplification_layers"]
    assert theory.layered_attempts(4, layers=3) == 64
    assert theory.layered_attempts(9, layers=0) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: theory.layered_attempts(0, layers=1),
        lambda: theory.layered_attempts(1, layers=-1),
        lambda: theory.adaptive_throttling(0, 1, 2),
        lambda: theory.grpc_failure_threshold(0),
        lambda: theory.hedged_exponential(1.0, -1.0),
        lambda: theory.redundancy_d_mean_latency(0.5, 1.0, k=2, d=3),
        lambda: theory.redundancy_d_mean_latency(1.0, 1.0, k=2, d=1),
        lambda: theory.metastable_threshold(1.0, retries=-1),
        lambda: theory.outage(1.0, 1.0, 1.0),
    ],
)
def test_values_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        wrong()


# -- hedges --------------------------------------------------------------------------------------


def test_hedging_agrees_with_the_published_row(published):
    parameters, expected = published("t04-hedge")
    mean = parameters["mean"]
    delay = theory.kth_of_exponentials_quantile(parameters["q"], 1, 1, mean)
    hedged, plain = (theory.hedged_exponential(mean, each) for each in (delay, float("inf")))
    assert delay == pytest.approx(expected["hedge_delay"], rel=1e-6)
    assert hedged.hedged_ratio == pytest.approx(expected["extra_requests_frac"])
    assert hedged.mean_latency_s == pytest.approx(expected["mean"])
    for q, name in ((0.99, "p99"), (0.999, "p999")):
        assert hedged.latency_quantile_s(q) == pytest.approx(expected[name], rel=1e-6)
        assert plain.latency_quantile_s(q) == pytest.approx(expected[f"{name}_no_hedge"], rel=1e-6)


def test_redundancy_agrees_with_the_published_row(published):
    parameters, expected = published("t06-redundancy-d")
    k, load = parameters["k"], parameters["rho"]
    for d, name in ((parameters["d"], "W"), (1, "W_random"), (k, "W_all_k")):
        found = theory.redundancy_d_mean_latency(load, 1.0, k, d)
        assert found == pytest.approx(expected[name], rel=1e-6)


def test_hedged_quantiles_are_those_of_draws_played_through():
    rng = np.random.default_rng(1)
    first, second = rng.exponential(10.0, (2, 400_000))
    latency = np.minimum(first, 12.0 + second)
    hedged = theory.hedged_exponential(10.0, 12.0)
    assert latency.mean() == pytest.approx(hedged.mean_latency_s, rel=0.01)
    for q in (0.5, 0.9, 0.99):
        assert np.quantile(latency, q) == pytest.approx(hedged.latency_quantile_s(q), rel=0.01)


# -- outages -------------------------------------------------------------------------------------


def test_outages_agree_with_the_published_row(published):
    parameters, expected = published("r16-drain")
    found = theory.outage(parameters["lam"], parameters["mu"], parameters["D"])
    assert found.backlog == expected["backlog"]
    assert found.drain_s == pytest.approx(expected["drain_time"])
    assert found.peak_wait_s == expected["peak_wait_of_first_after_restart"]
    assert found.recovery_s == pytest.approx(expected["total_recovery_from_outage_start"])
    assert found.mean_wait_s == expected["mean_delay_of_affected"]
    assert found.affected == pytest.approx(expected["affected"])


def test_the_threshold_of_metastability_agrees_with_the_published_row(published):
    parameters, expected = published("r15-metastable")
    threshold = theory.metastable_threshold(parameters["cap"], parameters["retries"])
    assert threshold == expected["threshold_load_for_metastability"]
    assert theory.metastable_threshold(300.0, retries=0) == 300.0
