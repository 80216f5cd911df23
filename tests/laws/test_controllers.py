"""What holds for every kind of controller, while replicas come and go and other things go wrong."""

from functools import lru_cache

import numpy as np
import pytest

from simulator.controllers import ReplicaController, controller_kinds
from simulator.results import OUTCOMES
from simulator.results.balance import gaps, violated
from simulator.runner import run
from tests.kernel.scene import digest, scenario
from tests.laws.witness import witnessed

UNANSWERED = OUTCOMES.index("unfinished")
SUDDEN = {"scale_up": {"rates": []}, "scale_down": {"rates": []}}

HASTY = {
    "of": "behind",
    "pending_time": {"kind": "exponential", "mean": 0.2},
    "start_time": {"kind": "lognormal", "mean": 0.5, "cv": 1.0},
    "readiness_period": 0.3,
    "propagation": 0.2,
    "grace": 0.15,
}

SCALED = HASTY | {"kind": "autoscaler", "max_replicas": 6, "behavior": SUDDEN}
SCALED |= {"sync_period": 0.5, "metrics_period": 0.4, "metrics_delay": 0.1}
UPDATED = HASTY | {"kind": "rolling_update", "at": 2.0, "max_surge": 1, "max_unavailable": 1}

SAMPLES = {
    "autoscaler": {
        "by utilization": SCALED | {"policy": {"kind": "utilization", "target": 0.5}},
        "by calls, abruptly": SCALED
        | {"policy": {"kind": "average_value", "target": 2.0}, "drains": False},
        "by arrivals and schedule": SCALED
        | {
            "policy": [
                {"kind": "external_value", "target_average": 15.0},
                {"kind": "scheduled", "every": 4.0}
                | {"slots": [{"from": 0.0, "until": 1.5, "replicas": 5}]},
                {"kind": "seasonal", "period": 5.0, "ahead": 1.0, "per_replica": 20.0},
            ]
        },
        "by panic": SCALED
        | {
            "policy": {
                "kind": "concurrency",
                "target": 2.0,
                "stable_window": 3.0,
                "panic_window": 0.8,
            }
        },
        "by backlog and trend": SCALED
        | {
            "policy": [
                {"kind": "shortfall", "per_replica": 15.0, "drain": 1.0, "counts_coming": False},
                {"kind": "trend", "window": 3.0, "ahead": 1.0, "per_replica": 20.0},
            ]
        },
    },
    "rolling_update": {
        "with a pause": UPDATED | {"pre_stop": 0.1, "grace": 5.0, "min_ready": 0.2},
        "abrupt, of a bad version": UPDATED
        | {"drains": False, "service_time_factor": 2.0, "error_ratio": 0.2},
    },
}
EACH = [pytest.param(kind, name, id=f"{kind}-{name}") for kind in SAMPLES for name in SAMPLES[kind]]
each_sample = pytest.mark.parametrize(("kind", "name"), EACH)
each_temper = pytest.mark.parametrize("cancels", [False, True])


def scene(kind, name, cancels, seed=1):
    """A sample behind an impatient client, under a load that rises, with faults."""
    parts = {
        "front": {"kind": "client", "next": "lb", "timeout": 0.2, "retries": 1, "cancels": cancels},
        "lb": {
            "kind": "load_balancer",
            "pool": "behind",
            "slow_start": 0.5,
            "policy": "fewest_of_sample",
            "health_check": {"interval": 0.5, "timeout": 0.1},
        },
        "behind": {
            "kind": "server",
            "replicas": 2,
            "workers": 2,
            "queue_limit": 10,
            "service_time": {"kind": "exponential", "mean": 0.05},
        },
    }
    arrivals = {"kind": "schedule", "rate": 30.0}
    arrivals |= {"spikes": [{"at": 4.0, "for": 4.0, "extra": 60.0}]}
    faults = [
        {"kind": "crash", "of": "behind[2]", "from": 3.0, "for": 1.0},
        {"kind": "slowdown", "of": "behind", "factor": 2.0, "from": 6.0, "for": 1.0},
        {"kind": "breakdowns", "of": "behind[3]", "mtbf": 2.0, "mttr": 0.3, "work": "resumes"},
    ]
    settings = {"drain": 20.0, "seed": seed}
    return scenario(
        parts,
        arrivals,
        15.0,
        faults=faults,
        controllers={"controller": SAMPLES[kind][name]},
        run=settings,
    )


@lru_cache(maxsize=16)
def plain(kind, name, cancels):
    return run(scene(kind, name, cancels))


def test_every_kind_has_a_sample():
    """But for the one that does nothing unless somebody acts, see tests/controllers."""
    kinds = controller_kinds.kinds().items()
    of_replicas = {kind for kind, spec in kinds if issubclass(spec, ReplicaController)}
    assert SAMPLES.keys() == of_replicas - {"manual_scaling"}


@each_sample
@each_temper
def test_every_call_is_answered_exactly_once_whatever_goes_wrong(kind, name, cancels):
    with pytest.MonkeyPatch.context() as patch:
        witnesses = witnessed(patch)
        finished = run(scene(kind, name, cancels))
    assert finished.component_measures("controller")["ended"] > 0
    for witness in witnesses.values():
        assert [visit.answers for visit in witness.visits] == [1] * len(witness.visits)
    assert not (finished.requests.outcome == UNANSWERED).any()


@each_sample
def test_replicas_are_in_one_state_each_and_never_more_than_there_are_places(kind, name):
    record = plain(kind, name, False).components["controller"]
    states = ("pending", "starting", "ready", "draining")
    together = sum(record.totals[state] for state in states)
    assert together == pytest.approx(record.totals["existing"])
    assert record.totals["paid"] == pytest.approx(together - record.totals["pending"])
    assert record.peaks["existing"].max() <= 6


@each_sample
def test_capacity_is_that_of_replicas_that_are_ready_or_drain(kind, name):
    finished = plain(kind, name, False)
    record = finished.components["controller"]
    capacity = sum(each.totals["workers"] for each in finished.members("behind"))
    assert capacity == pytest.approx(2 * (record.totals["ready"] + record.totals["draining"]))


@each_sample
def test_the_books_balance(kind, name):
    assert not violated(gaps(plain(kind, name, True)))


@each_sample
@each_temper
def test_the_same_seed_gives_the_same_run_traced_or_not(kind, name, cancels):
    first = plain(kind, name, cancels)
    again = run(scene(kind, name, cancels), traces=range(10**9))
    assert digest(again) == digest(first)
    assert again.decisions == first.decisions
    assert digest(run(scene(kind, name, cancels, seed=2))) != digest(first)


@each_sample
def test_every_measure_is_described(kind, name):
    found = plain(kind, name, False)
    described = found.reported()
    own = [key for key in found.measures() if key.startswith("controller.")]
    assert own
    assert all(described[key].description for key in own)
    assert np.isfinite([found.measures()[key] for key in own]).all()
