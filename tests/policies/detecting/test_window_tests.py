"""What tests of a window against a reference see of noise, and of a change."""

import numpy as np
import pytest
from scipy import stats

from simulator.policies.detecting import Bound, ChiSquare, KolmogorovSmirnov, Psi
from simulator.stats import theory

RUNS = 1500
NORMAL = np.random.default_rng(7).standard_normal
ROUGHLY = 3.9  # standard errors


def looks(spec, reference_rows, window_rows, runs=RUNS, shift=0.0):
    """Statistics and alarms of so many looks at fresh windows, each against a fresh reference."""
    watches = [spec.start(NORMAL(reference_rows)) for _ in range(runs)]
    alarms = np.array([watch.see(NORMAL(window_rows) + shift) for watch in watches])
    return np.array([watch.statistic for watch in watches]), alarms


def covers(values, expected):
    """Whether the mean of independent values is what it should be."""
    return abs(values.mean() - expected) < ROUGHLY * values.std(ddof=1) / len(values) ** 0.5


def test_psi_of_noise_is_as_large_as_the_chi_square_says():
    indices, _ = looks(Psi(), 1000, 1000)
    assert covers(indices, theory.psi_noise_mean(1000, 1000))
    limit = 0.025
    assert covers(indices > limit, theory.psi_noise_exceeds(limit, 1000, 1000))


def test_psi_of_few_rows_raises_alarms_for_nothing():
    indices, _ = looks(Psi(), 1000, 100)
    # The chi-square is that of many rows: of 100 in ten bins it is some per cent too small.
    assert indices.mean() == pytest.approx(theory.psi_noise_mean(1000, 100), rel=0.1)
    assert (indices > 0.1).mean() == pytest.approx(0.457, abs=0.05)
    assert (indices > 0.2).mean() == pytest.approx(0.056, abs=0.02)


def test_psi_of_a_shift_is_that_of_its_bins_and_the_noise():
    indices, _ = looks(Psi(), 20_000, 20_000, runs=50, shift=0.5)
    noise = theory.psi_noise_mean(20_000, 20_000)
    assert indices.mean() == pytest.approx(theory.psi_of_shift(0.5) + noise, rel=0.02)


@pytest.mark.parametrize(
    "spec", [Psi(alpha=0.05), KolmogorovSmirnov(), ChiSquare()], ids=["psi", "ks", "chi_square"]
)
def test_with_an_alpha_as_many_looks_are_false_alarms_whatever_the_rows(spec):
    for rows in (400, 4000):
        _, alarms = looks(spec, rows, rows, runs=RUNS if rows == 400 else 300)
        assert alarms.mean() == pytest.approx(0.05, abs=ROUGHLY * 0.22 / len(alarms) ** 0.5)


def test_ks_is_that_of_scipy():
    reference, window = NORMAL(300), NORMAL(200) + 0.2
    watch = KolmogorovSmirnov().start(reference)
    watch.see(window)
    expected = stats.ks_2samp(reference, window, method="asymp")
    assert watch.statistic == pytest.approx(expected.statistic)
    # Stephens's correction makes the probability a little smaller than the limit alone.
    assert watch.p_value == pytest.approx(stats.ks_2samp(reference, window).pvalue, rel=0.1)


def test_ks_finds_a_small_shift_once_there_are_rows_enough():
    rows = round(theory.ks_rows_for(theory.ks_of_shift(0.1)))
    _, few = looks(KolmogorovSmirnov(), rows // 10, rows // 10, runs=200, shift=0.1)
    _, many = looks(KolmogorovSmirnov(), 4 * rows, 4 * rows, runs=50, shift=0.1)
    assert few.mean() < 0.35
    assert many.mean() > 0.95


def test_ks_leaves_alone_what_is_too_small_to_matter():
    _, alarms = looks(KolmogorovSmirnov(least=0.1), 20_000, 20_000, runs=20, shift=0.1)
    assert not alarms.any()


def test_chi_square_is_that_of_scipy():
    counts = np.array([[30, 50, 20], [45, 40, 15]])
    reference, window = (np.repeat([0.0, 1.0, 2.0], each) for each in counts)
    watch = ChiSquare().start(reference)
    watch.see(window)
    expected = stats.chi2_contingency(counts, correction=False)
    assert watch.statistic == pytest.approx(expected.statistic)
    assert watch.p_value == pytest.approx(expected.pvalue)


def test_values_that_the_reference_never_had_are_seen():
    reference = np.repeat([0.0, 1.0], 500)
    window = np.repeat([0.0, 1.0, 7.0], [48, 47, 5])
    assert ChiSquare().start(reference).see(window)


def test_a_feature_that_has_always_been_the_same_raises_no_alarm():
    for spec in (Psi(), Psi(alpha=0.05), ChiSquare(), KolmogorovSmirnov()):
        assert not spec.start(np.zeros(100)).see(np.zeros(50))


def test_nothing_to_look_at_is_no_alarm():
    for spec in (Psi(), ChiSquare(), KolmogorovSmirnov(), Bound(at_least=1.0)):
        assert not spec.start(NORMAL(100)).see(np.zeros(0))


def test_a_bound_holds_for_the_mean_of_rows_enough():
    watch = Bound(at_least=0.85, rows=10).start(np.zeros(0))
    assert not watch.see(np.array([0.0] * 9))
    assert watch.see(np.array([1.0] * 8 + [0.0] * 2))
    assert not watch.see(np.array([1.0] * 9 + [0.0]))


def test_a_bound_that_allows_nothing_is_none():
    with pytest.raises(ValueError, match=r"at_least \(2\) must not be above at_most \(1\)"):
        Bound(at_most=1.0, at_least=2.0)
    with pytest.raises(ValueError, match="give at_most, at_least or both"):
        Bound()
    with pytest.raises(ValueError, match="either threshold or alpha"):
        Psi(threshold=0.1, alpha=0.1)
