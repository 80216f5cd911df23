"""What holds for controllers that only look on, while replicas come and go and things go wrong."""

from functools import lru_cache

import numpy as np
import pytest

from simulator.results import OUTCOMES
from simulator.results.balance import gaps, violated
from simulator.runner import run
from tests.kernel.scene import digest, scenario
from tests.laws.test_controllers import SCALED
from tests.laws.witness import witnessed

UNANSWERED = OUTCOMES.index("unfinished")

WATCHERS = {
    "scraper": {"kind": "scraper", "of": ["lb", "behind"], "interval": 0.5, "window": 2.0}
    | {"delay": 0.2, "buckets": {"kind": "native"}, "slow_after": 0.15, "staleness": 1.0},
    "doctor": {"kind": "scraper", "of": "behind", "interval": 0.3, "window": 1.0}
    | {"buckets": {"kind": "exponential", "first": 0.01, "factor": 2.0, "count": 8}},
    "slo": {"kind": "slo", "of": "front", "objective": 0.9, "slow_after": 0.1, "interval": 0.2},
    "seen": {"kind": "slo", "of": "lb", "objective": 0.9, "interval": 0.2, "scraped_by": "scraper"},
    "burn": {"kind": "burn_rate_alert", "slo": "slo", "for": 0.2, "min_events": 5}
    | {"windows": [{"burn_rate": 1.5, "long": 2.0, "short": 0.5}]},
    "flaps": {"kind": "threshold_alert", "of": "scraper", "value": "in_flight", "fire_above": 6.0}
    | {"clear_below": 3.0, "interval": 0.3, "keep_firing_for": 0.3},
    "errors": {"kind": "threshold_alert", "of": "seen", "fire_above": 0.2, "window": 1.0},
    "manager": {"kind": "alert_manager", "alerts": ["burn", "flaps", "errors"], "group_wait": 0.5}
    | {"group_interval": 1.0, "repeat_interval": 3.0, "inhibits": {"burn": ["errors"]}},
    "person": {"kind": "on_call", "alerts": ["manager", "flaps"], "half_after": 3.0}
    | {"acknowledge_time": {"kind": "exponential", "mean": 0.3}, "mitigate_time": 0.5}
    | {"look_time": 0.2, "linger": 0.5, "wrong": [{"from": 10.0, "until": 12.0}]},
}


def scene(watched=True, seed=1):
    """Two tries of each call, a load that rises, replicas that come and go, and faults."""
    parts = {
        "front": {"kind": "client", "next": "lb", "timeout": 0.2, "retries": 1, "cancels": True},
        "lb": {"kind": "load_balancer", "pool": "behind", "policy": "fewest_of_sample"},
        "behind": {"kind": "server", "replicas": 2, "workers": 2, "queue_limit": 10}
        | {"service_time": {"kind": "exponential", "mean": 0.05}},
    }
    arrivals = {"kind": "schedule", "rate": 30.0}
    arrivals |= {"spikes": [{"at": 4.0, "for": 4.0, "extra": 60.0}]}
    faults = [
        {"kind": "crash", "of": "behind[2]", "from": 3.0, "for": 1.0},
        {"kind": "slowdown", "of": "behind", "factor": 2.0, "from": 6.0, "for": 1.0},
        {"kind": "gc_pause", "of": "behind[1]", "interval": 2.0, "pause": 0.2},
        {"kind": "error_burst", "of": "behind", "ratio": 0.5, "from": 10.0, "for": 1.0},
    ]
    scaled = SCALED | {"policy": {"kind": "utilization", "target": 0.5}}
    controllers = {"scaling": scaled} | (WATCHERS if watched else {})
    told = {"faults": faults, "controllers": controllers, "run": {"drain": 20.0, "seed": seed}}
    return scenario(parts, arrivals, 15.0, **told)


@lru_cache(maxsize=2)
def plain(watched=True):
    return run(scene(watched))


def test_whoever_looks_on_changes_nothing():
    seen, unseen = plain(), plain(False)
    assert np.array_equal(seen.requests.latency_s, unseen.requests.latency_s, equal_nan=True)
    assert digest(seen, unseen.components) == digest(unseen)


def test_every_call_is_answered_exactly_once_whoever_looks_on():
    with pytest.MonkeyPatch.context() as patch:
        witnesses = witnessed(patch)
        finished = run(scene())
    for witness in witnesses.values():
        assert [visit.answers for visit in witness.visits] == [1] * len(witness.visits)
    assert not (finished.requests.outcome == UNANSWERED).any()


def test_the_books_balance_whoever_looks_on():
    assert not violated(gaps(plain()))


def test_the_same_seed_gives_the_same_alerts_traced_or_not():
    again = run(scene(), traces=range(10**9))
    assert digest(again) == digest(plain())
    assert again.decisions == plain().decisions
    assert digest(run(scene(seed=2))) != digest(plain())


def test_traces_are_the_same_whoever_looks_on():
    found = [run(scene(watched), traces=range(10**9)).spans for watched in (True, False)]
    assert found[0].names == found[1].names
    for field in ("request", "parent", "component", "step", "start_s", "end_s", "outcome"):
        seen, unseen = (getattr(each, field) for each in found)
        assert np.array_equal(seen, unseen), field


@pytest.mark.parametrize("name", WATCHERS)
def test_every_measure_is_described_and_something_has_happened(name):
    found = plain()
    described = found.reported()
    own = {key: each for key, each in found.measures().items() if key.startswith(f"{name}.")}
    assert all(described[key].description for key in own)
    assert any(own.values())


def test_a_gauge_comes_back_to_nothing():
    finished = plain()
    record = finished.components["scraper"]
    assert finished.component_measures("scraper")["in_flight_max"] > 0
    assert len(record.samples["latency_s"]) == record.totals["answered"][-1]
