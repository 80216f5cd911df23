"""What Sobol' indices promise, on functions whose indices are known in closed form."""

import numpy as np
import pytest

from simulator.stats.sobol import saltelli_design, sobol_indices

A, B = 7.0, 0.1
ISHIGAMI_FIRST = (0.3139, 0.4424, 0.0)
ISHIGAMI_TOTAL = (0.5576, 0.4424, 0.2437)
WEIGHTS = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0])


def ishigami(shares):
    """Ishigami and Homma, 1990, with a = 7 and b = 0.1, on -pi to pi."""
    x = np.pi * (2 * shares - 1)
    return np.sin(x[..., 0]) * (1 + B * x[..., 2] ** 4) + A * np.sin(x[..., 1]) ** 2


def g(shares):
    """Sobol's g function with the weights of Saltelli and Sobol', 1995."""
    return ((np.abs(4 * shares - 2) + WEIGHTS) / (1 + WEIGHTS)).prod(axis=-1)


def g_indices():
    """First-order and total indices of the g function, in closed form."""
    parts = 1 / (3 * (1 + WEIGHTS) ** 2)
    variance = (1 + parts).prod() - 1
    return parts / variance, parts * (1 + parts).prod() / (1 + parts) / variance


def shares(found):
    return [each.share for each in found]


def uncertain(function, values, rows, seed, spread, replications):
    """Results of a function at random points, each run with luck that its row shares in part."""
    rng = np.random.default_rng(seed)
    a, b = rng.random((2, rows, 1, values))
    points = np.concatenate([a, b, np.where(np.eye(values, dtype=bool), b, a)], axis=1)
    shared = rng.normal(0, spread, (rows, 1, replications))
    own = rng.normal(0, spread, (rows, values + 2, replications))
    return function(points)[..., np.newaxis] + shared + own


def test_the_ishigami_function_has_its_published_indices():
    found = sobol_indices(ishigami(saltelli_design(3, 2**13, seed=1))[..., np.newaxis])
    assert shares(found.first) == pytest.approx(ISHIGAMI_FIRST, abs=0.02)
    assert shares(found.total) == pytest.approx(ISHIGAMI_TOTAL, abs=0.01)
    variance = A**2 / 8 + B * np.pi**4 / 5 + B**2 * np.pi**8 / 18 + 0.5
    assert found.variance == pytest.approx(variance, rel=0.01)


def test_the_g_function_has_the_indices_of_its_closed_form():
    found = sobol_indices(g(saltelli_design(8, 8192, seed=1))[..., np.newaxis])
    first, total = g_indices()
    assert first[:4] == pytest.approx([0.716, 0.179, 0.0237, 0.0072], abs=0.0005)  # published
    assert shares(found.first) == pytest.approx(first, abs=0.01)
    assert shares(found.total) == pytest.approx(total, abs=0.01)


def test_luck_does_not_count_as_sensitivity():
    results = uncertain(ishigami, 3, rows=8192, seed=1, spread=3.0, replications=2)
    found = sobol_indices(results)
    assert shares(found.first) == pytest.approx(ISHIGAMI_FIRST, abs=0.05)
    assert shares(found.total) == pytest.approx(ISHIGAMI_TOTAL, abs=0.05)
    assert found.luck == pytest.approx(18 / (18 + found.variance), abs=0.02)


def test_what_runs_share_within_a_row_makes_its_indices_sharper():
    alone = uncertain(ishigami, 3, rows=512, seed=1, spread=0.0, replications=2)
    rng = np.random.default_rng(2)
    shared = alone + rng.normal(0, 3, (512, 1, 2))
    independent = alone + rng.normal(0, 3, (512, 5, 2))

    def width(results):
        return sum(each.high - each.low for each in sobol_indices(results).total)

    assert width(shared) < 0.9 * width(independent)


def test_intervals_cover_the_indices_about_as_often_as_they_say():
    covered = []
    for seed in range(100):
        found = sobol_indices(uncertain(ishigami, 3, 128, seed, spread=1.0, replications=2))
        pairs = zip([*found.first, *found.total], ISHIGAMI_FIRST + ISHIGAMI_TOTAL, strict=True)
        covered.append([each.low <= truth <= each.high for each, truth in pairs])
    rates = np.mean(covered, axis=0)
    assert (rates > 0.87).all()
    assert 0.92 < rates.mean() < 0.98


def test_values_that_do_nothing_divide_nothing_up():
    luck_only = sobol_indices(np.random.default_rng(1).normal(size=(256, 4, 2)))
    constant = sobol_indices(np.full((16, 4, 2), 0.1))
    for found in (luck_only, constant):
        assert found.first == found.total == ()
    assert luck_only.luck == pytest.approx(1.0, abs=0.05)


def test_a_value_that_only_works_with_another_has_a_total_index_alone():
    both = saltelli_design(2, 4096, seed=1)
    found = sobol_indices(((both[..., 0] - 0.5) * (both[..., 1] - 0.5))[..., np.newaxis])
    assert shares(found.first) == pytest.approx([0, 0], abs=0.01)
    assert shares(found.total) == pytest.approx([1, 1], abs=0.01)


def test_a_level_far_from_zero_does_not_hide_what_is_on_it():
    results = ishigami(saltelli_design(3, 256, seed=1))[..., np.newaxis]
    high, low = sobol_indices(results + 1e9), sobol_indices(results)
    assert shares(high.total) == pytest.approx(shares(low.total), abs=1e-5)


def test_each_row_exchanges_one_value_at_a_time():
    design = saltelli_design(3, 8, seed=1)
    a, b = design[:, 0], design[:, 1]
    for i in range(3):
        assert (design[:, 2 + i, i] == b[:, i]).all()
        assert (np.delete(design[:, 2 + i], i, axis=1) == np.delete(a, i, axis=1)).all()


@pytest.mark.parametrize(
    ("results", "words"),
    [
        (np.zeros((4, 4)), "values \\+ 2"),
        (np.zeros((1, 4, 2)), "rows >= 2"),
        (np.full((4, 4, 2), np.nan), "rows \\[0, 1"),
    ],
)
def test_what_cannot_be_used_is_refused(results, words):
    with pytest.raises(ValueError, match=words):
        sobol_indices(results)
