"""Pauses before retries, and budgets for them."""

import numpy as np
import pytest

from simulator.policies.retrying import Exponential, Fixed, Immediate, RatioBudget, TokenPurse

LUCK = {"least": lambda: 0.0, "middle": lambda: 0.5, "most": lambda: 1 - 2**-53}


def test_immediate_pauses_not_at_all():
    assert Immediate().start(LUCK["middle"])(1) == 0


def test_fixed_pauses_are_equal():
    pause_s = Fixed(pause=0.2).start(LUCK["middle"])
    assert [pause_s(1), pause_s(7)] == [0.2, 0.2]


def test_exponential_pauses_double_up_to_the_cap():
    pause_s = Exponential(base=0.1, cap=1.0).start(LUCK["middle"])
    assert [pause_s(tries) for tries in range(1, 7)] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1, 1])


def test_a_thousandth_exponential_pause_is_the_cap():
    assert Exponential(base=0.1, cap=9.0).start(LUCK["middle"])(1000) == 9


@pytest.mark.parametrize(
    "policy", [Fixed(pause=2.0, jitter=0.25), Exponential(base=2.0, jitter=0.25)]
)
def test_jitter_spreads_evenly_around_the_pause(policy):
    bounds = [policy.start(LUCK[luck])(1) for luck in ("least", "middle", "most")]
    assert bounds == pytest.approx([1.5, 2.0, 2.5])
    pause_s = policy.start(np.random.default_rng(1).random)
    drawn = [pause_s(1) for _ in range(10_000)]
    assert np.mean(drawn) == pytest.approx(2.0, abs=5 * (1 / np.sqrt(12)) / 100)


def test_full_jitter_may_be_no_pause():
    assert Fixed(pause=2.0, jitter=1.0).start(LUCK["least"])(1) == 0


def test_a_purse_begins_full_and_holds_no_more():
    purse = TokenPurse(earns=0.5, most=2)
    purse.earn()
    assert [purse.spend() for _ in range(3)] == [True, True, False]


def test_a_purse_gains_what_first_tries_earn():
    purse = TokenPurse(earns=0.5, most=1)
    spent = []
    for _ in range(5):
        purse.earn()
        spent.append(purse.spend())
    assert spent == [True, False, True, False, True]


@pytest.mark.parametrize("ratio", [0.01, 0.1, 0.2, 0.3])
def test_retries_stay_below_their_part_of_first_tries(ratio):
    purse = RatioBudget(ratio=ratio, burst=10).start()
    retries = 0
    for _ in range(10_000):
        purse.earn()
        retries += purse.spend()
    assert retries == pytest.approx(10 + 10_000 * ratio, abs=2)


def test_two_clients_do_not_share_a_purse():
    budget = RatioBudget(ratio=0, burst=1)
    one, other = budget.start(), budget.start()
    assert one.spend()
    assert other.spend()


@pytest.mark.parametrize("wrong", [{"jitter": 1.1}, {"jitter": -0.1}])
def test_jitter_beyond_the_pause_itself_is_refused(wrong):
    with pytest.raises(ValueError, match="than or equal"):
        Fixed(pause=1.0, **wrong)
