"""Pauses before retries, and budgets for them."""

import json
from itertools import accumulate, repeat

import numpy as np
import pytest

from simulator.policies.retrying import (
    Decorrelated,
    Exponential,
    FinagleBudget,
    Fixed,
    GrpcThrottle,
    Immediate,
    RatioBudget,
    TokenBucketBudget,
    TokenPurse,
)
from simulator.stats import theory


def still():
    """A clock that stands still."""
    return 0.0


LUCK = {"least": lambda: 0.0, "middle": lambda: 0.5, "most": lambda: 1 - 2**-53}


def test_immediate_pauses_not_at_all():
    assert Immediate().start(LUCK["middle"])(1, 0.0) == 0


def test_fixed_pauses_are_equal():
    pause_s = Fixed(pause=0.2).start(LUCK["middle"])
    assert [pause_s(1, 0.0), pause_s(7, 0.2)] == [0.2, 0.2]


def test_exponential_pauses_double_up_to_the_cap():
    pause_s = Exponential(base=0.1, cap=1.0).start(LUCK["middle"])
    assert [pause_s(tries, 0.0) for tries in range(1, 7)] == pytest.approx(
        [0.1, 0.2, 0.4, 0.8, 1, 1]
    )


def test_a_thousandth_exponential_pause_is_the_cap():
    assert Exponential(base=0.1, cap=9.0).start(LUCK["middle"])(1000, 9.0) == 9


@pytest.mark.parametrize(
    "policy", [Fixed(pause=2.0, jitter=0.25), Exponential(base=2.0, jitter=0.25)]
)
def test_jitter_spreads_evenly_around_the_pause(policy):
    bounds = [policy.start(LUCK[luck])(1, 0.0) for luck in ("least", "middle", "most")]
    assert bounds == pytest.approx([1.5, 2.0, 2.5])
    pause_s = policy.start(np.random.default_rng(1).random)
    drawn = [pause_s(1, 0.0) for _ in range(10_000)]
    assert np.mean(drawn) == pytest.approx(2.0, abs=5 * (1 / np.sqrt(12)) / 100)


def test_full_jitter_may_be_no_pause():
    assert Fixed(pause=2.0, jitter=1.0).start(LUCK["least"])(1, 0.0) == 0


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
    purse = RatioBudget(ratio=ratio, burst=10).start(still)
    retries = 0
    for _ in range(10_000):
        purse.earn()
        retries += purse.spend()
    assert retries == pytest.approx(10 + 10_000 * ratio, abs=2)


def test_two_clients_do_not_share_a_purse():
    budget = RatioBudget(ratio=0, burst=1)
    one, other = budget.start(still), budget.start(still)
    assert one.spend()
    assert other.spend()


@pytest.mark.parametrize("wrong", [{"jitter": each} for each in (1.1, -0.1, "half", "120%")])
def test_jitter_beyond_the_pause_itself_is_refused(wrong):
    with pytest.raises(ValueError, match="must be a ratio from 0 to 1, or equal, or full"):
        Fixed(pause=1.0, **wrong)


def test_jitter_by_name_is_written_as_it_was_read():
    for jitter in ("equal", "full", 0.5):
        written = json.loads(Fixed(pause=1.0, jitter=jitter).model_dump_json())
        assert Fixed.model_validate(written).jitter == jitter
    assert Fixed(pause=1.0, jitter="50%").jitter == 0.5


# -- pauses as AWS has them ----------------------------------------------------------------------

# Its simulator doubles before the first pause: a base of 5 ms there is one of 10 ms here.
AWS = {
    "expo": Exponential(base=0.010, cap=2.0),
    "equal_mean": Exponential(base=0.010, cap=2.0, jitter="equal"),
    "full_mean": Exponential(base=0.010, cap=2.0, jitter="full"),
    "decorr_mean_no_cap": Decorrelated(base=0.005, cap=1e9),
}


def mean_pauses(backoff, count=6, clients=40_000):
    """Mean of each of the first pauses in milliseconds, over many clients."""
    pause_s = backoff.start(
        iter(np.random.default_rng(1).random(clients * count).tolist()).__next__
    )
    sums_s = np.zeros(count)
    for _ in range(clients):
        last_s, pauses_s = 0.0, []
        for tries in range(1, count + 1):
            last_s = pause_s(tries, last_s)
            pauses_s.append(last_s)
        sums_s += pauses_s
    return (sums_s / clients * 1000).tolist()


@pytest.mark.parametrize(
    ("name", "expected", "total"),
    [
        ("expo", [10.0, 20.0, 40.0, 80.0, 160.0, 320.0], 630.0),
        ("equal_mean", [7.5, 15.0, 30.0, 60.0, 120.0, 240.0], 472.5),
        ("full_mean", [5.0, 10.0, 20.0, 40.0, 80.0, 160.0], 315.0),
        ("decorr_mean_no_cap", [10.0, 17.5, 28.75, 45.625, 70.9375, 108.90625], 281.71875),
    ],
)
def test_mean_pauses_are_those_that_aws_published(name, expected, total):
    found = mean_pauses(AWS[name])
    assert found == pytest.approx(expected, rel=0.01)
    assert sum(found) == pytest.approx(total, rel=0.01)


def test_equal_jitter_leaves_half_of_the_pause():
    bounds = [AWS["equal_mean"].start(LUCK[luck])(3, 0.0) for luck in ("least", "middle", "most")]
    assert bounds == pytest.approx([0.020, 0.030, 0.040])


