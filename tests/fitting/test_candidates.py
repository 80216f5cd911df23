"""Whether what was drawn from a kind of distribution is found to be of that kind."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from simulator.distributions import distributions
from simulator.fitting.candidates import FITS, candidates, ks_distance
from tests.fitting.recordings import drawn

KNOWN = {
    "exponential": {"kind": "exponential", "mean": "80ms"},
    "erlang": {"kind": "erlang", "phases": 4, "mean": "80ms"},
    "gamma": {"kind": "gamma", "mean": "80ms", "cv": 1.6},
    "hyperexponential": {
        "kind": "hyperexponential",
        "probabilities": [0.9, 0.1],
        "means": ["10ms", "500ms"],
    },
    "lognormal": {"kind": "lognormal", "p50": "60ms", "p99": "400ms"},
    "mixture": {
        "kind": "mixture",
        "parts": [
            {"kind": "lognormal", "mean": "1ms", "cv": 0.3},
            {"kind": "lognormal", "mean": "80ms", "cv": 0.5},
        ],
        "weights": [0.8, 0.2],
    },
    "pareto": {"kind": "pareto", "mean": "80ms", "cv": 0.7},
    "bounded_pareto": {"kind": "bounded_pareto", "index": 0.8, "least": "1ms", "most": "2s"},
    "uniform": {"kind": "uniform", "low": "20ms", "high": "60ms"},
}
kinds = pytest.mark.parametrize("kind", KNOWN)


@pytest.fixture(scope="module")
def fitted():
    return {kind: candidates(drawn(law)) for kind, law in KNOWN.items()}


def of_kind(found, kind):
    return next(each for each in found if each.kind == kind)


def test_every_kind_that_is_fitted_is_tried():
    assert KNOWN.keys() == FITS.keys()
    assert FITS.keys() <= distributions.kinds().keys()


@kinds
def test_the_kind_that_was_drawn_from_is_the_likeliest(kind, fitted):
    found, _ = fitted[kind]
    true = of_kind(found, kind)
    # One that contains it, such as gamma an Erlang, can be a little likelier by chance.
    assert true.aic - found[0].aic < 2 * (found[0].parameters - true.parameters) + 10
    assert found[0].distance < 0.03


@kinds
def test_mean_and_variability_are_found_again(kind, fitted):
    true = distributions.validate(KNOWN[kind])
    spec = of_kind(fitted[kind][0], kind).spec
    values = drawn(KNOWN[kind])
    assert spec.average() == pytest.approx(true.average(), abs=5 * values.std() / np.sqrt(5000))
    assert spec.variability() == pytest.approx(true.variability(), rel=0.2)


@kinds
def test_what_is_written_is_the_law_that_was_judged(kind, fitted):
    for each in fitted[kind][0]:
        assert distributions.validate(each.written) == each.spec
        values = each.spec.sample(np.random.default_rng(11), 20_000)
        assert ks_distance(np.sort(values), each.law) < 0.02, each.kind


@kinds
def test_candidates_are_in_order_of_their_criterion(kind, fitted):
    found, refused = fitted[kind]
    assert [each.aic for each in found] == sorted(each.aic for each in found)
    assert {each.kind for each in found} | refused.keys() <= FITS.keys()
    for each in found:
        assert each.aic == 2 * each.parameters - 2 * each.log_likelihood


@pytest.mark.parametrize("kind", ["exponential", "lognormal", "gamma", "pareto"])
def test_no_other_parameters_are_likelier(kind, fitted):
    """Against SciPy's own search, where it has the kind."""
    values = drawn(KNOWN[kind])
    law = {"exponential": stats.expon, "lognormal": stats.lognorm}.get(kind) or getattr(stats, kind)
    fixed = {"floc": 0.0}
    scipy_likelihood = np.sum(law.logpdf(values, *law.fit(values, **fixed)))
    own = of_kind(fitted[kind][0], kind).log_likelihood
    assert own >= scipy_likelihood - 1e-3 * len(values) ** 0.5


@pytest.mark.parametrize("kind", ["hyperexponential", "bounded_pareto", "mixture"])
def test_the_likelihood_is_at_least_that_of_the_truth(kind, fitted):
    truth = {
        "hyperexponential": lambda t: (
            0.9 * stats.expon(scale=0.01).pdf(t) + 0.1 * stats.expon(scale=0.5).pdf(t)
        ),
        "bounded_pareto": stats.truncpareto(b=0.8, c=2000.0, scale=0.001).pdf,
        "mixture": lambda t: 0.8 * lognormal(0.001, 0.3).pdf(t) + 0.2 * lognormal(0.08, 0.5).pdf(t),
    }[kind]
    true_likelihood = np.log(truth(drawn(KNOWN[kind]))).sum()
    assert of_kind(fitted[kind][0], kind).log_likelihood >= true_likelihood


def lognormal(mean, cv):
    variance = np.log1p(cv**2)
    return stats.lognorm(s=np.sqrt(variance), scale=mean / np.exp(variance / 2))


def test_the_distance_is_that_of_kolmogorov_and_smirnov():
    values = np.sort(np.random.default_rng(1).exponential(size=300))
    law = stats.lognorm(s=0.7)
    assert ks_distance(values, law) == pytest.approx(stats.kstest(values, law.cdf).statistic)


def test_a_hit_and_a_miss_are_told_apart(fitted):
    first, second = of_kind(fitted["mixture"][0], "mixture").spec.parts
    assert first.average() == pytest.approx(0.001, rel=0.03)
    assert second.average() == pytest.approx(0.08, rel=0.05)


@pytest.mark.parametrize(
    ("law", "kind", "reason"),
    [
        (KNOWN["gamma"], "erlang", "more variable than one phase"),
        (KNOWN["gamma"], "pareto", "no mean"),
        (KNOWN["erlang"], "hyperexponential", "both phases are the same: exponential"),
        (KNOWN["uniform"] | {"low": "1ms"}, "bounded_pareto", "density would not fall"),
    ],
)
def test_a_kind_that_cannot_be_says_why(law, kind, reason):
    _, refused = candidates(drawn(law))
    assert reason in refused[kind]


def test_a_tail_too_heavy_for_a_variance_is_given_by_percentiles():
    law = {"kind": "pareto", "p50": "10ms", "p99": "150ms"}
    true = of_kind(candidates(drawn(law))[0], "pareto")
    assert set(true.written) == {"kind", "p50", "p99"}
    assert true.spec.variability() == np.inf


@given(
    arrays(float, st.integers(20, 60), elements=st.floats(1e-9, 1e9)),
    st.integers(0, 3),
)
@settings(max_examples=25)
def test_whatever_was_recorded_something_is_fitted(values, places):
    """Rounded, too: what is equal to so many digits comes often."""
    values = np.array([float(f"{value:.{places}e}") for value in values])
    assume(values.max() > values.min())
    found, _ = candidates(values)
    assert found
    assert all(0 <= each.distance <= 1 for each in found)


def test_times_that_hardly_vary_are_no_gamma():
    _, refused = candidates(1 + 1e-10 * np.random.default_rng(1).random(30))
    assert refused["gamma"] == refused["erlang"] == "the times hardly vary"


def test_many_values_are_fitted_in_a_moment_and_no_worse():
    values = drawn(KNOWN["hyperexponential"], n=100_000)
    weights = of_kind(candidates(values)[0], "hyperexponential").spec.probabilities
    assert weights == pytest.approx((0.9, 0.1), abs=0.01)
