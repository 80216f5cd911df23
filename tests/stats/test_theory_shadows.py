"""Closed forms of shadows: against integrals, and against one another."""

import numpy as np
import pytest
from scipy.integrate import quad

from simulator.stats import theory


@pytest.mark.parametrize(("one_s", "other_s"), [(1.0, 1.0), (0.02, 0.03), (5.0, 0.1)])
def test_the_longer_of_two_times_is_the_integral_of_the_chance_that_one_still_lasts(one_s, other_s):
    def lasts(t):
        return 1 - (1 - np.exp(-t / one_s)) * (1 - np.exp(-t / other_s))

    expected, _ = quad(lasts, 0, 50 * max(one_s, other_s), limit=200)
    assert theory.mean_of_longer(one_s, other_s) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("load", [0.5, 0.6, 0.9, 1.0])
def test_at_the_largest_share_the_dependency_has_all_it_can_do(load):
    assert theory.mirrored_load(load, theory.most_mirrored_share(load)) == pytest.approx(1.0)


def test_below_half_load_everything_can_be_copied():
    assert theory.most_mirrored_share(0.3) == 1.0
    assert theory.mirrored_load(0.3, 1.0) < 1


def test_what_is_out_of_range_is_refused():
    for wrong in (lambda: theory.mirrored_load(0.5, 1.5), lambda: theory.mirrored_load(-1, 0.5)):
        with pytest.raises(ValueError, match="share from 0 to 1"):
            wrong()
    with pytest.raises(ValueError, match="load must be above 0"):
        theory.most_mirrored_share(0.0)
    with pytest.raises(ValueError, match="one_s"):
        theory.mean_of_longer(0.0, 1.0)
