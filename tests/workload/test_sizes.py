"""Distributions of whole numbers."""

import numpy as np
import pytest
from scipy.stats import chisquare

from simulator.workload.sizes import ConstantSize, size_distributions
from tests.workload.counting import FLUKE

N = 100_000
SIZES = {
    "constant": ({"kind": "constant", "value": 3}, {3: 1.0}),
    "uniform": ({"kind": "uniform", "low": 2, "high": 5}, dict.fromkeys(range(2, 6), 0.25)),
    "uniform from 1": ({"kind": "uniform", "high": 4}, dict.fromkeys(range(1, 5), 0.25)),
    "geometric": (
        {"kind": "geometric", "mean": 2.5},
        {k: 0.4 * 0.6 ** (k - 1) for k in range(1, 15)},
    ),
    "always one": ({"kind": "geometric", "mean": 1.0}, {1: 1.0}),
    "empirical": ({"kind": "empirical", "values": [1, 7, 9]}, {1: 1 / 3, 7: 1 / 3, 9: 1 / 3}),
    "weighted": (
        {"kind": "empirical", "values": [1, 7, 9], "weights": [6, 3, 1]},
        {1: 0.6, 7: 0.3, 9: 0.1},
    ),
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes_come_as_often_as_their_distribution_says(name):
    spec, shares = SIZES[name]
    found = size_distributions.validate(spec).sample(np.random.default_rng(1), N)
    assert found.min() >= 1
    observed = [(found == size).sum() for size in shares]
    rest = 1 - sum(shares.values())
    if rest > 1e-9:
        observed, expected = [*observed, N - sum(observed)], [*shares.values(), rest]
    else:
        assert sum(observed) == N
        expected = [*shares.values()]
    assert len(expected) == 1 or chisquare(observed, N * np.array(expected)).pvalue > FLUKE


@pytest.mark.parametrize("name", SIZES)
def test_the_average_is_the_mean_of_the_draws(name):
    sizes = size_distributions.validate(SIZES[name][0])
    found = sizes.sample(np.random.default_rng(2), N)
    assert found.mean() == pytest.approx(sizes.average(), abs=5 * found.std() / np.sqrt(N))


def test_a_number_alone_is_always_that_number():
    assert size_distributions.validate(4) == ConstantSize(value=4)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, True, "4s", None])
def test_what_is_no_number_of_things_is_refused(wrong):
    with pytest.raises(ValueError):  # noqa: PT011  each in its own words
        size_distributions.validate(wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "uniform", "low": 5, "high": 4}, "must be at most high, 4"),
        ({"kind": "geometric", "mean": 0.5}, "greater than or equal to 1"),
        ({"kind": "empirical", "values": [1, 2], "weights": [1.0]}, "1 weights for 2 values"),
        ({"kind": "empirical", "values": [1], "weights": [0.0]}, "not all zero"),
        ({"kind": "empirical", "values": [0, 1]}, "greater than or equal to 1"),
    ],
)
def test_impossible_sizes_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        size_distributions.validate(wrong)
