"""Which keys are asked for, held against their probabilities."""

from itertools import islice

import numpy as np
import pytest
from scipy.stats import chisquare

from simulator.kernel.streams import Streams, flatten
from simulator.workload.keys import UniformKeys, Zipf

N = 200_000


def drawn(keys):
    return np.bincount(list(islice(flatten(keys.blocks(Streams(1, 0))), N)), minlength=keys.count)


@pytest.mark.parametrize(
    "keys",
    [Zipf(count=100), Zipf(count=100, exponent=0.5), Zipf(count=20, exponent=2.0)]
    + [UniformKeys(count=50)],
    ids=str,
)
def test_keys_come_as_often_as_they_are_popular(keys):
    assert chisquare(drawn(keys), N * keys.popularity()).pvalue > 1e-6


def test_zipf_probabilities_by_hand():
    # 1 + 1/2 + 1/3 + 1/4 = 25/12
    assert Zipf(count=4).popularity() == pytest.approx(np.array([12, 6, 4, 3]) / 25)


def test_an_exponent_of_zero_is_uniform():
    assert Zipf(count=8, exponent=0.0).popularity() == pytest.approx([1 / 8] * 8)


def test_probabilities_add_up_to_one_however_many_keys():
    assert Zipf(count=1_000_000, exponent=0.9).popularity().sum() == pytest.approx(1)


def test_a_single_key_is_always_asked_for():
    assert drawn(Zipf(count=1)).tolist() == [N]


def test_one_key_says_nothing_about_the_next():
    keys = np.array(list(islice(flatten(UniformKeys(count=1000).blocks(Streams(1, 0))), N)))
    assert abs(np.corrcoef(keys[1:], keys[:-1])[0, 1]) < 5 / np.sqrt(N)


@pytest.mark.parametrize("wrong", [{"count": 0}, {"count": 3, "exponent": -1.0}])
def test_impossible_keys_are_refused(wrong):
    with pytest.raises(ValueError, match="greater than or equal"):
        Zipf(**wrong)
