"""How throughput grows with workers: closed forms against published numbers and by a second way."""

import numpy as np
import pytest

from simulator.stats import theory


def test_the_laws_are_as_published(published):
    of, expected = published("n02-usl")
    alone, contention, coherency = of["g"], of["s"], of["k"]
    curve = {n: theory.usl_throughput(int(n), alone, contention, coherency) for n in expected["X"]}
    assert curve == pytest.approx(expected["X"], rel=1e-7)
    best = theory.usl_best_workers(contention, coherency)
    found = {
        "N_peak": best,
        "X_peak": theory.usl_throughput(best, alone, contention, coherency),
        "amdahl_limit_X": theory.amdahl_limit(alone, contention),
        "amdahl_speedup_16": theory.usl_throughput(16, 1.0, contention),
    }
    assert found == pytest.approx({key: expected[key] for key in found}, rel=1e-7)


@pytest.mark.parametrize(("contention", "coherency"), [(0.05, 0.001), (0.0, 0.01), (0.3, 1e-4)])
def test_no_number_of_workers_does_better_than_the_best(contention, coherency):
    best = theory.usl_best_workers(contention, coherency)
    at_best = theory.usl_throughput(best, 1.0, contention, coherency)
    others = np.linspace(1, 10 * best, 1000)
    assert max(theory.usl_throughput(n, 1.0, contention, coherency) for n in others) <= at_best


def test_where_pairs_cost_much_one_alone_is_best():
    assert theory.usl_best_workers(0.5, 1.0) == 1


def test_without_coherency_it_is_amdahls_law_and_comes_near_its_limit():
    # the time of one worker's work on N: a part alone, the rest shared out
    for n in (1, 4, 100):
        time = 0.05 + 0.95 / n
        assert theory.usl_throughput(n, 1.0, 0.05) == pytest.approx(1 / time)
    assert theory.usl_throughput(1e9, 1.0, 0.05) == pytest.approx(theory.amdahl_limit(1.0, 0.05))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.5, 1.0, 0.1, 0.1), "workers must be at least 1"),
        ((2, 0.0, 0.1, 0.1), "alone must be above 0"),
        ((2, 1.0, 1.1, 0.1), "contention must be from 0 to 1"),
        ((2, 1.0, 0.1, -0.1), "coherency must not be negative"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        theory.usl_throughput(*arguments)
