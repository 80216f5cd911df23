"""Every distribution of times, held against its own parameters and against theory."""

from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats

from simulator.distributions import distributions
from simulator.distributions.bounded import BoundedPareto, Uniform
from simulator.distributions.empirical import Empirical
from simulator.distributions.mixture import Mixture
from simulator.distributions.parametric import (
    PERCENTILES,
    Constant,
    Exponential,
    Gamma,
    Lognormal,
    Pareto,
)
from simulator.distributions.phases import Erlang, Hyperexponential, PhaseType
from simulator.distributions.shared import Shared

N = 200_000
FLUKE = 1e-6  # how likely a test may fail although all is well

SAMPLES = {
    "constant": [Constant(value=0.08)],
    "exponential": [Exponential(mean=0.08)],
    "lognormal": [Lognormal(mean=0.08, cv=0.8), Lognormal(p50=0.06, p99=0.4)],
    "gamma": [
        Gamma(mean=0.08, cv=0.3),
        Gamma(mean=0.08, cv=2.0),
        Gamma(p50=0.06, p99=0.4),
        Gamma(p90=0.2, p95=0.21),
    ],
    "pareto": [Pareto(mean=0.08, cv=0.3), Pareto(p50=0.06, p99=0.2), Pareto(p90=0.06, p999=0.5)],
    "empirical": [
        Empirical(values=(0.01, 0.02, 0.09)),
        Empirical(values=(0.01, 0.02, 0.09), weights=(7.0, 2.0, 1.0)),
    ],
    "uniform": [Uniform(low=0.0, high=0.2), Uniform(low=0.05, high=0.06)],
    "bounded_pareto": [
        BoundedPareto(index=1.5, least=0.01, most=10.0),
        BoundedPareto(index=1.0, mean=0.08, most=1.0),
        BoundedPareto(index=2.0, least=0.05, mean=0.08),
    ],
    "erlang": [Erlang(phases=1, mean=0.08), Erlang(phases=4, mean=0.08)],
    "hyperexponential": [
        Hyperexponential(mean=0.08, cv=1.0),
        Hyperexponential(mean=0.08, cv=2.0),
        Hyperexponential(probabilities=(0.7, 0.2, 0.1), means=(0.01, 0.1, 0.5)),
    ],
    "phase_type": [PhaseType(mean=0.08, cv=cv) for cv in (0.1, 0.4, 0.5, 0.9, 1.0, 3.0)],
    "shared": [Shared(name="payload", of=Exponential(mean=400.0), factor=2e-4)],
    "mixture": [
        Mixture(parts=(0.02, Exponential(mean=0.5)), weights=(3.0, 1.0)),
        Mixture(
            parts=(Uniform(low=0.0, high=0.1), Mixture(parts=(0.3, Erlang(phases=2, mean=1.0))))
        ),
    ],
}
EACH = [sample for of_kind in SAMPLES.values() for sample in of_kind]


@cache
def drawn(distribution, n=N):
    return distribution.sample(np.random.default_rng(7), n)


def given_percentiles(distribution):
    """Level -> seconds, as far as a distribution was given by percentiles."""
    found = {level: getattr(distribution, name, None) for name, level in PERCENTILES.items()}
    return {level: value for level, value in found.items() if value is not None}


def scipy_law(distribution):
    """The same distribution in SciPy, from its definition by mean and cv."""
    mean, cv = distribution.mean, getattr(distribution, "cv", 1.0)
    match distribution.kind:
        case "exponential":
            return stats.expon(scale=mean)
        case "lognormal":
            sigma = np.sqrt(np.log(1 + cv**2))
            return stats.lognorm(s=sigma, scale=mean / np.exp(sigma**2 / 2))
        case "gamma":
            return stats.gamma(a=cv**-2, scale=mean * cv**2)
        case "erlang":
            return stats.gamma(a=distribution.phases, scale=mean / distribution.phases)
        case "pareto":
            index = 1 + np.sqrt(1 + cv**-2)
            return stats.pareto(b=index, scale=mean * (index - 1) / index)


def each(samples):
    """A test for each of some distributions, named by what they are given by."""
    ids = [repr(sample).replace("kind=", "")[:50] for sample in samples]
    return pytest.mark.parametrize("distribution", samples, ids=ids)


BY_PERCENTILES = [sample for sample in EACH if given_percentiles(sample)]
KNOWN_TO_SCIPY = {"exponential", "lognormal", "gamma", "pareto", "erlang"}
BY_MEAN = [
    sample
    for sample in EACH
    if getattr(sample, "mean", None) is not None and sample.kind in KNOWN_TO_SCIPY
]
LIGHT = [sample for sample in EACH if sample.kind != "pareto"]  # its squares have no variance


def test_every_kind_has_a_sample():
    assert SAMPLES.keys() == distributions.kinds().keys()


@each(EACH)
def test_draws_are_times(distribution):
    values = drawn(distribution)
    assert values.shape == (N,)
    assert np.isfinite(values).all()
    assert (values >= 0).all()


@each(EACH)
def test_the_average_is_that_of_the_draws(distribution):
    values = drawn(distribution)
    error = 5 * values.std() / np.sqrt(N)
    assert values.mean() == pytest.approx(distribution.average(), abs=error + 1e-15)


@each(LIGHT)
@pytest.mark.parametrize("order", [1, 2, 3])
def test_moments_are_those_of_the_draws(distribution, order):
    powers = drawn(distribution) ** order
    error = 5 * powers.std() / np.sqrt(N)
    assert powers.mean() == pytest.approx(distribution.moment(order), abs=error + 1e-15)


