"""Who belongs to which arm while shares change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.policies.splitting import Split

POINTS = (np.arange(20_000) + 0.5) / 20_000
GRAIN = 1 / 20_000  # of what can be seen of shares through these points

weights = st.lists(st.integers(0, 100), min_size=3, max_size=3).filter(any)


def shares_of(found):
    return [part / sum(found) for part in found]


def arms(split):
    return np.array([split.arm_of(point) for point in POINTS])


@given(st.lists(weights, min_size=1, max_size=6))
def test_every_arm_has_its_share_whatever_shares_there_were(history):
    first, *later = map(shares_of, history)
    split = Split(first)
    for shares in later:
        split.change(shares)
    wanted = shares_of(history[-1])
    assert split.shares() == pytest.approx(wanted, abs=1e-9)
    seen = np.bincount(arms(split), minlength=3) / len(POINTS)
    assert seen == pytest.approx(wanted, abs=20 * GRAIN)


@given(weights, weights, weights)
def test_no_more_change_arms_than_some_arm_gains(first, second, third):
    split = Split(shares_of(first))
    split.change(shares_of(second))
    before = arms(split)
    split.change(shares_of(third))
    gains = np.subtract(shares_of(third), shares_of(second)).clip(min=0).sum()
    assert (arms(split) != before).mean() == pytest.approx(gains, abs=40 * GRAIN)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_of_two_arms_the_second_has_the_same_users_at_the_same_share(history):
    split = Split([1.0, 0.0])
    for share in history:
        split.change([1 - share, share])
    is_second = arms(split) == 1
    sure = np.abs(POINTS - (1 - history[-1])) > 1e-9
    assert (is_second == (1 - history[-1] < POINTS))[sure].all()


def test_who_is_in_a_small_group_stays_when_it_grows_beside_others():
    split = Split([0.8, 0.1, 0.1])
    small = arms(split) == 2
    split.change([0.5, 0.1, 0.4])
    assert (arms(split)[small] == 2).all()
    split.change([0.8, 0.1, 0.1])
    assert ((arms(split) == 2) == small).all()


def test_shares_that_do_not_add_up_exactly_leave_no_point_without_an_arm():
    split = Split([0.1 + 0.2, 0.7])
    split.change([1 / 3, 2 / 3])
    for point in (0.0, 1 / 3, np.nextafter(1, 0), 1.0):
        assert split.arm_of(point) in (0, 1)
