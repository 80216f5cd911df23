"""What theory says of releases, against published numbers and by counting in another way."""

import numpy as np
import pytest

from simulator.stats import theory

PUBLISHED = {(0.01, 0.05, 0.25, 1.0): 21, (0.05, 0.25, 1.0): 32, (0.1, 1.0): 60, (1.0,): 600}


@pytest.mark.parametrize("steps", PUBLISHED)
def test_excess_errors_of_ramps_are_the_published_ones(steps):
    """A hundred calls a second, ten minutes a step, 1 % become 2 %, one look at 1 %."""
    found = theory.excess_failures(steps, 100 * 600, 0.01, 0.02, 0.01)
    assert round(found) == PUBLISHED[steps]


def test_a_candidate_that_is_as_good_fails_at_the_nominal_rate_where_arms_are_large():
    for alpha in (0.01, 0.05, 0.2):
        passes = theory.passes_two_proportions((20_000, 20_000), (0.05, 0.05), alpha)
        assert 1 - passes == pytest.approx(alpha, rel=0.02)


def test_a_small_arm_with_few_failures_fails_more_often_than_nominal():
    passes = theory.passes_two_proportions((59_400, 600), (0.01, 0.01), 0.01)
    assert 1 - passes > 0.015


def test_the_sum_over_failures_is_what_drawing_them_says():
    rng = np.random.default_rng(1)
    calls, ratios, bound = np.array([900, 100]), np.array([0.1, 0.2]), 1.6449
    failed = rng.binomial(calls, ratios, size=(40_000, 2))
    pooled = failed.sum(axis=1) / calls.sum()
    spread = np.sqrt(pooled * (1 - pooled) * (1 / calls).sum())
    seen = float((np.diff(failed / calls, axis=1)[:, 0] <= bound * spread).mean())
    expected = theory.passes_two_proportions((900, 100), (0.1, 0.2), 0.05)
    assert seen == pytest.approx(expected, abs=0.01)


def test_exposure_of_a_rollback_is_the_area_under_the_share():
    for waves in (1, 4, 10):
        shares = 1 - np.arange(waves) / waves
        assert theory.exposure_of_rollback(waves, 30.0) == pytest.approx(shares.sum() * 30.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.passes_two_proportions((0, 10), (0.1, 0.1), 0.05), "calls must be above 0"),
        (lambda: theory.passes_two_proportions((9, 9), (0.1, 1.1), 0.05), "must be 0 to 1"),
        (lambda: theory.excess_failures([0.0, 1.0], 100, 0.1, 0.2, 0.05), "above 0 and up to 1"),
        (lambda: theory.exposure_of_rollback(0, 1.0), "must be 1 or more"),
    ],
)
def test_arguments_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
