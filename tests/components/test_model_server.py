"""A model server's answers are as good as its model, and its calls are served as any are."""

import numpy as np
import pytest

from simulator.runner import run
from simulator.stats import theory
from tests.kernel.scene import running, scenario
from tests.scenario.small import problems

SEPARATION, POSITIVES = 2.0, 0.3
ALARMS = 0.4
RATE, DURATION_S = 200.0, 60.0

WORLD = {
    "positives": POSITIVES,
    "separation": SEPARATION,
    "features": {
        "amount": {"weight": 0.6},
        "velocity": {"weight": 0.8, "correlation_time": "1min"},
    },
    "models": {"old": {"alarms": ALARMS}, "poor": {"skill": 0.5, "alarms": ALARMS}},
}


def served(client=None, world=None, rate=RATE, **server):
    spec = {"kind": "model_server", "model": "old", "workers": 20, "service_time": 0.01} | server
    system = {"server": spec}
    if client is not None:
        system = {"client": {"kind": "client", "next": "server"} | client, "server": spec}
    arrivals = {"kind": "poisson", "rate": rate}
    return run(scenario(system, arrivals, DURATION_S, world=WORLD | (world or {}))).measures()


def about(expected, n):
    return pytest.approx(expected, abs=3.9 * np.sqrt(expected * (1 - expected) / n))


@pytest.mark.parametrize(
    ("server", "left"),
    [
        ({}, SEPARATION),
        ({"model": "poor"}, theory.separation_left(SEPARATION, skill=0.5)),
        (
            {"feature_age": 30.0},
            theory.separation_left(SEPARATION, weights=[0.6, 0.8], kept=[1.0, np.exp(-0.5)]),
        ),
    ],
    ids=["the best model", "a poor model", "old features"],
)
def test_it_catches_what_theory_says_at_the_price_that_theory_says(server, left):
    found = served(**server)
    trained = SEPARATION * (0.5 if "model" in server else 1.0)
    threshold = theory.threshold_for_alarms(ALARMS, POSITIVES, trained)
    caught, false = theory.caught_and_false(left, threshold)
    positives = found["server.hits"] + found["server.misses"]
    negatives = found["server.false_alarms"] + found["server.passes"]
    assert found["server.recall"] == about(caught, positives)
    assert found["server.false_alarms"] / negatives == about(false, negatives)
    assert positives / (positives + negatives) == about(POSITIVES, positives + negatives)


def test_every_call_that_is_served_is_judged_once():
    found = served()
    judged = [found[f"server.{name}"] for name in ("hits", "misses", "false_alarms", "passes")]
    assert sum(judged) == found["server.served"]


def test_a_second_try_is_about_the_same_request():
    """Every request is tried until it is answered; as many positives are seen as there are."""
    impatient = {"timeout": 0.02, "retries": 50, "cancels": True}
    slow = {"kind": "exponential", "mean": 0.02}
    once, often = served(rate=40.0), served(impatient, rate=40.0, service_time=slow)
    assert often["client.retried"] > 100
    for name in ("hits", "misses", "false_alarms", "passes"):
        assert often[f"server.{name}"] == pytest.approx(once[f"server.{name}"], abs=2)


def test_two_models_meet_the_same_requests():
    best, poor = served(), served(model="poor")
    for one, other in (("hits", "misses"), ("false_alarms", "passes")):
        of_best = best[f"server.{one}"] + best[f"server.{other}"]
        assert of_best == poor[f"server.{one}"] + poor[f"server.{other}"]


def test_another_version_answers_what_is_begun_after_it_was_put_there(monkeypatch):
    def setup(system, source):
        seen.append(system.components["server"].sim.world)
        sim = system.components["server"].sim

        def switch():
            yield sim.timeout(30.0)
            system.components["server"].serve("poor")

        sim.process(switch())

    seen = []
    running(monkeypatch, setup)
    served(service_time=1.0, rate=10.0)
    (world,) = seen
    rows = world.predictions.since(0)
    names = np.array(world.predictions.names)[rows.version]
    assert (names[rows.at_s <= 31.0] == "old").all()
    assert (names[rows.at_s > 31.0] == "poor").all()
    assert np.array_equal(rows.at_s, np.sort(rows.at_s))
    assert len(rows) == len(set(rows.number.tolist())) > 500


FILE = """\
format: 1
scenario: models
title: Models
chapter: cases
question: What happens?
system:
  entry: server
  components:
    server: {kind: model_server, model: ancient, service_time: 1ms, missing: [speed, amount]}
world:
  positives: 10%
  separation: 2
  features: {amount: {}}
  models: {old: {}}
workload:
  arrivals: {kind: poisson, rate: 10/s}
run: {duration: 20s}
"""


def test_unknown_models_and_features_are_told_at_once_and_where_they_stand():
    told = [
        (each.path, each.message.partition(";")[0]) for each in problems(FILE, "cases/models.yaml")
    ]
    assert told == [
        ("system.components.server.model", "unknown model 'ancient'"),
        ("system.components.server.missing[0]", "unknown feature 'speed'"),
    ]


def test_a_model_server_without_a_world_is_told_so():
    text = FILE[: FILE.index("world:")] + FILE[FILE.index("workload:") :]
    (found,) = problems(text, "cases/models.yaml")
    assert found.path == "system.components.server"
    assert "give world" in found.message
