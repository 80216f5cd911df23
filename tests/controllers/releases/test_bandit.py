"""Whom a bandit sends to which arm, and from when on."""

from functools import partial

import numpy as np
import pytest

from simulator.runner import run
from tests.controllers.releases.scene import bandit_of, problems_of

WORSE = {"bugs": 0.5}  # converts a quarter of the requests instead of a half
LATE = (150.0, 200.0)


def share_of_new(found, during=LATE):
    return found.component_measures("split[new]", during)["share_mean"]


@pytest.mark.parametrize("policy", ["thompson", "epsilon_greedy", {"kind": "ucb1"}], ids=str)
def test_the_arm_that_does_worse_gets_few_users_in_the_end(policy):
    found = run(bandit_of(policy, **WORSE))
    assert share_of_new(found) < 0.2
    assert share_of_new(run(bandit_of(policy, bugs_of_old=0.5))) > 0.8


def test_an_equal_split_stays_and_who_commits_does_so_once():
    assert share_of_new(run(bandit_of("equal_split", **WORSE))) == 0.5
    found = run(bandit_of({"kind": "explore_then_commit", "explore": 200}, **WORSE))
    assert found.component_measures("bandit")["changes"] == 2  # the first split, and the last
    assert share_of_new(found, (0.0, 30.0)) == 0.5
    assert share_of_new(found) == 0.0


def test_what_it_is_told_is_what_happened():
    found = run(bandit_of("equal_split", **WORSE, counts="failed"))
    measured = found.component_measures("bandit")
    assert measured["known"] == pytest.approx(found.request_measures()["arrived"], abs=60)
    assert measured["rewarded"] == measured["known"]  # none failed
    hits = run(bandit_of("equal_split", **WORSE)).component_measures("bandit")
    served = [run(bandit_of("equal_split", **WORSE)).component_measures(n) for n in ("old", "new")]
    assert hits["rewarded"] == pytest.approx(sum(each["hits"] for each in served), abs=40)


def test_nothing_is_known_before_labels_come():
    found = run(bandit_of("thompson", **WORSE, labels={"delay": 60.0}))
    assert share_of_new(found, (0.0, 60.0)) == 0.5
    assert share_of_new(found) < 0.2
    prompt = run(bandit_of("thompson", **WORSE))
    hits = [each.component_measures("old")["hits"] for each in (prompt, found)]
    assert hits[0] > hits[1]


def test_users_who_are_harmed_count_against_an_arm():
    assert share_of_new(run(bandit_of("thompson", **WORSE, counts="harmed"))) < 0.2
    assert share_of_new(run(bandit_of("thompson", errors=0.5, counts="failed"))) < 0.2


def test_dollars_count_on_a_scale_that_is_cut_off():
    told = {"counts": "usd", "usd_range": [0.0, 2.0]}
    half = run(bandit_of("equal_split", **told)).component_measures("bandit")
    whole = run(bandit_of("equal_split", **told | {"usd_range": [0.0, 0.5]}))
    assert whole.component_measures("bandit")["rewarded"] == pytest.approx(2 * half["rewarded"])
    assert share_of_new(run(bandit_of("thompson", **WORSE, **told))) < 0.3


def test_every_arm_keeps_its_least_share():
    assert share_of_new(run(bandit_of("thompson", **WORSE, least_share=0.1))) >= 0.1


def test_before_it_begins_shares_are_those_of_the_splitter():
    found = run(bandit_of("thompson", **WORSE, at=100.0, old_share=0.7))
    assert share_of_new(found, (0.0, 100.0)) == pytest.approx(0.3)


def test_the_same_seed_gives_the_same_shares():
    spec = bandit_of("thompson", **WORSE, sticky="request")
    once, twice = (run(spec).components["split[new]"].totals["share"] for _ in range(2))
    assert np.array_equal(once, twice)


wrong = partial(problems_of, bandit_of, "thompson")


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"arms": ["old", "newest"]}, "unknown arm 'newest'"),
        ({"arms": ["old", "old"]}, "arms must be several, each once"),
        ({"least_share": 0.6}, "2 arms cannot all have so much; at most 0.5"),
        ({"arms": ["old", "new"], "least_share": 0.6}, "cannot all have 0.6 of the users"),
        ({"counts": "usd"}, "usd_range goes with usd"),
        ({"counts": "usd", "usd_range": [1.0, 0.0]}, "must go from less to more"),
        ({"of": "new"}, "'new' is no splitter"),
        ({"world": False}, "must have a world"),
    ],
)
def test_what_cannot_be_played_is_said(told, message):
    assert message in wrong(**told)
