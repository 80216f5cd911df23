"""What holds for experiments on a splitter, whatever they decide and whatever goes wrong."""

from functools import lru_cache

import numpy as np
import pytest

from simulator.results import OUTCOMES
from simulator.results.balance import gaps, violated
from simulator.runner import run
from tests.kernel.scene import digest, scenario
from tests.laws.witness import witnessed

UNANSWERED = OUTCOMES.index("unfinished")

TEST = {"kind": "ab_test", "of": "split", "control": "old", "treatment": "new"}
TEST |= {"every": 0.5, "counts": "harmed", "effect": 0.1, "units": 150}
BANDIT = {"kind": "bandit", "of": "split", "every": 0.5, "counts": "conversions"}

SAMPLES = {
    "test of one look": TEST,
    "test that peeks at failures, by request": TEST
    | {"rule": {"kind": "peeking", "looks": 4}, "counts": "failed", "unit": "request"},
    "tests of dollars, one after another": TEST
    | {"rule": {"kind": "pocock", "looks": 3}, "counts": "usd", "ships": False, "again": True},
    "test that may be looked at all the time": TEST | {"rule": "always_valid", "share": 0.2},
    "bandit by chance of the best": BANDIT | {"policy": "thompson"},
    "bandit that forgets": BANDIT | {"policy": {"kind": "ucb1", "half_life": 3.0}},
    "bandit that tries all": BANDIT
    | {"policy": {"kind": "epsilon_greedy", "window": 2.0}, "counts": "failed"},
}
each_sample = pytest.mark.parametrize("name", SAMPLES)
each_temper = pytest.mark.parametrize("cancels", [False, True])


def scene(name, cancels, seed=1):
    """Two versions behind a splitter and an impatient client, with late labels and faults."""
    served = {"kind": "model_server", "workers": 2, "queue_limit": 10}
    served |= {"service_time": {"kind": "exponential", "mean": 0.05}}
    arms = {"old": {"to": "v1", "share": 0.5}, "new": {"to": "v2", "share": 0.5}}
    parts = {
        "front": {"kind": "client", "next": "split", "timeout": 0.2, "retries": 1}
        | {"cancels": cancels},
        "split": {"kind": "splitter", "sticky": "key", "arms": arms, "patience": 0.3},
        "v1": served | {"model": "old"},
        "v2": served | {"model": "new"},
    }
    world = {"positives": 0.4, "separation": 1.5, "features": {"x": {}}}
    world |= {"models": {"old": {}, "new": {"bug_ratio": 0.2, "error_ratio": 0.05}}}
    world |= {"labels": {"delay": {"kind": "exponential", "mean": 1.0}, "window": 2.0}}
    world |= {"outcomes": {"hit": {"usd": 1.0}, "miss": {"harms": True}, "unanswered": {"usd": -1}}}
    return scenario(
        parts,
        {"kind": "poisson", "rate": 50.0},
        15.0,
        keys={"kind": "zipf", "count": 300},
        faults=[{"kind": "crash", "of": "v2", "from": 3.0, "for": 1.0}],
        controllers={"controller": SAMPLES[name]},
        world=world,
        run={"drain": 20.0, "seed": seed},
    )


@lru_cache(maxsize=16)
def plain(name, cancels):
    return run(scene(name, cancels))


@each_sample
@each_temper
def test_every_call_is_answered_exactly_once(name, cancels):
    with pytest.MonkeyPatch.context() as patch:
        witnesses = witnessed(patch)
        finished = run(scene(name, cancels))
    for witness in witnesses.values():
        assert [visit.answers for visit in witness.visits] == [1] * len(witness.visits)
    assert not (finished.requests.outcome == UNANSWERED).any()


@each_sample
def test_the_books_balance(name):
    assert not violated(gaps(plain(name, True)))


@each_sample
@each_temper
def test_the_same_seed_gives_the_same_run_traced_or_not(name, cancels):
    first = plain(name, cancels)
    again = run(scene(name, cancels), traces=range(10**9))
    assert digest(again) == digest(first)
    assert again.decisions == first.decisions
    assert digest(run(scene(name, cancels, seed=2))) != digest(first)


@each_sample
def test_the_shares_of_all_arms_add_up_to_all(name):
    found = plain(name, False)
    shares = [found.components[f"split[{arm}]"].totals["share"] for arm in ("old", "new")]
    assert sum(shares) == pytest.approx(found.tick_s)


@each_sample
def test_it_did_something(name):
    measured = plain(name, False).component_measures("controller")
    decided = measured.get("looks", 0) + measured.get("changes", 0)
    assert decided > 0


@each_sample
def test_every_measure_is_described(name):
    found = plain(name, False)
    described = found.reported()
    own = [key for key in found.measures() if key.startswith("controller.")]
    assert all(described[key].description for key in own)
    assert np.isfinite([found.measures()[key] for key in own if "mean" not in key]).any()
