"""Limiters against the test vectors of known libraries: rows r01 to r04."""

from math import inf

import pytest

from simulator.policies.limiting import (
    FixedWindow,
    LeakyBucket,
    SlidingWindowCounter,
    SlidingWindowLog,
    TokenBucket,
)

EXACT = 1e-9


def passed(limiter, instants_s):
    """How many of the calls that come at these instants pass at once."""
    return sum(limiter.reserve(each) == 0 for each in instants_s)


@pytest.mark.parametrize("name", ["A", "B"])
def test_token_bucket_does_as_that_of_go(name, row):
    published = row("r01-token-bucket")
    told = published["parameters"]
    limiter = TokenBucket(rate=told["rate"], burst=told[f"burst_{name}"]).start()
    found = []
    for now_s, calls in told[f"ops_{name}"]:
        tokens = limiter.tokens(now_s)
        found += [tokens, limiter.reserve(now_s, calls=calls) == 0]
    expected = [value for pair in published["expected"][name] for value in pair]
    assert found == pytest.approx(expected, abs=EXACT)


def test_in_the_long_run_a_token_bucket_lets_pass_its_burst_and_its_rate():
    limiter = TokenBucket(rate=100, burst=100).start()
    assert passed(limiter, [0.002 * i for i in range(2500)]) == pytest.approx(600, abs=1)


def test_leaky_bucket_does_as_throttled(row):
    published = row("r02-gcra")
    told = published["parameters"]
    limiter = LeakyBucket(rate=told["rate_per_s"], burst=told["limit"]).start()
    found = []
    for now_s, calls in told["ops"]:
        wait_s = limiter.wait_s(now_s, calls)
        is_limited = limiter.reserve(now_s, calls=calls) == inf
        retry_after_s = wait_s if is_limited and wait_s < inf else -1
        state = limiter.remaining(now_s), limiter.reset_after_s(now_s)
        found += [is_limited, *state, retry_after_s]
    expected = [value for result in published["expected"]["result"] for value in result]
    assert found == pytest.approx(expected, abs=EXACT)


def test_sliding_window_counter_estimates_as_cloudflare(row):
    published = row("r03-sliding-window")
    told = published["parameters"]
    limiter = SlidingWindowCounter(limit=told["limit"], window=told["window"]).start()
    limiter.book(told["window"] / 2, told["prev"])
    now_s = told["window"] + told["elapsed"]
    limiter.book(now_s, told["cur"])
    assert limiter.estimate(now_s) == pytest.approx(published["expected"]["estimate"], abs=EXACT)
    assert (limiter.wait_s(now_s) == 0) is published["expected"]["allowed_next"]


LIMIT, WINDOW_S = 100, 60
BURSTS_S = [59.9] * LIMIT + [60.1] * LIMIT


@pytest.mark.parametrize(
    ("policy", "key"),
    [
        (FixedWindow(limit=LIMIT, window=WINDOW_S), "fixed_window_allowed"),
        (SlidingWindowLog(limit=LIMIT, window=WINDOW_S), "sliding_log_allowed"),
        (
            TokenBucket(rate=LIMIT / WINDOW_S, burst=LIMIT),
            "token_bucket_burst100_rate100per60_allowed",
        ),
    ],
)
def test_a_window_boundary_doubles_the_limit_of_a_fixed_window_only(policy, key, row):
    published = row("r04-fixed-window-burst")
    told = published["parameters"]
    assert (told["limit"], told["window"]) == (LIMIT, WINDOW_S)
    assert passed(policy.start(), BURSTS_S) == published["expected"][key]


def test_a_sliding_counter_lets_hardly_any_of_a_second_burst_pass(row):
    published = row("r04-fixed-window-burst")
    limiter = SlidingWindowCounter(limit=LIMIT, window=WINDOW_S).start()
    assert passed(limiter, BURSTS_S[:LIMIT]) == LIMIT
    low, high = published["expected"]["sliding_counter_allowed_second_burst"]
    assert low <= passed(limiter, BURSTS_S[LIMIT:]) <= high
