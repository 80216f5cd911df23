"""Bandits on plain streams of rewards: what theory says of their regret, and what each promises."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.policies.bandits import (
    EpsilonGreedy,
    EqualSplit,
    ExploreThenCommit,
    Thompson,
    Ucb1,
    bandit_policies,
)
from simulator.stats import theory

MEANS = (0.5, 0.6)
REACH = 3.9  # standard errors


def regrets(policy, means_at, calls, runs, batch=1, delay=0):
    """The regret of each run up to each batch, shape ``(runs, batches)``.

    Args:
        means_at: the probability of a reward of each arm, at a number of calls.
        batch: calls between two decisions.
        delay: batches until the rewards of one are known, beyond its own end.
    """
    rng = np.random.default_rng(1)
    lost = np.zeros((runs, calls // batch))
    for run in range(runs):
        bandit, known = policy.start(len(means_at(0))), deque()
        for step in range(calls // batch):
            means = np.asarray(means_at(step * batch))
            counts = split(np.array(bandit.shares(step * batch)), batch, rng)
            lost[run, step] = counts @ (means.max() - means)
            known.append((counts, rng.binomial(counts, means)))
            if len(known) > delay:
                for arm, (n, won) in enumerate(zip(*known.popleft(), strict=True)):
                    if n:
                        bandit.learn(arm, int(n), int(won), (step + 1) * batch)
    return lost.cumsum(axis=1)


def split(shares, batch, rng):
    """Calls for each arm: those that divide, and a draw for each that is left."""
    counts = np.floor(shares * batch + 1e-9).astype(int)
    rest = shares * batch - counts
    left = batch - counts.sum()
    return counts + (rng.multinomial(left, rest / rest.sum()) if left else 0)


def steady(_):
    return MEANS


def agrees(found, expected):
    error = found.std(ddof=1) / np.sqrt(found.size)
    return abs(found.mean() - expected) <= max(REACH * error, 1e-9)


def test_an_equal_split_has_the_regret_of_its_gaps_over_its_arms():
    found = regrets(EqualSplit(), lambda _: (0.2, 0.5, 0.6), 3000, runs=5, batch=30)[:, -1]
    assert found == pytest.approx(theory.equal_split_regret((0.2, 0.5, 0.6), 3000))


@pytest.mark.parametrize("explore", [10, 50, 200])
def test_exploring_before_committing_has_the_regret_of_two_binomials(explore):
    policy = ExploreThenCommit(explore=explore)
    found = regrets(policy, steady, 50 * 2 * explore, runs=600, batch=2 * explore)[:, -1]
    expected = theory.explore_then_commit_regret(0.6, 0.5, explore, 50 * 2 * explore)
    assert agrees(found, expected)


def test_ucb1_never_exceeds_its_bound_and_learns_at_the_pace_of_a_logarithm():
    found = regrets(Ucb1(), steady, 10_000, runs=6).mean(axis=0)
    n = np.arange(1, found.size + 1)
    bounds = np.array([theory.ucb1_regret_bound(MEANS, each) for each in (10, 100, 1000, 10_000)])
    assert (found[[9, 99, 999, 9999]] < bounds).all()
    assert found[-1] > theory.lai_robbins_slope(MEANS) * np.log(n[-1])
    # 2 ln n / gap in the long run, where the bonus of the best arm has become small; less before.
    assert found[-1] < 2 * np.log(n[-1]) / 0.1
    # A tenfold of calls costs far less than ten times as much.
    assert found[9999] < 10 * found[999] / 2


def test_thompson_sampling_comes_near_the_least_regret_there_can_be():
    """Between 1,000 and 20,000 calls it grows with about the slope of Lai and Robbins."""
    found = regrets(Thompson(), steady, 20_000, runs=40, batch=100).mean(axis=0)
    slope = (found[199] - found[9]) / np.log(20)
    assert 0.4 < slope / theory.lai_robbins_slope(MEANS) < 1.6
    assert found[-1] < theory.equal_split_regret(MEANS, 20_000) / 20


def test_a_greedy_bandit_pays_for_what_it_explores_for_ever():
    policy = EpsilonGreedy(epsilon=0.2)
    found = regrets(policy, steady, 20_000, runs=20, batch=20)
    late = (found[:, -1] - found[:, 499]) / 10_000
    assert late.mean() == pytest.approx(0.2 / 2 * 0.1, rel=0.05)


@pytest.mark.parametrize("policy", [Thompson(), Ucb1(), EpsilonGreedy()], ids=lambda p: p.kind)
def test_a_delay_costs_at_most_the_calls_that_were_open_all_the_while(policy):
    """Beyond what the same bandit pays without: the gap, for each call of a delay."""
    prompt = regrets(policy, steady, 4000, runs=30, batch=50)[:, -1]
    late = regrets(policy, steady, 4000, runs=30, batch=50, delay=16)[:, -1]
    noise = REACH * np.hypot(prompt.std(), late.std()) / np.sqrt(30)
    assert late.mean() - prompt.mean() < 0.1 * 16 * 50 + noise


def test_before_anything_is_known_a_delay_costs_thompson_what_an_equal_split_does():
    found = regrets(Thompson(), steady, 1000, runs=3, batch=20, delay=1000)[:, -1]
    assert found == pytest.approx(theory.equal_split_regret(MEANS, 1000))


def turning(calls):
    return (0.5, 0.6) if calls < 10_000 else (0.5, 0.4)


@pytest.mark.parametrize("kept", [{"half_life": 1000}, {"window": 2000}], ids=str)
@pytest.mark.parametrize("kind", ["thompson", "ucb1"])
def test_a_bandit_that_forgets_follows_a_world_that_turns(kind, kept):
    spec = {"kind": kind} | ({"exploration": 0.5} if kind == "ucb1" else {})
    for_good = regrets(bandit_policies.validate(spec), turning, 20_000, runs=10, batch=100)
    latest = regrets(bandit_policies.validate(spec | kept), turning, 20_000, runs=10, batch=100)
    after = [each[:, -1] - each[:, 99] for each in (for_good, latest)]
    assert after[1].mean() < 0.6 * after[0].mean()
    # ... and pays for it while the world stands still.
    assert latest[:, 99].mean() > for_good[:, 99].mean()


rewards = st.lists(
    st.tuples(st.integers(0, 2), st.integers(1, 50), st.floats(0, 1), st.floats(0, 100)),
    max_size=20,
)
KINDS = [
    EqualSplit(),
    ExploreThenCommit(explore=20),
    EpsilonGreedy(half_life=30.0),
    Ucb1(window=50.0),
    Thompson(window=50.0),
    Thompson(half_life=30.0),
]


@pytest.mark.parametrize("policy", KINDS, ids=repr)
@settings(max_examples=25, deadline=None)
@given(rewards)
def test_shares_are_shares_whatever_was_learned(policy, learned):
    bandit = policy.start(3)
    now_s = 0.0
    for arm, calls, part, gap_s in learned:
        now_s += gap_s
        bandit.learn(arm, calls, calls * part, now_s)
        shares = bandit.shares(now_s)
        assert sum(shares) == pytest.approx(1)
        assert min(shares) >= 0


@settings(max_examples=30, deadline=None)
@given(*[st.integers(0, 300)] * 4)
def test_thompson_gives_each_arm_its_chance_of_being_the_best(won, lost, others_won, others_lost):
    bandit = Thompson().start(2)
    bandit.learn(0, won + lost, won, 0.0)
    bandit.learn(1, others_won + others_lost, others_won, 0.0)
    rng = np.random.default_rng(1)
    one = rng.beta(won + 1, lost + 1, 40_000)
    other = rng.beta(others_won + 1, others_lost + 1, 40_000)
    assert bandit.shares(0.0)[0] == pytest.approx((one > other).mean(), abs=0.012)


def test_what_left_the_window_is_forgotten():
    bandit = Ucb1(window=10.0).start(2)
    bandit.learn(0, 5, 5.0, 0.0)
    bandit.learn(1, 5, 1.0, 8.0)
    assert bandit.shares(9.0) == [1.0, 0.0]
    assert bandit.shares(11.0) == [1.0, 0.0]  # nothing is known of it any more, so it is tried
    assert bandit.calls == [0.0, 5.0]


def test_after_a_half_life_half_is_left():
    bandit = Thompson(half_life=10.0).start(1)
    bandit.learn(0, 8, 4.0, 0.0)
    bandit.shares(10.0)
    assert (bandit.calls, bandit.rewards) == ([4.0], [2.0])


def test_who_has_committed_never_changes():
    bandit = ExploreThenCommit(explore=2).start(2)
    bandit.learn(0, 2, 0.0, 0.0)
    bandit.learn(1, 2, 1.0, 0.0)
    assert bandit.shares(0.0) == [0.0, 1.0]
    bandit.learn(1, 100, 0.0, 0.0)
    bandit.learn(0, 100, 100.0, 0.0)
    assert bandit.shares(0.0) == [0.0, 1.0]


def test_what_is_forgotten_is_said_in_one_way():
    with pytest.raises(ValueError, match="either half_life or window"):
        Thompson(half_life=1.0, window=1.0)


def test_the_bound_of_lai_and_robbins_asks_for_means_strictly_between_0_and_1():
    with pytest.raises(ValueError, match="strictly between"):
        theory.lai_robbins_slope([0.5, 1.0])
