"""What selecting the best of several systems promises, one promise a test."""

import numpy as np
import pytest

from simulator.stats.selection import Selection, simultaneous_differences


def select(means, worth, rng, shared=0.0, confidence=0.95, first=10):
    """Select among normal systems of variance 1, whose noise is shared in part."""
    k = len(means)

    def draw(n):
        common = rng.normal(0.0, 1.0, n)
        own = rng.normal(0.0, 1.0, (k, n))
        return np.sqrt(shared) * common + np.sqrt(1 - shared) * own + np.array(means)[:, None]

    found = Selection(draw(first), worth, confidence)
    while not found.is_done:
        found.add(dict(enumerate(draw(1)[:, 0])))
    return found


@pytest.mark.parametrize(("k", "shared", "confidence"), [(2, 0.0, 0.95), (5, 0.5, 0.9)])
def test_the_best_is_selected_as_often_as_promised_where_it_is_hardest(k, shared, confidence):
    rng = np.random.default_rng(7)
    means = [0.0] + [0.6] * (k - 1)  # all others just so much worse as matters
    trials = 400
    right = sum(
        select(means, 0.6, rng, shared, confidence, first=8).best == 0 for _ in range(trials)
    )
    error = (confidence * (1 - confidence) / trials) ** 0.5
    assert right / trials >= confidence - 2 * error


def test_shared_random_numbers_make_it_end_sooner():
    rng = np.random.default_rng(1)
    alone, shared = (
        np.mean([select([0.0, 0.5, 1.0], 0.5, rng, part).replications for _ in range(40)])
        for part in (0.0, 0.9)
    )
    assert shared < alone / 2


def test_the_worst_are_dropped_first():
    rng = np.random.default_rng(3)
    dropped = [select([0.0, 0.5, 3.0], 0.4, rng).dropped for _ in range(40)]
    assert np.mean([each[2] for each in dropped]) < np.mean([each.get(1, 99) for each in dropped])


def test_it_ends_after_the_most_replications_that_it_says_at_the_latest():
    rng = np.random.default_rng(5)
    for _ in range(40):
        found = select([0.0, 0.0], 0.5, rng)
        assert found.replications <= found.most


def test_systems_that_never_vary_are_told_apart_at_once():
    found = Selection([[2.0, 2.0], [1.0, 1.0], [1.5, 1.5]], worth=0.1)
    assert (found.best, found.is_done, found.left) == (1, True, [1])


def test_a_dropped_system_is_not_asked_for_again():
    found = Selection([[0.0, 0.1, 0.2], [0.1, 0.0, 0.3], [9.0, 9.1, 9.0]], worth=0.01)
    assert found.left == [0, 1]
    found.add({0: 0.1, 1: 0.1})
    assert found.replications == 4


@pytest.mark.parametrize(
    ("first", "worth", "confidence", "message"),
    [
        ([[1.0, 2.0]], 0.1, 0.95, "2 systems"),
        ([[1.0], [2.0]], 0.1, 0.95, "2 replications"),
        ([[1.0, 2.0], [1.0, np.nan]], 0.1, 0.95, "finite"),
        ([[1.0, 2.0], [1.0, 2.0]], 0.0, 0.95, "above 0"),
        ([[1.0, 2.0], [1.0, 2.0]], 0.1, 0.5, "between 1 / 2 and 1"),
    ],
)
def test_what_cannot_be_selected_is_refused(first, worth, confidence, message):
    with pytest.raises(ValueError, match=message):
        Selection(first, worth, confidence)


def test_a_system_that_is_left_needs_its_value():
    found = Selection([[0.0, 0.1, 0.2], [0.1, 0.0, 0.3]], worth=0.01)
    with pytest.raises(ValueError, match="systems \\[1\\]"):
        found.add({0: 0.1})


def test_all_intervals_hold_at_once_as_often_as_wanted():
    rng = np.random.default_rng(9)
    all_hold = one_holds = 0
    for _ in range(1500):
        baseline = rng.normal(0.0, 1.0, 8)
        others = rng.normal(0.0, 1.0, (6, 8))
        holds = [not each.excludes_zero for each in simultaneous_differences(baseline, others)]
        all_hold += all(holds)
        one_holds += holds[0]
    assert all_hold / 1500 >= 0.95 - 0.011
    assert one_holds / 1500 == pytest.approx(1 - 0.05 / 6, abs=0.007)


def test_a_single_comparison_needs_no_correction():
    (only,) = simultaneous_differences([1.0, 2.0, 4.0], [[2.0, 2.5, 6.0]])
    assert only.confidence == pytest.approx(0.95)


def test_differences_need_pairs():
    with pytest.raises(ValueError, match="shapes"):
        simultaneous_differences([1.0, 2.0], [[1.0, 2.0, 3.0]])
