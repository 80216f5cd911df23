"""What a mixture promises."""

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.distributions import distributions
from simulator.distributions.mixture import Mixture
from simulator.distributions.parametric import Exponential, Pareto

N = 100_000


def test_each_part_comes_as_often_as_its_weight_says():
    times = Mixture(parts=(0.1, 0.2, 0.3), weights=(6.0, 3.0, 1.0)).sample(
        np.random.default_rng(1), N
    )
    for value, share in ((0.1, 0.6), (0.2, 0.3), (0.3, 0.1)):
        assert (times == value).mean() == pytest.approx(share, abs=5 / np.sqrt(4 * N))


def test_parts_without_weights_come_equally_often():
    assert Mixture(parts=(1.0, 3.0)).average() == 2


def test_a_hit_and_a_miss_as_a_file_says_them():
    text = {"kind": "mixture", "parts": ["1ms", {"kind": "exponential", "mean": "80ms"}]}
    found = distributions.validate(text | {"weights": [0.9, 0.1]})
    assert found.average() == pytest.approx(0.9 * 0.001 + 0.1 * 0.08)
    assert found.moment(2) == pytest.approx(0.9 * 0.001**2 + 0.1 * 2 * 0.08**2)


def test_mixtures_may_hold_mixtures():
    inner = Mixture(parts=(1.0, 2.0))
    outer = Mixture(parts=(inner, 4.0), weights=(1.0, 3.0))
    assert outer.average() == 0.25 * 1.5 + 0.75 * 4
    assert distributions.validate(outer.model_dump(mode="json")) == outer


def test_a_part_that_is_never_chosen_does_not_count():
    heavy = Pareto(p50=0.06, p99=0.6)
    found = Mixture(parts=(Exponential(mean=1.0), heavy), weights=(1.0, 0.0))
    assert found.moment(2) == 2


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"parts": ()}, "at least 1"),
        ({"parts": (1.0, 2.0), "weights": (1.0,)}, "1 weights for 2 parts"),
        ({"parts": (1.0, 2.0), "weights": (1.0, -1.0)}, "must not be negative"),
        ({"parts": (1.0, 2.0), "weights": (0.0, 0.0)}, "not all zero"),
        ({"parts": ({"kind": "exponental"},)}, "did you mean 'exponential'"),
    ],
)
def test_an_impossible_mixture_is_refused(given_, message):
    with pytest.raises(ValidationError, match=message):
        Mixture(**given_)