def test_decorrelated_pauses_grow_with_the_last_one_up_to_the_cap():
    pause_s = Decorrelated(base=1.0, cap=20.0).start(LUCK["most"])
    assert list(accumulate(range(2, 6), lambda last_s, tries: pause_s(tries, last_s), initial=3.0))[
        1:
    ] == pytest.approx([9.0, 20.0, 20.0, 20.0])
    assert Decorrelated(base=1.0).start(LUCK["least"])(9, 30.0) == 1.0


# -- budgets as others have them -----------------------------------------------------------------


def test_grpc_tokens_are_those_of_its_proposal():
    """Ten tokens, a tenth for each ok answer; after each try the tokens, and whether to retry."""
    throttle = GrpcThrottle(max_tokens=10, token_ratio=0.1).start(still)
    found = []
    for outcome in "FFFFFFSSSSSSSSSSSFSSSSSSSSSSSSSSSSSSSSSSSSS":
        throttle.answered(outcome == "S")
        found.append((throttle.thousandths / 1000, throttle.spend()))
    downs = [(9, True), (8, True), (7, True), (6, True), (5, False), (4, False)]
    climb = [(40 + i) / 10 for i in range(1, 12)]
    again = [(41 + i) / 10 for i in range(26)]
    expected = downs + [(tokens, tokens > 5) for tokens in climb + again]
    assert found == expected


def test_grpc_retries_are_blocked_after_five_failures():
    throttle = GrpcThrottle().start(still)
    allowed = []
    for _ in range(6):
        allowed.append(throttle.spend())
        throttle.answered(False)
    assert allowed.index(False) == 5


@pytest.mark.parametrize("ratio", [0.1, 0.5])
def test_grpc_tokens_fall_from_a_certain_part_of_failures_on(ratio):
    edge = theory.grpc_failure_threshold(ratio)
    for part, falls in ((edge - 0.02, False), (edge + 0.02, True)):
        throttle = GrpcThrottle(max_tokens=1000, token_ratio=ratio).start(still)
        for failed in np.random.default_rng(1).random(30_000) < part:
            throttle.answered(not failed)
        assert throttle.spend() != falls


FINAGLE = [
    *(({"percent_can_retry": each}, 10_000 * each) for each in (0.1, 0.5, 0.25, 0.75, 0.99)),
    *(({"percent_can_retry": each}, 10_000 * each) for each in (0.999, 0.9999)),
    *(({"percent_can_retry": each}, 10_000 * each) for each in (0.01, 0.001, 0.0001)),
    ({"ttl": 1.0, "min_retries_per_s": 10, "percent_can_retry": 0.1}, 1010),
    ({"ttl": 2.0, "min_retries_per_s": 5, "percent_can_retry": 0.5}, 5010),
    ({"ttl": 2.0, "min_retries_per_s": 5, "percent_can_retry": 0.0}, 10),
]


@pytest.mark.parametrize(("parameters", "retries"), FINAGLE)
def test_finagle_grants_what_its_own_test_expects(parameters, retries):
    budget = FinagleBudget(**{"min_retries_per_s": 0} | parameters).start(still)
    for _ in range(10_000):
        budget.earn()
    granted = sum(budget.spend() for _ in range(12_000))
    assert granted == pytest.approx(retries, abs=1)


def test_what_was_earned_expires_after_its_time_to_live():
    for later_s, granted in ((0.0, 20), (8.9, 20), (10.0, 0)):
        now_s = [0.0]
        spec = FinagleBudget(ttl=10.0, min_retries_per_s=0, percent_can_retry=0.2)
        budget = spec.start(lambda now_s=now_s: now_s[0])
        for _ in range(100):
            budget.earn()
        now_s[0] = later_s
        assert sum(budget.spend() for _ in range(50)) == granted


def test_a_minimum_is_there_again_when_what_it_paid_for_has_expired():
    now_s = [0.0]
    spec = FinagleBudget(ttl=2.0, min_retries_per_s=5, percent_can_retry=0.0)
    budget = spec.start(lambda: now_s[0])
    granted = []
    for now_s[0] in (0.0, 1.0, 2.0, 4.0):
        granted.append(sum(budget.spend() for _ in range(50)))
    assert granted == [10, 0, 10, 10]


def test_a_budget_without_income_never_pays():
    budget = FinagleBudget(min_retries_per_s=0, percent_can_retry=0.0).start(still)
    budget.earn()
    assert not budget.spend()


def test_a_token_bucket_pays_its_burst_and_then_its_rate():
    now_s = [0.0]
    budget = TokenBucketBudget(rate=2.0, burst=3.0).start(lambda: now_s[0])
    granted = []
    for now_s[0] in (0.0, 0.4, 0.5, 1.0, 100.0):
        granted.append(sum(budget.spend() for _ in range(10)))
    assert granted == [3, 0, 1, 1, 3]


@pytest.mark.parametrize("rate", [0.3, 3.0, 7.0])
def test_a_token_bucket_never_pays_more_than_its_rate_in_the_long_run(rate):
    clock = iter(np.arange(0, 1000, 0.05).tolist())
    budget = TokenBucketBudget(rate=rate, burst=5.0).start(clock.__next__)
    granted = sum(budget.spend() for _ in repeat(None, 19_990))
    assert granted == pytest.approx(5 + rate * 999.5, abs=2)