@each(EACH)
def test_the_first_moment_is_the_average(distribution):
    assert distribution.moment(1) == pytest.approx(distribution.average(), rel=1e-9)


def test_the_second_moment_of_a_pareto_is_that_of_its_index():
    found = Pareto(p90=0.06, p999=0.5)
    index = np.log(100) / np.log(0.5 / 0.06)
    law = stats.pareto(b=index, scale=0.06 * 0.1 ** (1 / index))
    assert found.moment(2) == pytest.approx(law.var() + law.mean() ** 2)


def test_a_tail_may_be_too_heavy_for_a_variance():
    heavy = Pareto(p50=0.06, p99=0.6)
    assert heavy.moment(2) == heavy.variability() == np.inf


def test_nothing_varies_about_a_constant():
    assert Constant(value=0.08).variability() == Constant(value=0.0).variability() == 0


@each(BY_MEAN)
def test_mean_and_cv_are_as_given(distribution):
    law = scipy_law(distribution)
    assert law.mean() == pytest.approx(distribution.mean)
    assert law.std() / law.mean() == pytest.approx(distribution.variability())
    assert getattr(distribution, "cv", None) in (None, pytest.approx(distribution.variability()))
    assert stats.kstest(drawn(distribution), law.cdf).pvalue > FLUKE


@each(BY_PERCENTILES)
def test_percentiles_are_as_given(distribution):
    for level, value in given_percentiles(distribution).items():
        below = (drawn(distribution) <= value).mean()
        assert below == pytest.approx(level, abs=5 * np.sqrt(level * (1 - level) / N))


def test_a_constant_is_constant():
    assert set(drawn(Constant(value=0.08))) == {0.08}


def test_weights_are_how_often_a_value_comes():
    values = drawn(Empirical(values=(0.01, 0.02), weights=(3.0, 1.0)))
    assert (values == 0.01).mean() == pytest.approx(0.75, abs=5 * np.sqrt(0.75 * 0.25 / N))


def test_a_gamma_of_cv_one_is_exponential():
    assert stats.kstest(drawn(Gamma(mean=0.08, cv=1.0)), stats.expon(scale=0.08).cdf).pvalue > FLUKE


def test_draws_are_independent():
    for distribution in (Exponential(mean=1.0), Lognormal(mean=1.0, cv=0.5)):
        values = drawn(distribution)
        assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 5 / np.sqrt(N)


@given(
    st.sampled_from([Lognormal, Gamma, Pareto]),
    st.floats(1e-6, 1e4),
    st.floats(1e-6, 1e6),
)
def test_any_mean_and_cv_allowed_is_kept(kind, mean, cv):
    assert kind(mean=mean, cv=cv).average() == pytest.approx(mean, rel=1e-6)


@given(
    st.sampled_from([Lognormal, Gamma, Pareto]),
    st.floats(1e-3, 1.0),
    st.floats(1.01, 20.0),
)
def test_any_two_percentiles_are_kept_or_refused(kind, p50, ratio):
    try:
        found = kind(p50=p50, p99=p50 * ratio)
    except ValidationError:
        assume(False)
    values = found.sample(np.random.default_rng(1), 10_000)
    for level, value in ((0.5, p50), (0.99, p50 * ratio)):
        error = 6 * np.sqrt(level * (1 - level) / 10_000)
        assert (values <= value).mean() == pytest.approx(level, abs=error)


# -- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Lognormal, Gamma, Pareto])
@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({}, "found nothing; give mean and cv, or two of p50, p90, p95, p99, p999"),
        ({"mean": 1.0}, "found mean; give mean and cv"),
        ({"cv": 1.0}, "found cv; give mean and cv"),
        ({"mean": 1.0, "p99": 3.0}, "found mean, p99; give"),
        ({"p50": 1.0, "p90": 2.0, "p99": 3.0}, "found p50, p90, p99; give"),
        ({"mean": 1.0, "cv": 1.0, "p99": 3.0}, "found mean, cv, p99; give"),
        ({"p50": 2.0, "p99": 2.0}, "p50 is 2 s; must be less than p99, 2 s"),
        ({"p95": 3.0, "p99": 2.0}, "p95 is 3 s; must be less than p99, 2 s"),
        ({"mean": 1.0, "cv": 0.0}, "greater than or equal to 0.000001"),
        ({"mean": 1.0, "cv": 1e9}, "less than or equal to 1000000"),
        ({"mean": 0.0, "cv": 1.0}, "greater than 0"),
        ({"mean": -1.0, "cv": 1.0}, "greater than 0"),
    ],
)
def test_impossible_parameters_are_refused(kind, given_, message):
    with pytest.raises(ValidationError, match=message):
        kind(**given_)


def test_percentiles_that_no_gamma_has_are_refused():
    with pytest.raises(ValidationError, match="no gamma distribution has percentiles this far"):
        Gamma(p50=1e-40, p90=1.0)


def test_a_tail_without_a_mean_is_refused():
    with pytest.raises(ValidationError, match=r"tail index would be 0\.849; at 1 or less"):
        Pareto(p50=0.01, p99=1.0)


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"values": ()}, "at least 1"),
        ({"values": (1.0, -1.0)}, "greater than or equal to 0"),
        ({"values": (1.0, 2.0), "weights": (1.0,)}, "1 weights for 2 values"),
        ({"values": (1.0, 2.0), "weights": (1.0, -1.0)}, "must not be negative"),
        ({"values": (1.0, 2.0), "weights": (0.0, 0.0)}, "not all zero"),
    ],
)
def test_impossible_weights_are_refused(given_, message):
    with pytest.raises(ValidationError, match=message):
        Empirical(**given_)
