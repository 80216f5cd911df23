"""What is seen of recorded arrivals, and what is warned of: neither too late nor too often."""

import numpy as np
import pytest

from simulator.distributions.parametric import Pareto
from simulator.distributions.phases import Hyperexponential
from simulator.fitting.arrivals import observe

N = 5000


def poisson(rng, n=N, rate=10.0):
    return rng.exponential(1 / rate, n).cumsum()


def switching(rng, high=40.0, low=2.0, mean_s=0.5, end_s=500.0):
    """Poisson arrivals at one of two rates, in turn, each for an exponential time."""
    instants, now_s, rate = [], 0.0, high
    while now_s < end_s:
        until_s = now_s + rng.exponential(mean_s)
        count = rng.poisson(rate * (until_s - now_s))
        instants += np.sort(rng.uniform(now_s, until_s, count)).tolist()
        now_s, rate = until_s, low if rate == high else high
    return np.array(instants)


def warned(arrivals, text):
    return any(text in warning for warning in arrivals.warnings())


def test_poisson_arrivals_look_like_it():
    seen = observe(poisson(np.random.default_rng(1)))
    assert seen.rate_per_s == pytest.approx(10, rel=0.06)
    assert seen.cv == pytest.approx(1, abs=0.06)
    assert abs(seen.correlation) < 4 / np.sqrt(N)
    for each in seen.dispersion:
        assert each.index == pytest.approx(1, abs=4 * np.sqrt(2 / each.windows))


def test_poisson_arrivals_are_hardly_ever_warned_of():
    alarms = [
        len([*observe(poisson(np.random.default_rng(seed))).warnings()]) for seed in range(300)
    ]
    assert sum(alarms) <= 3


def test_bursty_but_independent_gaps_are_hardly_ever_warned_of():
    bursty = Hyperexponential(mean=0.1, cv=2.0)
    rngs = map(np.random.default_rng, range(100))
    assert sum(len([*observe(bursty.sample(rng, N).cumsum()).warnings()]) for rng in rngs) <= 3


def test_counts_of_independent_gaps_vary_as_the_square_of_their_cv():
    bursty = Hyperexponential(mean=0.1, cv=2.0)
    seen = observe(bursty.sample(np.random.default_rng(2), 50_000).cumsum())
    last = seen.dispersion[-1]
    assert last.index == pytest.approx(4, rel=4 * np.sqrt(2 / last.windows))


def test_a_rate_that_changes_is_warned_of():
    rng = np.random.default_rng(3)
    early, late = poisson(rng, N, 10.0), poisson(rng, N, 14.0)
    seen = observe(np.concatenate([early, early[-1] + late]))
    assert warned(seen, "the rate is not constant: from ")
    assert not seen.is_steady
    assert seen.tenths_per_s[0] == pytest.approx(10, rel=0.15)
    assert seen.tenths_per_s[-1] == pytest.approx(14, rel=0.15)


def test_bursts_are_warned_of_and_no_change_of_the_rate():
    seen = observe(switching(np.random.default_rng(4)))
    assert warned(seen, "arrivals come in bursts")
    assert warned(seen, "a gap tells of the next")
    assert not warned(seen, "the rate is not constant")


def test_a_metronome_is_not_warned_of():
    seen = observe(np.arange(1000) / 10)
    assert seen.cv == pytest.approx(0, abs=1e-9)
    assert not [*seen.warnings()]


def test_a_clock_too_coarse_to_tell_arrivals_apart_is_warned_of():
    seen = observe(np.round(poisson(np.random.default_rng(5)), 1))
    assert seen.at_once > 1000
    assert warned(seen, f"{seen.at_once} of {N - 1} gaps are 0: the clock was too coarse")
    assert seen.gaps_s.min() == pytest.approx(0.05)


def test_few_arrivals_do_not_tell_whether_the_rate_is_constant():
    seen = observe(poisson(np.random.default_rng(6), n=30))
    assert seen.dispersion == ()
    assert seen.unsteady is None
    assert seen.is_steady
    assert warned(seen, "whether the rate is constant cannot be told")


def test_gaps_with_a_heavy_tail_are_no_change_of_the_rate():
    heavy = Pareto(p50=0.01, p99=0.15)
    for seed in range(50):
        seen = observe(heavy.sample(np.random.default_rng(seed), 1000).cumsum())
        assert not warned(seen, "the rate is not constant")
