"""Searches for the cheapest design: on systems whose best design is known."""

from itertools import product

import pytest

from simulator.experiments.axes import Axis
from simulator.experiments.design import Outcome, design
from simulator.experiments.execution import execute
from simulator.experiments.searches import NothingToFind, search_of
from simulator.stats.theory import mmc_mean_latency
from tests.kernel.scene import scenario

pytest.importorskip("optuna", reason="needs the extra 'optimize'")

RATE, FRONT_S, BACK_S, LIMIT_S = 40.0, 0.04, 0.1, 0.18
FRONTS, BACKS = range(2, 7), range(5, 10)
FRONT, BACK = "system.components.front", "system.components.back"


def station(mean_s, workers, price, **more):
    time = {"kind": "exponential", "mean": mean_s}
    costs = {"workers": workers, "cost_per_hour": price * workers}
    return {"kind": "server", "service_time": time, **costs, **more}


def front(workers):
    return station(FRONT_S, workers, 1.0, next="back")


def back(workers):
    return station(BACK_S, workers, 3.0)


def base(limit_s=LIMIT_S, replications=5, duration=200.0):
    slo = [{"measure": "latency_mean_s", "at_most": limit_s}] if limit_s else []
    return design(
        scenario(
            {"front": front(2), "back": back(5)},
            {"kind": "poisson", "rate": RATE},
            duration,
            entry="front",
            slo=slo,
            run={"replications": replications, "warmup": 5},
        )
    )


AXES = [
    Axis(FRONT, tuple(front(workers) for workers in FRONTS)),
    Axis(BACK, tuple(back(workers) for workers in BACKS)),
]


class Maker:
    """Makes runs in this process, and remembers what was asked for."""

    def __init__(self, most_calls=None):
        self.asked, self.most_calls = [], most_calls

    def __call__(self, designs, first):
        if self.most_calls is not None and len(self.asked) == self.most_calls:
            return None
        self.asked.append((len(designs), first))
        outcome = Outcome(designs)
        for each in execute(outcome.tasks(first=first), workers=1):
            outcome.add(each)
        return outcome.summaries()


def workers_of(trial):
    return trial.changes[FRONT]["workers"], trial.changes[BACK]["workers"]


def latency_s(workers):
    return mmc_mean_latency(RATE, 1 / FRONT_S, workers[0]) + mmc_mean_latency(
        RATE, 1 / BACK_S, workers[1]
    )


def cost(workers):
    return workers[0] + 3.0 * workers[1]


@pytest.fixture(scope="module")
def found():
    return search_of(base(), AXES, "cost_per_hour_usd", 40, Maker())


def test_it_finds_the_optimum_of_two_tiers_that_enumeration_knows(found):
    good = [each for each in product(FRONTS, BACKS) if latency_s(each) <= LIMIT_S]
    assert workers_of(found.winner) == min(good, key=cost) == (3, 6)


def test_it_tries_fewer_designs_than_there_are_and_none_of_them_twice(found):
    tried = [workers_of(each) for each in found.trials]
    assert len(set(tried)) == len(tried) < len(FRONTS) * len(BACKS)


def test_what_it_calls_kept_is_kept_by_theory_and_what_it_calls_missed_is_missed(found):
    for each in found.trials:
        if each.kept == "yes":
            assert latency_s(workers_of(each)) <= LIMIT_S
        elif each.kept == "no":
            assert latency_s(workers_of(each)) > LIMIT_S


def test_the_winner_is_run_again_with_replications_that_no_choice_was_made_by(found):
    first = {row.replication for each in found.trials for row in each.summary.rows}
    again = {row.replication for row in found.winner.summary.rows}
    assert first == {0, 1, 2, 3, 4}
    assert again == {5, 6, 7, 8, 9}


def test_it_counts_every_run_that_it_made(found):
    designs = len(found.trials) + len(found.retests)
    assert found.runs() == 5 * designs
    assert found.as_json()["runs"] == found.runs()


def test_the_best_come_first_then_the_nearest_misses(found):
    best = found.best()
    kept = [each for each in best if each.kept == "yes"]
    assert best[: len(kept)] == kept
    assert [each.value for each in kept] == sorted(each.value for each in kept)
    missed = [each.violation for each in best[len(kept) :]]
    assert missed == sorted(missed)


def test_the_same_seed_searches_the_same_way():
    small = base(replications=2, duration=20.0)
    one, other = (search_of(small, AXES, "cost_per_hour_usd", 16, Maker()) for _ in range(2))
    assert one.as_json() == other.as_json()


def test_where_no_design_will_do_it_says_so_and_names_the_nearest():
    hopeless = search_of(base(1e-3, 2, 20.0), AXES, "cost_per_hour_usd", 8, Maker())
    assert hopeless.winner is None
    assert "no design that keeps them all" in hopeless.words()
    nearest = hopeless.best()[0]
    assert all(nearest.violation <= each.violation for each in hopeless.trials)


def test_an_interrupted_search_keeps_what_it_has():
    stopped = search_of(
        base(replications=2, duration=20.0), AXES, "cost_per_hour_usd", 24, Maker(1)
    )
    assert stopped.interrupted
    assert stopped.trials
    assert "interrupted" in stopped.words()


def test_without_objectives_there_is_nothing_to_find():
    with pytest.raises(NothingToFind, match="no objectives"):
        search_of(base(None), AXES, "cost_per_hour_usd", 8, Maker())


def test_ranges_are_searched_too():
    axes = [Axis(f"{BACK}.service_time.mean", (), (0.02, 0.12))]
    found = search_of(base(0.5, 4, 60.0), axes, "latency_mean_s", 16, Maker())
    tried = [each.changes[axes[0].path] for each in found.trials]
    assert all(0.02 <= each <= 0.12 for each in tried)
    # every request needs the same share of it in every trial: less is always faster
    assert found.winner.changes[axes[0].path] == min(tried)
