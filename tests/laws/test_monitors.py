"""What holds for every kind of monitor of models, while the world changes in every way."""

from functools import lru_cache

import numpy as np
import pytest

from simulator.controllers import controller_kinds
from simulator.controllers.monitors import MonitorSpec
from simulator.policies.detecting import detectors
from simulator.results.balance import gaps, violated
from simulator.runner import run
from tests.kernel.scene import digest, scenario
from tests.laws.witness import witnessed

OFTEN = {"every": 1.0, "model": "old"}
FIRST = {"reference": {"kind": "window", "for": 3.0}, "from": 3.0}

MONITORS = {
    "inputs": {"kind": "input_drift", "detector": {"kind": "ks", "alpha": 0.05}, "window": 2.0}
    | {"correction": "holm", "for": 1.0},
    "bins": {"kind": "input_drift", "detector": "psi", "features": ["amount"], "keep": 2.0},
    "answers": {"kind": "prediction_drift", "detector": "chi_square", "of": "said"} | FIRST,
    "scores": {"kind": "prediction_drift", "detector": "page_hinkley"},
    "charts": {"kind": "input_drift", "detector": {"kind": "cusum", "subgroup": 5}, "changed": 2},
    "averages": {"kind": "prediction_drift", "detector": "ewma", "of": "probability"},
    "points": {"kind": "performance", "detector": {"kind": "shewhart", "subgroup": 10}},
    "errors": {"kind": "performance", "detector": "adwin"},
    "misses": {"kind": "performance", "of": "miss", "detector": "ddm", "least": 2},
    "dollars": {"kind": "performance", "of": "usd", "detector": {"kind": "bound", "at_least": 0.5}},
    "counts": {"kind": "calibration", "error": 0.1, "window": 5.0},
    "rules": {"kind": "data_quality"},
    "reasons": {"kind": "attribution_drift", "detector": {"kind": "ks", "least": 0.1}}
    | {"ratio": 0.5, "explainer": "explainer"},
}


def scene(watched=True, seed=1):
    """A model that is called twice if it is slow, in a world that changes in every way."""
    when = {"kind": "gradual", "from": 5.0, "until": 12.0}
    world = {
        "positives": 0.3,
        "separation": 2.0,
        "features": {"amount": {}, "velocity": {}, "color": {"weight": 0}},
        "models": {"old": {}, "new": {"trained_at": 12.0}},
        "drifts": [
            {"kind": "concept", "towards": "velocity", "degrees": 40.0, "when": when},
            {"kind": "covariate", "feature": "color", "by": 1.0, "when": when},
            {"kind": "label", "positives": 0.5, "when": when},
            {"kind": "broken_feature", "feature": "amount"}
            | {"when": {"kind": "sudden", "from": 14.0, "until": 18.0}},
        ],
        "labels": {"delay": {"kind": "exponential", "mean": 1.0}, "ratio": 0.9},
        "outcomes": {"hit": {"usd": 2.0}, "false_alarm": {"usd": -1.0}},
    }
    parts = {
        "front": {"kind": "client", "next": "scorer", "timeout": 0.06, "retries": 1},
        "scorer": {"kind": "model_server", "model": "old", "workers": 3}
        | {"service_time": {"kind": "exponential", "mean": 0.02}},
        "explainer": {"kind": "server", "workers": 1, "queue_limit": 3, "service_time": 0.03},
    }
    controllers = {name: OFTEN | each for name, each in MONITORS.items()} if watched else {}
    parts = parts if watched else {name: parts[name] for name in ("front", "scorer")}
    told = {"controllers": controllers, "run": {"drain": 20.0, "seed": seed}, "world": world}
    return scenario(parts, {"kind": "poisson", "rate": 60.0}, 25.0, **told)


@lru_cache(maxsize=2)
def plain(watched=True):
    return run(scene(watched))


def test_every_kind_of_monitor_and_of_detector_has_a_sample():
    kinds = {
        kind for kind, spec in controller_kinds.kinds().items() if issubclass(spec, MonitorSpec)
    }
    assert {each["kind"] for each in MONITORS.values()} == kinds
    used = [each.get("detector", "ks") for each in MONITORS.values()]
    assert {each if isinstance(each, str) else each["kind"] for each in used} == set(
        detectors.kinds()
    )


def test_whoever_watches_models_changes_nothing():
    watched, unwatched = plain(), plain(False)
    assert np.array_equal(watched.requests.latency_s, unwatched.requests.latency_s, equal_nan=True)
    assert digest(watched, unwatched.components) == digest(unwatched)


def test_every_call_is_answered_exactly_once_whoever_watches():
    with pytest.MonkeyPatch.context() as patch:
        witnesses = witnessed(patch)
        run(scene())
    for witness in witnesses.values():
        assert [visit.answers for visit in witness.visits] == [1] * len(witness.visits)


def test_the_books_balance_whoever_watches():
    assert not violated(gaps(plain()))


def test_every_explanation_that_was_asked_for_is_got_or_not():
    record = plain().components["reasons"]
    asked = plain().components["explainer"].totals
    came = record.totals["explained"][-1] + record.totals["unexplained"][-1]
    assert came == asked["served"][-1] + asked["rejected"][-1] > 0


def test_the_same_seed_gives_the_same_alarms_traced_or_not():
    again = run(scene(), traces=range(10**9))
    assert digest(again) == digest(plain())
    assert again.decisions == plain().decisions
    assert digest(run(scene(seed=2))) != digest(plain())


@pytest.mark.parametrize("name", MONITORS)
def test_every_measure_is_described_and_something_has_happened(name):
    found = plain()
    described = found.reported()
    own = {key: each for key, each in found.measures().items() if key.startswith(f"{name}.")}
    assert own
    assert all(described[key].description for key in own)
    assert own[f"{name}.looks"] > 0
    assert own[f"{name}.cleared"] <= own[f"{name}.fired"] <= own[f"{name}.alarms"]
    assert own[f"{name}.detected"] + own[f"{name}.false_alarms"] <= own[f"{name}.fired"] + 1
