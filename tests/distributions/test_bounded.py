"""What distributions between two bounds promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats
from scipy.integrate import quad

from simulator.distributions.bounded import BoundedPareto, Uniform

FLUKE = 1e-6


def draws(distribution, n=100_000):
    return distribution.sample(np.random.default_rng(5), n)


def test_a_uniform_time_is_uniform():
    law = stats.uniform(loc=0.1, scale=0.3)
    assert stats.kstest(draws(Uniform(low=0.1, high=0.4)), law.cdf).pvalue > FLUKE
    assert Uniform(low=0.1, high=0.4).average() == pytest.approx(law.mean())
    assert Uniform(low=0.1, high=0.4).variability() == pytest.approx(law.std() / law.mean())


@pytest.mark.parametrize("index", [0.5, 1.0, 1.5, 2.0, 3.5])
def test_a_bounded_pareto_is_the_tail_of_a_pareto_cut_off(index):
    law = stats.truncpareto(b=index, c=1000.0, scale=0.01)
    found = BoundedPareto(index=index, least=0.01, most=10.0)
    assert stats.kstest(draws(found), law.cdf).pvalue > FLUKE


@pytest.mark.parametrize("index", [0.5, 1.0, 1.5, 2.0, 3.5])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_moments_of_a_bounded_pareto_are_its_integrals(index, order):
    least, most = 0.1, 100.0
    norm = index * least**index / (1 - (least / most) ** index)
    integral, _ = quad(lambda log_t: np.exp((order - index) * log_t), *np.log([least, most]))
    found = BoundedPareto(index=index, least=least, most=most).moment(order)
    assert found == pytest.approx(norm * integral, rel=1e-8)


def test_moments_agree_with_the_published_ones():
    """Mean and squared cv of B(0.1, 100, 1.5), used in the validation of M/G/1."""
    found = BoundedPareto(index=1.5, least=0.1, most=100.0)
    assert found.average() == pytest.approx(0.29052235, rel=1e-7)
    assert found.variability() ** 2 == pytest.approx(9.8847998, rel=1e-7)


@given(index=st.floats(0.02, 20.0), least=st.floats(1e-6, 1.0), orders=st.floats(0.01, 6.0))
def test_either_bound_may_be_left_to_the_mean(index, least, orders):
    most = least * 10**orders
    mean = BoundedPareto(index=index, least=least, most=most).average()
    by_most = BoundedPareto(index=index, most=most, mean=mean)
    assert by_most.average() == pytest.approx(mean, rel=1e-9)
    assert by_most.bounds()[0] == pytest.approx(least, rel=1e-3)
    try:
        by_least = BoundedPareto(index=index, least=least, mean=mean)
    except ValidationError as error:  # so near to the endless tail that the end is not to be told
        assert "that never ends" in str(error)  # noqa: PT017
    else:
        assert by_least.average() == pytest.approx(mean, rel=1e-9)


def test_draws_keep_to_the_bounds():
    times = draws(BoundedPareto(index=0.05, least=0.1, most=0.3))
    assert (times >= 0.1).all()
    assert (times <= 0.3).all()


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({}, "found none of them; give two of least, most and mean"),
        ({"least": 1.0}, "found least; give two"),
        ({"least": 1.0, "most": 2.0, "mean": 1.5}, "found least, mean, most; give two"),
        ({"least": 2.0, "most": 2.0}, "least is 2 s; must be less than most, 2 s"),
        ({"least": 2.0, "mean": 1.0}, "least is 2 s; must be less than mean, 1 s"),
        ({"mean": 2.0, "most": 1.0}, "mean is 2 s; must be less than most, 1 s"),
        ({"least": 1.0, "mean": 3.0}, r"mean is 3 s; must be less than 3 s, the mean of a tail"),
        ({"mean": 1e-70, "most": 1.0}, "more than 65 orders of magnitude apart"),
    ],
)
def test_bounds_that_do_not_go_together_are_refused(given_, message):
    with pytest.raises(ValidationError, match=message):
        BoundedPareto(index=1.5, **given_)


def test_a_mean_that_no_bound_brings_about_is_refused():
    with pytest.raises(ValidationError, match="no other bound gives a mean of 1e-50 s at index"):
        BoundedPareto(index=0.5, most=1.0, mean=1e-50)


@pytest.mark.parametrize(("low", "high"), [(2.0, 1.0), (1.0, 1.0)])
def test_uniform_bounds_in_the_wrong_order_are_refused(low, high):
    with pytest.raises(
        ValidationError, match=f"low is {low:g} s; must be less than high, {high:g}"
    ):
        Uniform(low=low, high=high)
