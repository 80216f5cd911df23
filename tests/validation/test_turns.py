"""The sequence of nginx's smooth weighted round robin: row h03."""

import pytest

from simulator.policies.balancing import Pool, WeightedRoundRobin

ROW = "h03-swrr"
KEYS = {"sequence"}


@pytest.mark.validation
def test_the_sequence_is_the_published_one(published):
    row = published(ROW)
    names, weights = zip(*row["parameters"]["weights"].items(), strict=True)
    picker = WeightedRoundRobin().start(Pool(names, float, float, is_weighted=True))
    picker.weigh(weights)
    expected = row["expected"]["sequence"]
    assert "".join(names[picker.pick([], ())] for _ in expected) == expected
