"""Rankings of variants whose values are given."""

import numpy as np
import pytest

from simulator.experiments.design import design
from simulator.experiments.rankings import AT_ONCE, NotRanked, ranking_of
from simulator.scenario import load
from simulator.stats.sequential import PILOT
from tests.experiments.rows import rows

CASE = load("two_choices")
NAMES = ["baseline", "round_robin", "two_choices", "all_queues"]
DESIGNS = [design(CASE, () if name == "baseline" else (name,)) for name in NAMES]


class Maker:
    """Hands out rows with given values; remembers who was asked for how many."""

    def __init__(self, means, spread=0.1, measure="latency_mean_s", most_calls=None):
        noise = np.random.default_rng(4).normal(0.0, spread, 10_000)
        self.values = {n: mean + noise for n, mean in zip(NAMES, means, strict=True)}
        self.own = np.random.default_rng(5).normal(0.0, spread, (len(means), 10_000))
        for i, name in enumerate(NAMES):
            self.values[name] = self.values[name] + self.own[i]
        self.measure, self.most_calls, self.asked = measure, most_calls, []

    def __call__(self, designs, first, runs):
        if len(self.asked) == self.most_calls:
            return None
        self.asked.append(([each.variant for each in designs], first, runs))
        return [
            rows(self.values[each.variant][first : first + runs], self.measure, each.variant)
            for each in designs
        ]


def names(ranking):
    return [each.variant for each in ranking.places]


def test_the_best_comes_first_and_is_never_dropped():
    found = ranking_of(DESIGNS, "latency_mean_s", 0.05, Maker([4.0, 3.0, 1.0, 2.0]))
    assert names(found) == ["two_choices", "all_queues", "round_robin", "baseline"]
    assert found.complete
    assert [each.dropped_after is None for each in found.places] == [True, False, False, False]


def test_of_a_measure_of_which_more_is_better_the_largest_comes_first():
    maker = Maker([0.2, 0.6, 0.4, 0.9], 0.001, "success_ratio")
    assert names(ranking_of(DESIGNS, "success_ratio", 0.05, maker))[0] == "all_queues"


def test_what_is_far_behind_gets_no_run_beyond_the_first():
    maker = Maker([9.0, 1.02, 1.0, 9.0])
    found = ranking_of(DESIGNS, "latency_mean_s", 0.01, maker)
    runs = {each.variant: each.estimate.interval.n for each in found.places}
    assert runs["baseline"] == runs["all_queues"] == PILOT
    assert runs["two_choices"] > PILOT
    for asked, first, _ in maker.asked[1:]:
        assert first >= PILOT
        assert asked == ["round_robin", "two_choices"]


def test_runs_are_asked_for_in_order_and_none_twice():
    maker = Maker([1.0, 1.01, 1.0, 1.02])
    ranking_of(DESIGNS, "latency_mean_s", 0.01, maker)
    assert [first for _, first, _ in maker.asked] == [
        0,
        *range(PILOT, PILOT + AT_ONCE * (len(maker.asked) - 1), AT_ONCE),
    ]


def test_differences_from_the_first_hold_all_at_once():
    found = ranking_of(DESIGNS, "latency_mean_s", 0.05, Maker([4.0, 3.0, 1.0, 2.0]))
    for each in found.places:
        if each.variant == "baseline":
            assert each.from_first is None
        else:
            assert each.from_first.confidence == pytest.approx(1 - 0.05 / 3)
            assert each.from_first.excludes_zero
            assert each.from_first.mean < 0


def test_an_interrupted_ranking_says_that_it_decides_nothing():
    found = ranking_of(DESIGNS, "latency_mean_s", 0.001, Maker([1.0, 1.0, 1.0, 1.0], most_calls=2))
    assert not found.complete
    assert found.as_json()["best"] is None
    with pytest.raises(KeyboardInterrupt):
        ranking_of(DESIGNS, "latency_mean_s", 0.001, Maker([1.0, 1.0, 1.0, 1.0], most_calls=0))


def test_a_ranking_takes_two_variants_and_values_that_are_not_zero():
    with pytest.raises(NotRanked, match="two variants"):
        ranking_of(DESIGNS[:1], "latency_mean_s", 0.05, Maker([1.0, 1.0, 1.0, 1.0]))
    with pytest.raises(NotRanked, match="is 0"):
        ranking_of(DESIGNS, "latency_mean_s", 0.05, Maker([0.0] * 4, spread=0.0))
    with pytest.raises(NotRanked, match="no value"):
        ranking_of(DESIGNS, "latency_mean_s", 0.05, Maker([1.0, np.nan, 1.0, 1.0]))
