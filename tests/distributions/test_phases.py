"""What phases promise: any mean and cv, and the distribution that the literature says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats

from simulator.distributions.phases import Erlang, Hyperexponential, PhaseType

FLUKE = 1e-6


def draws(distribution, n=200_000):
    return distribution.sample(np.random.default_rng(5), n)


def mixed(weights, laws):
    return lambda t: sum(w * law.cdf(t) for w, law in zip(weights, laws, strict=True))


def test_phases_of_a_hyperexponential_contribute_the_same_to_the_mean():
    probabilities, means = Hyperexponential(mean=2.0, cv=3.0).phases()
    assert probabilities * means == pytest.approx([1.0, 1.0])


def test_a_hyperexponential_is_a_choice_of_exponentials():
    cdf = mixed([0.8, 0.2], [stats.expon(scale=0.1), stats.expon(scale=2.0)])
    found = Hyperexponential(probabilities=(0.8, 0.2), means=(0.1, 2.0))
    assert stats.kstest(draws(found), cdf).pvalue > FLUKE


@given(mean=st.floats(1e-6, 1e4), cv=st.floats(1.0, 1e6))
def test_a_hyperexponential_keeps_mean_and_cv(mean, cv):
    found = Hyperexponential(mean=mean, cv=cv)
    assert found.average() == pytest.approx(mean)
    assert found.variability() == pytest.approx(cv)


@given(mean=st.floats(1e-6, 1e4), cv=st.floats(0.01, 1.0))
def test_a_mixture_of_erlangs_keeps_mean_and_cv(mean, cv):
    phases, fewer, each = PhaseType(mean=mean, cv=cv).erlang_mixture()
    shape = np.array([phases - 1, phases])
    share = np.array([fewer, 1 - fewer])
    assert share @ (shape * each) == pytest.approx(mean, rel=1e-6)
    second = share @ (shape * (shape + 1) * each**2)
    assert second == pytest.approx(mean**2 * (1 + cv**2), rel=1e-6)


def test_a_phase_type_below_one_mixes_erlangs_one_phase_apart():
    """Tijms, appendix B, for c² = 0.36: k = 3 and p = (1.08 - √(4.08 - 3.24)) / 1.36."""
    fewer = (1.08 - np.sqrt(0.84)) / 1.36
    scale = 1 / (3 - fewer)
    cdf = mixed([fewer, 1 - fewer], [stats.gamma(2, scale=scale), stats.gamma(3, scale=scale)])
    assert stats.kstest(draws(PhaseType(mean=1.0, cv=0.6)), cdf).pvalue > FLUKE


def test_a_phase_type_of_cv_one_is_exponential():
    assert (
        stats.kstest(draws(PhaseType(mean=2.0, cv=1.0)), stats.expon(scale=2.0).cdf).pvalue > FLUKE
    )


def test_a_phase_type_above_one_is_the_hyperexponential_with_balanced_means():
    parameters = {"mean": 2.0, "cv": 2.5}
    assert (draws(PhaseType(**parameters)) == draws(Hyperexponential(**parameters))).all()


def test_a_phase_type_reaches_the_cv_of_an_erlang():
    law = stats.gamma(4, scale=0.25)
    assert stats.kstest(draws(PhaseType(mean=1.0, cv=0.5)), law.cdf).pvalue > FLUKE
    assert Erlang(phases=4, mean=1.0).variability() == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({}, "found nothing; give mean and cv, or probabilities and means"),
        ({"mean": 1.0}, "found mean; give mean and cv, or"),
        ({"mean": 1.0, "cv": 2.0, "means": (1.0,)}, "found mean, cv, means; give"),
        ({"mean": 1.0, "cv": 0.9}, "greater than or equal to 1"),
        ({"probabilities": (1.0,), "means": (1.0, 2.0)}, "1 probabilities for 2 means"),
        ({"probabilities": (0.5, 0.4), "means": (1.0, 2.0)}, "add up to 0.9; must add up to 1"),
        ({"probabilities": (0.5, 0.5), "means": (1.0, 0.0)}, "greater than 0"),
    ],
)
def test_an_impossible_hyperexponential_is_refused(given_, message):
    with pytest.raises(ValidationError, match=message):
        Hyperexponential(**given_)


def test_a_phase_type_too_near_to_constant_is_refused():
    with pytest.raises(ValidationError, match=r"greater than or equal to 0\.01"):
        PhaseType(mean=1.0, cv=0.001)


@pytest.mark.parametrize("phases", [0, 2.5])
def test_phases_are_counted(phases):
    with pytest.raises(ValidationError, match=r"greater than or equal to 1|valid integer"):
        Erlang(phases=phases, mean=1.0)
