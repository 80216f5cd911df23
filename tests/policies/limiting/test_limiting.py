"""What every limiting policy promises, and what each of them bounds."""

from bisect import bisect_left, bisect_right
from itertools import accumulate, pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.policies.limiting import (
    FixedWindow,
    LeakyBucket,
    SlidingWindowCounter,
    SlidingWindowLog,
    TokenBucket,
    limiting_policies,
)

SLACK_S = 1e-6

POLICIES = {
    "token_bucket": TokenBucket(rate=2.0, burst=6),
    "leaky_bucket": LeakyBucket(rate=2.0, burst=6),
    "fixed_window": FixedWindow(limit=6, window=3.0),
    "sliding_window_log": SlidingWindowLog(limit=6, window=3.0),
    "sliding_window_counter": SlidingWindowCounter(limit=6, window=3.0),
}
each_policy = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)

# Gaps of a hundredth, so that many calls come at instants at which something is just due.
instants = st.lists(st.integers(0, 300), min_size=1, max_size=60).map(
    lambda gaps: [each / 100 for each in accumulate(gaps)]
)


def admitted(policy, instants_s):
    limiter = policy.start()
    return [each for each in instants_s if limiter.reserve(each) == 0]


def due(policy, instants_s, longest_s=inf):
    """When each call passes; None for one that is refused."""
    limiter = policy.start()
    waits_s = [limiter.reserve(each, longest_s) for each in instants_s]
    return [each + wait if wait < inf else None for each, wait in zip(instants_s, waits_s)]


def most_within(instants_s, window_s):
    """Most instants in any interval that is a bit shorter than a window."""
    sharp_s = window_s - SLACK_S
    ends = (bisect_right(instants_s, each + sharp_s) for each in instants_s)
    starts = (bisect_left(instants_s, each) for each in instants_s)
    return max(end - start for end, start in zip(ends, starts))


def test_there_is_a_test_for_every_policy():
    assert POLICIES.keys() == limiting_policies.kinds().keys()


@each_policy
def test_a_burst_passes_and_what_comes_with_it_does_not(policy):
    assert len(admitted(policy, [0.0] * 20)) == 6


@pytest.mark.parametrize("kind", sorted(POLICIES.keys() - {"sliding_window_counter"}))
def test_calls_at_the_rate_all_pass(kind):
    """A counter only lets pass whoever finds its estimate below the limit."""
    policy = POLICIES[kind]
    instants_s = [0.5 * i for i in range(1000)]
    assert admitted(policy, instants_s) == instants_s


@each_policy
def test_more_than_the_limit_never_passes_at_once(policy):
    limiter = policy.start()
    assert limiter.wait_s(100.0, 7) == inf
    assert limiter.wait_s(100.0, 6) == 0


@each_policy
@given(instants)
def test_an_idle_limiter_is_as_good_as_new(policy, instants_s):
    limiter = policy.start()
    for each in instants_s:
        limiter.reserve(each, inf)
    later_s = instants_s[-1] + 1000.0
    assert sum(limiter.reserve(later_s) == 0 for _ in range(10)) == 6


@each_policy
@given(instants)
def test_held_calls_pass_in_the_order_in_which_they_came(policy, instants_s):
    due_s = due(policy, instants_s)
    assert None not in due_s
    assert all(a <= b + SLACK_S for a, b in pairwise(due_s))
    assert all(at <= then for at, then in zip(instants_s, due_s))


@each_policy
@given(instants)
def test_held_calls_pass_when_they_conform(policy, instants_s):
    """Those that would come at the instants at which the held ones pass would pass at once."""
    due_s = sorted(due(policy, instants_s))
    if policy.kind == "sliding_window_counter":
        due_s = [each + SLACK_S for each in due_s]  # the estimate must be below the limit
    assert len(admitted(policy, due_s)) >= len(due_s) - (policy.kind == "sliding_window_counter")


@each_policy
@given(instants, st.floats(0, 3))
def test_nobody_is_held_for_longer_than_may_be(policy, instants_s, longest_s):
    due_s = due(policy, instants_s, longest_s)
    assert all(
        then is None or then - at <= longest_s + SLACK_S for at, then in zip(instants_s, due_s)
    )


@each_policy
@given(instants)
def test_a_copy_decides_alike_and_is_apart(policy, instants_s):
    limiter = policy.start()
    for each in instants_s:
        limiter.reserve(each)
    copy = limiter.copy()
    now_s = instants_s[-1]
    assert copy.wait_s(now_s) == limiter.wait_s(now_s)
    before = limiter.wait_s(now_s)
    copy.book(now_s, 6)
    assert limiter.wait_s(now_s) == before


@each_policy
def test_parts_of_a_limit_add_up_to_it(policy):
    parts = [policy.part(4, place) for place in range(4)]
    passed = sum(len(admitted(each, [0.0] * 20)) for each in parts)
    assert passed == (4 if policy.kind in ("token_bucket", "leaky_bucket") else 6)
    assert policy.most_parts() == 6


@given(instants, st.floats(0.01, 20))
def test_a_token_bucket_passes_at_most_its_burst_and_rate_in_any_time(instants_s, time_s):
    passed = admitted(POLICIES["token_bucket"], instants_s)
    assert most_within(passed, time_s) <= 6 + 2.0 * time_s + 1e-6


@given(instants, st.sampled_from([1.0, 1.5, 4.0, 20.0]), st.sampled_from([0.3, 1.0, 7.0]))
def test_token_bucket_and_leaky_bucket_let_the_same_calls_pass(instants_s, burst, rate):
    tokens = admitted(TokenBucket(rate=rate, burst=burst), instants_s)
    assert tokens == admitted(LeakyBucket(rate=rate, burst=burst), instants_s)


@given(instants)
def test_a_sliding_window_has_no_more_than_its_limit_anywhere(instants_s):
    passed = admitted(POLICIES["sliding_window_log"], instants_s)
    assert most_within(passed, 3.0) <= 6


@given(instants)
def test_a_fixed_window_lets_at_most_twice_its_limit_pass_in_a_time_of_its_length(instants_s):
    passed = admitted(POLICIES["fixed_window"], instants_s)
    assert most_within(passed, 3.0) <= 12


@given(instants, st.integers(0, 30))
def test_a_log_that_learns_late_of_calls_counts_them_when_they_were(instants_s, more):
    limiter, late = (POLICIES["sliding_window_log"].start() for _ in range(2))
    for each in instants_s:
        limiter.book(each)
    for each in reversed(instants_s):
        late.book(each)
    now_s = instants_s[-1] + more / 10
    assert late.wait_s(now_s) == limiter.wait_s(now_s)


@pytest.mark.parametrize(
    ("policy", "wrong"),
    [
        (TokenBucket, {"rate": 0}),
        (TokenBucket, {"rate": 1, "burst": 0.5}),
        (LeakyBucket, {"rate": -1}),
        (FixedWindow, {"limit": 0, "window": 1}),
        (SlidingWindowLog, {"limit": 5, "window": 0}),
        (SlidingWindowCounter, {"limit": 1.5, "window": 1}),
    ],
)
def test_values_without_sense_are_refused(policy, wrong):
    with pytest.raises(ValidationError):
        policy(**wrong)
