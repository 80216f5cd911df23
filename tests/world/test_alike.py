"""Requests of one user resemble one another as much as it says, and mislead as theory says."""

from math import sqrt

import numpy as np
import pytest

from simulator.kernel.streams import BLOCK, Streams
from simulator.runner import run
from simulator.stats import theory
from simulator.stats.trials.sizes import design_effect
from simulator.world import WorldSpec, requests
from tests.kernel.scene import running, scenario
from tests.scenario.small import problems

USERS, OF_EACH, POSITIVES = 1500, 8, 0.3


def world_of(**alike):
    spec = {"positives": POSITIVES, "separation": 2.0, "features": {"a": {}, "b": {}}}
    spec |= {"models": {"m": {}}, "alike": alike}
    spec |= {"outcomes": {"pass": {"usd": 1.0}, "miss": {"usd": 1.0}, "usd_cv": 1.0}}
    return WorldSpec.model_validate(spec).start(Streams(1, 0))


def looks(world):
    """Truth ``(users, requests)`` and features ``(users, requests, features)``, users in turns."""
    sights = [world.look(number, 0.0, key=number % USERS) for number in range(USERS * OF_EACH)]
    truth = np.array([each.is_positive for each in sights]).reshape(OF_EACH, USERS).T
    return truth, np.array([each.features for each in sights]).reshape(OF_EACH, USERS, 2).swapaxes(
        0, 1
    )


def intraclass(values):
    """The correlation of two of one user, estimated by analysis of variance; (users, requests)."""
    of_each = values.shape[1]
    between = of_each * values.mean(axis=1).var(ddof=1)
    within = values.var(axis=1, ddof=1).mean()
    return (between - within) / (between + (of_each - 1) * within)


def test_being_positive_runs_in_users_as_far_as_the_threshold_lets_through():
    truth, features = looks(world_of(truth=0.5))
    expected = theory.correlation_beyond_threshold(POSITIVES, 0.5)
    assert intraclass(truth.astype(float)) == pytest.approx(expected, abs=0.04)
    assert truth.mean() == pytest.approx(POSITIVES, abs=0.04)
    negatives = features[~truth]
    assert negatives.std(axis=0) == pytest.approx(1.0, abs=0.03)


def test_features_of_a_user_resemble_one_another():
    truth, features = looks(world_of(features=0.4))
    apart = np.where(truth, 2.0 / sqrt(2), 0.0)
    for place in range(2):
        assert intraclass(features[:, :, place] - apart) == pytest.approx(0.4, abs=0.04)
        error = sqrt(2 * (0.4**2 / USERS + 2 * 0.4 * 0.6 / USERS / OF_EACH))  # of the variance
        assert (features[:, :, place] - apart).var() == pytest.approx(1.0, abs=3.9 * error)
    assert intraclass(truth.astype(float)) == pytest.approx(0.0, abs=0.03)


def test_what_is_at_stake_resembles_as_lognormal_amounts_do():
    world = world_of(stakes=0.6)
    usd = [world.outcomes.of_nothing(n, n % USERS)[0] for n in range(USERS * OF_EACH)]
    assert set(usd) == {0.0}  # nothing is at stake without an answer
    usd = [
        world.outcomes.of_answer(n, n % USERS, said=False, is_positive=False)[0]
        for n in range(USERS * OF_EACH)
    ]
    logs = np.log(np.array(usd)).reshape(OF_EACH, USERS).T
    assert intraclass(logs) == pytest.approx(0.6, abs=0.04)
    assert np.mean(usd) == pytest.approx(1.0, abs=0.1)


def test_a_mean_over_users_has_the_variance_of_the_design_effect():
    truth, _ = looks(world_of(truth=0.5))
    like = theory.correlation_beyond_threshold(POSITIVES, 0.5)
    of_means = truth.mean(axis=1).var(ddof=1)
    independent = POSITIVES * (1 - POSITIVES) / OF_EACH
    expected = design_effect(OF_EACH, like)
    assert of_means / independent == pytest.approx(expected, rel=0.12)


def test_a_user_is_the_key_of_the_workload(monkeypatch):
    world = {"positives": 0.5, "separation": 2.0, "features": {"a": {}}, "models": {"m": {}}}
    world |= {"alike": {"truth": 0.95}}
    server = {"kind": "model_server", "model": "m", "workers": 9, "service_time": 0.001}
    keys = {"kind": "uniform", "count": 20}
    spec = scenario(
        {"server": server}, {"kind": "poisson", "rate": 100.0}, 20.0, world=world, keys=keys
    )
    seen, asked = [], {}

    def setup(system, source):
        seen.append(system.components["server"].sim.world)
        send = system.users.accept
        monkeypatch.setattr(
            system.users,
            "accept",
            lambda call: (asked.update({call.request[0]: call.key}), send(call))[-1],
        )

    running(monkeypatch, setup)
    run(spec)
    rows = seen[0].predictions.since(0)
    users = np.array([asked[number] for number in rows.number.tolist()])
    parts = np.array([rows.is_positive[users == key].mean() for key in range(20)])
    assert np.mean((parts < 0.2) | (parts > 0.8)) > 0.6  # mostly the one or the other


def test_the_threshold_model_has_its_exact_value_for_one_half():
    for correlation in (0.0, 0.2, 0.8):
        exact = 2 / np.pi * np.arcsin(correlation)
        found = theory.correlation_beyond_threshold(0.5, correlation)
        assert found == pytest.approx(exact, abs=1e-6)


def test_users_must_have_keys():
    text = """\
format: 1
scenario: models
title: Models
chapter: cases
question: What happens?
system:
  entry: server
  components:
    server: {kind: model_server, model: m, service_time: 1ms}
world:
  positives: 10%
  separation: 2
  features: {amount: {}}
  models: {m: {}}
  alike: {truth: 0.5}
workload:
  arrivals: {kind: poisson, rate: 10/s}
run: {duration: 20s}
"""
    (found,) = problems(text, "cases/models.yaml")
    assert found.path == "world.alike"
    assert "give workload.keys" in found.message


def test_a_user_who_was_out_of_sight_for_long_is_still_the_same(monkeypatch):
    monkeypatch.setattr(requests, "MOST_OF_USERS", 2)
    world = world_of(truth=0.5, features=0.4)
    first = world.look(5, 0.0, key=7)
    for block in range(1, 4):
        world.look(5, 0.0, key=block * BLOCK)
    assert world.look(5, 0.0, key=7) == first
    assert world.look(5, 0.0, key=8) != first
