"""Concurrency policies: published vectors, and where they settle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.policies.concurrency import Aimd, Fixed, Gradient, Vegas, concurrency_policies


def steady():
    """What a policy draws, where luck is to have no part in it."""
    return 0.5


def limits(policy, calls):
    """The limit after each of several calls, given as time in milliseconds and outstanding."""
    memory = policy.start(steady)
    found = []
    for took_ms, outstanding in calls:
        memory.learn(took_ms / 1000, outstanding, False, 0.0)
        found.append(memory.limit)
    return found


SMALL = Vegas(alpha=3, beta=6, initial=10, most=20, probe_multiplier=None)


@pytest.mark.parametrize("vector", "ABC")
def test_vegas_moves_as_published(vector, row):
    published = row("r14-limits")
    calls = published["parameters"][vector]
    assert limits(SMALL, calls) == published["expected"][vector]


def test_vegas_takes_large_steps_where_the_limit_is_large_as_published(row):
    policy = Vegas(initial=10_000, most=20_000, probe_multiplier=None)
    found = limits(policy, [(10_000, 5000), (10_000, 6000)])
    assert found == row("r14-limits")["expected"]["D"]


def test_aimd_moves_as_published(row):
    grows, shrinks, is_full = (Aimd(initial=20), Aimd(initial=30), Aimd(initial=21, most=21))
    found = []
    for policy, is_dropped in ((grows, False), (shrinks, True), (is_full, False)):
        memory = policy.start(steady)
        memory.learn(0.1, 10 if policy is grows else 21, is_dropped, 0.0)
        found.append(memory.limit)
    assert found == row("r14-limits")["expected"]["AIMD"]


# -- properties -----------------------------------------------------------------------------------


ADAPTIVE = [Aimd(), Vegas(), Gradient()]
learned = st.lists(
    st.tuples(st.floats(1e-4, 10.0), st.integers(1, 300), st.booleans()), max_size=200
)


@pytest.mark.parametrize("policy", ADAPTIVE, ids=lambda each: each.kind)
@given(calls=learned)
def test_a_limit_stays_within_its_bounds(policy, calls):
    memory = policy.start(steady)
    for took_s, outstanding, is_dropped in calls:
        memory.learn(took_s, outstanding, is_dropped, 0.0)
        assert policy.least <= memory.limit <= policy.most


@pytest.mark.parametrize("policy", ADAPTIVE, ids=lambda each: each.kind)
def test_a_limit_does_not_grow_while_little_of_it_is_used(policy):
    memory = policy.start(steady)
    for _ in range(1000):
        memory.learn(0.1, 9, False, 0.0)
    assert memory.limit == policy.initial


@pytest.mark.parametrize("policy", ADAPTIVE, ids=lambda each: each.kind)
def test_a_limit_that_is_used_grows_while_calls_take_no_longer(policy):
    memory = policy.start(steady)
    for _ in range(100):
        memory.learn(0.1, memory.limit, False, 0.0)
    assert memory.limit > policy.initial


def test_slow_calls_shrink_what_goes_by_time():
    for policy in (Vegas(initial=100, probe_multiplier=None), Gradient(initial=100)):
        memory = policy.start(steady)
        for took_s in [0.1] * 10 + [0.5] * 10:
            memory.learn(took_s, memory.limit, False, 0.0)
        before = policy.start(steady)
        for _ in range(10):
            before.learn(0.1, before.limit, False, 0.0)
        assert memory.limit < before.limit


def test_aimd_takes_a_call_over_its_timeout_for_dropped():
    memory = Aimd(initial=100, timeout=1.0).start(steady)
    memory.learn(1.0, 100, False, 0.0)
    assert memory.limit == 101
    memory.learn(1.001, 100, False, 0.0)
    assert memory.limit == 90


def backend(workers, service_s, outstanding):
    """The time that each of so many calls takes at workers who take turns."""
    return service_s * max(1.0, outstanding / workers)


def test_vegas_keeps_so_many_waiting_that_it_neither_grows_nor_shrinks():
    memory = Vegas(initial=10, probe_multiplier=None).start(steady)
    for _ in range(500):
        memory.learn(backend(40, 0.1, memory.limit), memory.limit, False, 0.0)
    # It rests where between 3 and 6 calls wait, of a limit whose logarithm is 1.
    assert 3 <= memory.limit - 40 <= 6


def test_vegas_learns_a_new_shortest_time_only_by_measuring_anew():
    def settled(probe_multiplier):
        memory = Vegas(initial=20, probe_multiplier=probe_multiplier).start(steady)
        for round_ in range(4000):
            service_s = 0.1 if round_ < 200 else 0.4
            memory.learn(backend(40, service_s, memory.limit), memory.limit, False, 0.0)
        return memory.limit

    # Four times as long looks like three quarters of any limit waiting, down to the last steps.
    assert settled(None) <= 8
    assert settled(5) > 40


def test_the_gradient_is_left_behind_by_what_lasts():
    memory = Gradient(initial=100, least=1, most=1000, long_window=50).start(steady)
    for _ in range(100):
        memory.learn(0.1, 1, False, 0.0)
    seen = []
    for _ in range(300):
        memory.learn(0.5, memory.limit, False, 0.0)
        seen.append(memory.limit)
    assert min(seen) < 50
    assert seen[-1] > 200


def test_the_gradient_forgets_an_overload_faster_than_its_window():
    def rounds_until_it_grows(long_s):
        memory = Gradient(initial=100, least=1, long_window=10**6).start(steady)
        for _ in range(10):
            memory.learn(long_s, 1, False, 0.0)
        for _ in range(40):
            memory.learn(0.1, 1, False, 0.0)
        return memory._long_s

    assert rounds_until_it_grows(0.2) == pytest.approx(0.2, rel=1e-3)  # within twice the present
    assert rounds_until_it_grows(1.0) == pytest.approx(0.2, rel=0.06)


def test_one_step_of_the_gradient_is_the_published_formula():
    memory = Gradient(initial=100, tolerance=1.0, queue=4, smoothing=0.2).start(steady)
    for _ in range(10):
        memory.learn(0.1, 1, False, 0.0)
    memory.learn(0.16, 100, False, 0.0)
    long_s = 0.1 + (0.16 - 0.1) * 2 / 601
    assert memory._estimate == pytest.approx(100 * 0.8 + 0.2 * (100 * long_s / 0.16 + 4))


# -- windows --------------------------------------------------------------------------------------


def test_with_a_window_it_goes_by_averages():
    memory = Aimd(initial=100, timeout=1.0, window=1.0).start(steady)
    memory.learn(0.1, 100, False, 0.5)  # ends a first window of one call, which says nothing
    for place in range(20):
        memory.learn(3.0 if place == 0 else 0.1, 60, False, 0.6 + 0.04 * place)
    assert memory.limit == 100
    memory.learn(0.1, 60, False, 1.6)
    assert memory.limit == 101  # 0.24 s on average


def test_one_dropped_call_in_a_window_is_enough():
    memory = Aimd(initial=100, window=1.0).start(steady)
    for place in range(20):
        memory.learn(0.1, 60, place == 7, 0.1 * place)
    assert memory.limit == 90


def test_a_window_of_few_calls_says_nothing():
    memory = Aimd(initial=100, window=1.0).start(steady)
    for place in range(9):
        memory.learn(9.0, 60, True, 2.0 * place)
    assert memory.limit == 100


def test_bounds_must_be_in_order():
    with pytest.raises(ValidationError, match=r"initial \(5\) must lie between least \(20\)"):
        Aimd(initial=5)


def test_a_fixed_limit_learns_nothing():
    memory = Fixed(limit=7).start(steady)
    memory.learn(100.0, 7, True, 0.0)
    assert memory.limit == 7


@pytest.mark.parametrize("kind", sorted(concurrency_policies.kinds()))
def test_two_limiters_share_no_memory(kind):
    policy = concurrency_policies[kind]()
    one, other = policy.start(steady), policy.start(steady)
    for _ in range(20):
        one.learn(0.1, one.limit, False, 0.0)
    assert other.limit == policy.start(steady).limit
