"""What users are left with: answers that reached them, what these earn, and whom they harm."""

import numpy as np
import pytest

from simulator.runner import run
from simulator.stats import theory
from simulator.stats.theory import caught_and_false, threshold_for_alarms
from tests.kernel.scene import scenario
from tests.scenario.small import problems

POSITIVES, SEPARATION, ALARMS = 0.3, 2.0, 0.4
RATE, DURATION_S = 200.0, 60.0
USD = {"hit": 2.0, "miss": -10.0, "false_alarm": -1.0, "pass": 0.5}
WORLD = {
    "positives": POSITIVES,
    "separation": SEPARATION,
    "features": {"amount": {"weight": 0.6}, "velocity": {"weight": 0.8}},
    "models": {
        "old": {"alarms": ALARMS},
        "other": {"threshold": 99.0},
        "buggy": {"alarms": ALARMS, "bug_ratio": 0.2},
        "broken": {"error_ratio": 0.2},
        "slow": {"service_time_factor": 3.0},
        "narrow": {"reads": ["amount"], "alarms": ALARMS},
    },
    "outcomes": {name: {"usd": usd} for name, usd in USD.items()} | {"unanswered": {"usd": -3.0}},
}
SERVER = {"kind": "model_server", "model": "old", "workers": 50, "service_time": 0.01}


def measures(system, rate=RATE, world=None, **sections):
    arrivals = {"kind": "poisson", "rate": rate}
    spec = scenario(system, arrivals, DURATION_S, world=WORLD | (world or {}), **sections)
    return run(spec).measures()


def about(expected, n):
    return pytest.approx(expected, abs=3.9 * np.sqrt(expected * (1 - expected) / n))


def expected_parts(left=SEPARATION, trained=SEPARATION):
    """How likely each outcome of an answer is."""
    threshold = threshold_for_alarms(ALARMS, POSITIVES, trained)
    caught, false = caught_and_false(left, threshold)
    hits, alarms = POSITIVES * caught, (1 - POSITIVES) * false
    return {
        "hit": hits,
        "miss": POSITIVES - hits,
        "false_alarm": alarms,
        "pass": 1 - POSITIVES - alarms,
    }


@pytest.mark.parametrize("cv", [0.0, 1.0])
def test_answers_earn_what_theory_says(cv):
    outcomes = WORLD["outcomes"] | {"usd_cv": cv}
    found = measures({"server": SERVER}, world={"outcomes": outcomes})
    n = found["users.answered"]
    parts = expected_parts()
    mean = sum(parts[name] * usd for name, usd in USD.items())
    second = sum(parts[name] * usd**2 for name, usd in USD.items()) * (1 + cv**2)
    error = np.sqrt((second - mean**2) / n)
    assert found["users.earned_usd"] / n == pytest.approx(mean, abs=3.9 * error)


def test_users_are_harmed_as_often_as_theory_says():
    outcomes = {"miss": {"harms": True}, "false_alarm": {"harms": 0.5}}
    found = measures({"server": SERVER}, world={"outcomes": outcomes})
    parts = expected_parts()
    expected = parts["miss"] + 0.5 * parts["false_alarm"]
    assert found["users.harmed_ratio"] == about(expected, found["users.answered"])


@pytest.mark.parametrize(
    ("model", "right"),
    [
        ("old", expected_parts()["hit"] + expected_parts()["pass"]),
        ("buggy", 0.8 * (expected_parts()["hit"] + expected_parts()["pass"])),
        (
            "narrow",
            sum(
                expected_parts(0.6 * SEPARATION, 0.6 * SEPARATION)[each] for each in ("hit", "pass")
            ),
        ),
    ],
)
def test_a_version_is_right_as_often_as_theory_says(model, right):
    found = measures({"server": SERVER | {"model": model}})
    assert found["users.right_ratio"] == about(right, found["users.answered"])
    assert theory.separation_left(SEPARATION, weights=[0.6, 0.8], kept=[1, 0]) == pytest.approx(
        0.6 * SEPARATION
    )


def test_calls_of_a_broken_version_fail_and_leave_users_unanswered():
    found = measures({"server": SERVER | {"model": "broken"}})
    n = found["users.answered"] + found["users.unanswered"]
    assert found["users.unanswered"] == found["failed"] == found["server.failed"]
    assert found["failed"] / n == about(0.2, n)


def test_a_slow_version_takes_longer():
    once, slow = (measures({"server": SERVER | {"model": each}}) for each in ("old", "slow"))
    assert slow["latency_p50_s"] == pytest.approx(3 * once["latency_p50_s"])


def test_users_are_told_what_a_retry_found_in_the_end():
    client = {"kind": "client", "next": "server", "retries": 20}
    found = measures({"client": client, "server": SERVER | {"model": "broken"}})
    assert found["client.retried"] > 100
    assert found["users.unanswered"] == 0
    assert found["users.answered"] == found["ok"]


def test_of_two_copies_the_first_answer_counts():
    """Both are asked at once; the slower one would have missed every positive."""
    both = {"kind": "parallel", "calls": ["fast", "slow"], "wait_for": 1}
    slow = SERVER | {"model": "other", "service_time": 0.02}
    alone = measures({"fast": SERVER})
    found = measures({"both": both, "fast": SERVER, "slow": slow})
    assert found["slow.passes"] > 1000
    assert found["users.right"] == alone["users.right"]


def test_an_answer_that_comes_too_late_counts_nowhere():
    """After 5 ms users get what needs no model."""
    ways = {"kind": "fallback", "primary": "server", "secondary": "rules", "after": 0.005}
    rules = {"kind": "server", "workers": 50, "service_time": 0.001}
    found = measures({"ways": ways, "server": SERVER, "rules": rules})
    assert found["ok"] == found["users.unanswered"] > 0
    assert found["server.served"] > 0
    assert found["users.earned_usd"] == pytest.approx(-3.0 * found["users.unanswered"])


def test_who_is_turned_away_is_unanswered():
    few = SERVER | {"workers": 1, "queue_limit": 0}
    found = measures({"server": few})
    assert found["users.unanswered"] == found["rejected"] > 100
    assert found["users.answered"] == found["ok"]


FILE = """\
format: 1
scenario: models
title: Models
chapter: cases
question: What happens?
system:
  entry: users
  components:
    users: {kind: model_server, model: big, service_time: 1ms, memory: 1GB}
world:
  positives: 10%
  separation: 2
  features: {amount: {}}
  models: {big: {memory: 2GB}}
findings: [{claim: Users are well., measure: users.harmed_ratio, at_most: 0.1}]
workload:
  arrivals: {kind: poisson, rate: 10/s}
run: {duration: 20s}
"""


def test_the_name_of_users_and_the_memory_that_there_is_are_kept():
    told = [(each.path, each.message) for each in problems(FILE, "cases/models.yaml")]
    assert [path for path, _ in told] == [
        "system.components.users",
        "system.components.users.memory",
    ]
    assert "choose another name" in told[0][1]
    assert told[1][1].startswith("found 1 GB; 'big' takes 2 GB")


def test_what_a_model_reads_must_be_there():
    text = FILE.replace("users: {", "server: {").replace("entry: users", "entry: server")
    text = text.replace("memory: 2GB", "reads: [speed]")
    (found,) = problems(text, "cases/models.yaml")
    assert found.path == "world"
    assert "reads 'speed', which is no feature" in found.message
