"""What the theory of retries, throttles and overload promises, one promise a test."""

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
    ],
)
def test_values_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        wrong()
