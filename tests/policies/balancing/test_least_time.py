"""What least time (peak EWMA) promises."""

from math import exp

import numpy as np
import pytest

from simulator.kernel import CANCELED, FAILED, OK
from simulator.policies.balancing import LeastTime, Pool


class Bench:
    """A picker that looks at all of its replicas, and a clock that is set by hand."""

    def __init__(self, replicas=2, weights=None, **policy):
        self.now_s = 0.0
        self.loads = [0] * replicas
        uniform = np.random.default_rng(1).random
        names = [str(place) for place in range(replicas)]
        policy = LeastTime(**{"choices": replicas, **policy})
        self.picker = policy.start(Pool(names, uniform, lambda: self.now_s, bool(weights)))
        if weights:
            self.picker.weigh(weights)

    def pick(self):
        return self.picker.pick(self.loads, ())

    def answer(self, place, latency_s, at_s=None, outcome=OK):
        self.now_s = self.now_s if at_s is None else at_s
        self.picker.answered(place, latency_s, outcome)

    def level(self, place):
        """By how much a load elsewhere must be greater until this replica is taken: the average.

        Replica 1 has answered in one second just now, so that its cost is 1 + its load.
        """
        self.answer(1, 1.0)
        self.loads[place] = 999
        for load in range(10_000):
            self.loads[1] = load
            if self.pick() == place:
                return (load + 1) / 1000
        raise AssertionError


def test_a_slow_replica_is_avoided_until_the_other_has_as_much_more_to_do():
    bench = Bench()
    bench.answer(0, 0.010)
    bench.answer(1, 0.050)
    assert bench.pick() == 0
    bench.loads[0] = 3  # 4 x 10 ms against 50 ms
    assert bench.pick() == 0
    bench.loads[0] = 5
    assert bench.pick() == 1


def test_a_replica_that_has_not_answered_yet_gets_one_call_only():
    bench = Bench()
    bench.answer(0, 0.010)
    assert bench.pick() == 1
    bench.loads[1] = 1
    bench.loads[0] = 1000
    assert bench.pick() == 0


def test_a_peak_counts_at_once_and_is_forgotten_with_time():
    bench = Bench(decay=10.0)
    bench.answer(0, 0.1, at_s=0.0)
    bench.answer(0, 2.0, at_s=0.0)
    assert bench.level(0) == pytest.approx(2.0, abs=0.002)
    bench.answer(0, 0.1, at_s=10.0)
    assert bench.level(0) == pytest.approx(2.0 / np.e + 0.1 * (1 - 1 / np.e), abs=0.002)


def test_without_peak_sensitivity_slow_answers_are_averaged_in_like_fast_ones():
    bench = Bench(decay=10.0, peak_sensitive=False)
    bench.answer(0, 0.1, at_s=0.0)
    bench.answer(0, 2.0, at_s=5.0)
    kept = exp(-0.5)
    assert bench.level(0) == pytest.approx(0.1 * kept + 2.0 * (1 - kept), abs=0.002)


def test_a_replica_that_is_sent_nothing_is_tried_again_some_time():
    bench = Bench(decay=10.0)
    bench.answer(0, 1.0, at_s=0.0)
    bench.now_s = 30.0
    assert bench.level(0) == pytest.approx(exp(-3.0), abs=0.002)


def test_a_call_taken_back_counts_only_if_it_had_lasted_longer_than_the_average():
    bench = Bench()
    bench.answer(0, 0.5)
    bench.answer(0, 0.001, at_s=5.0, outcome=CANCELED)
    assert bench.level(0) == pytest.approx(0.5 * exp(-0.5), abs=0.002)
    bench.answer(0, 3.0, outcome=CANCELED)
    assert bench.level(0) == pytest.approx(3.0, abs=0.002)


def test_a_replica_that_fails_fast_looks_fast():
    bench = Bench()
    bench.answer(0, 0.100)
    bench.answer(1, 0.001, outcome=FAILED)
    assert bench.pick() == 1


def test_twice_the_weight_bears_twice_the_load():
    bench = Bench(weights=[1.0, 2.0])
    bench.answer(0, 0.1)
    bench.answer(1, 0.1)
    bench.loads = [1, 2]  # 2 x 0.1 s against 3 x 0.1 s / 2
    assert bench.pick() == 1
    bench.loads = [1, 4]
    assert bench.pick() == 0


def test_two_choices_never_take_the_slowest_of_three():
    bench = Bench(replicas=3, choices=2)
    for place, latency_s in enumerate((0.01, 0.02, 0.50)):
        bench.answer(place, latency_s)
    found = [bench.pick() for _ in range(3000)]
    # The fastest wins two of the three pairs there are.
    assert abs(found.count(0) - 2000) < 5 * np.sqrt(3000 * 2 / 9)
    assert found.count(2) == 0
