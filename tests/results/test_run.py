"""What is read off a finished run, each number checked against the rows it comes from."""

import json
import pickle

import numpy as np
import pytest

from simulator.results import OUTCOMES
from simulator.runner import run
from tests.kernel.scene import digest, scenario

EXPONENTIAL = {"kind": "exponential", "mean": 0.02}
SYSTEM = {
    "client": {"kind": "client", "next": "balancer", "timeout": 0.3, "retries": 1},
    "balancer": {"kind": "load_balancer", "pool": "api", "policy": "random"},
    "api": {
        "kind": "server",
        "replicas": 2,
        "workers": 2,
        "queue_limit": 20,
        "service_time": EXPONENTIAL,
        "next": "db",
        "cost_per_hour": 0.5,
    },
    "db": {
        "kind": "database",
        "connections": 4,
        "read_time": EXPONENTIAL,
        "queue_limit": 50,
        "cost_per_hour": "$2",
    },
}
CLASSES = {"gold": {"share": 1.0}, "rest": {"share": 3.0}}


@pytest.fixture(scope="module")
def finished():
    """A run in which requests are answered, refused and too late."""
    found = scenario(
        SYSTEM,
        {"kind": "poisson", "rate": 150.0},
        60.0,
        classes=CLASSES,
        faults=[{"kind": "slowdown", "of": "db", "factor": 3.0, "from": 20.0, "until": 40.0}],
        run={"warmup": 10.0},
    )
    tree = found.plain()
    tree["workload"]["deadline"] = 0.2
    return run(type(found).model_validate(tree))


def test_every_arrival_has_one_outcome(finished):
    measures = finished.measures()
    assert sum(measures[outcome] for outcome in OUTCOMES) == measures["arrived"]
    assert min(measures[outcome] for outcome in ("ok", "rejected", "timed_out")) > 0


def test_measures_are_over_what_arrived_in_the_window(finished):
    rows = finished.requests
    inside = (rows.arrived_s >= 10) & (rows.arrived_s < 60)
    ok = inside & (rows.outcome == OUTCOMES.index("ok"))
    measures = finished.measures()
    assert measures["arrived"] == inside.sum()
    assert measures["latency_mean_s"] == pytest.approx(rows.latency_s[ok].mean())
    assert measures["latency_p99_s"] == pytest.approx(np.quantile(rows.latency_s[ok], 0.99))
    assert measures["latency_max_s"] == rows.latency_s[ok].max()
    assert measures["attempts_mean"] == pytest.approx(rows.attempts[inside].mean())


def test_goodput_is_ok_and_in_time(finished):
    rows = finished.measured()
    good = (rows.outcome == 0) & (rows.latency_s <= 0.2)
    late = (rows.outcome == 0) & (rows.latency_s > 0.2)
    assert late.any()
    assert finished.measures()["goodput_per_s"] == pytest.approx(good.sum() / 50)


def test_success_is_ok_over_all_with_an_outcome(finished):
    measures = finished.measures()
    answered = measures["arrived"] - measures["unfinished"]
    assert measures["success_ratio"] == pytest.approx(measures["ok"] / answered)
    assert measures["throughput_per_s"] == pytest.approx(answered / 50)


def test_classes_add_up(finished):
    whole = finished.request_measures()
    parts = [finished.request_measures(None, name) for name in ("gold", "rest")]
    for measure in ("arrived", *OUTCOMES):
        assert sum(part[measure] for part in parts) == whole[measure]
    assert 0.15 < parts[0]["arrived"] / whole["arrived"] < 0.35


def test_a_group_is_its_members_together(finished):
    measures = finished.measures()
    for measure in ("served", "rejected", "queued_mean", "in_service_mean", "workers_mean"):
        members = [measures[f"api[{i}].{measure}"] for i in (1, 2)]
        assert measures[f"api.{measure}"] == pytest.approx(sum(members))
    assert measures["api.queued_max"] == max(measures[f"api[{i}].queued_max"] for i in (1, 2))
    each = [measures[f"api[{i}].utilization"] for i in (1, 2)]
    assert measures["api.utilization"] == pytest.approx(sum(each) / 2)


def test_a_component_by_itself_is_no_group(finished):
    assert finished.groups == {"api": ["api[1]", "api[2]"]}
    assert "db[1].served" not in finished.measures()


def test_cost_counts_every_replica(finished):
    measures = finished.measures()
    assert measures["cost_per_hour_usd"] == 2 * 0.5 + 2
    ok_per_hour = measures["ok"] / 50 * 3600
    assert measures["cost_per_million_usd"] == pytest.approx(3 / ok_per_hour * 1e6)


def test_answers_that_come_too_late_make_those_in_time_dearer():
    """They come every second and take 1.5 s: the latencies are 1.5 s, 2 s, 2.5 s and so on."""
    late = scenario(
        {"api": {"kind": "server", "service_time": 1.5, "cost_per_hour": 3.6}},
        {"kind": "constant", "rate": 1.0},
        10.0,
        classes={"user": {"deadline": 2.2}},
    )
    measures = run(late).measures()
    # The sixth is served when the run ends.
    assert measures["cost_per_million_usd"] == pytest.approx(0.01 / 5 * 1e6)
    assert measures["cost_per_thousand_usd"] == pytest.approx(0.01 / 2 * 1e3)


def test_every_number_has_a_unit_and_a_meaning(finished):
    reported = finished.reported()
    assert reported.keys() == finished.measures().keys()
    assert all(each.description for each in reported.values())


def test_curves_average_to_the_measures(finished):
    middle_s, queued = finished.curve("api", "queued")
    step_s = np.diff(finished.tick_s)
    inside = middle_s > 10
    mean = (queued * step_s)[inside].sum() / 50
    assert mean == pytest.approx(finished.measures()["api.queued_mean"])
    _, utilization = finished.curve("api", "utilization", every=4)
    assert len(utilization) == len(step_s) // 4
    assert ((utilization >= 0) & (utilization <= 1 + 1e-12)).all()


def test_a_slow_database_shows_in_its_curve(finished):
    middle_s, busy = finished.curve("db", "utilization")
    slow = (middle_s > 20) & (middle_s < 40)
    # It has work for 0.75 of its connections, and for 2.25 times all of them while it is slow.
    assert busy[slow].mean() > 0.95
    assert busy[~slow].mean() < 0.9


def test_nothing_answered_means_no_latency():
    silent = scenario(
        {"api": {"kind": "server", "service_time": 1000.0}}, {"kind": "constant", "rate": 1.0}
    )
    measures = run(silent).measures()
    assert measures["unfinished"] == measures["arrived"] == 9
    assert np.isnan(measures["latency_p50_s"])
    assert np.isnan(measures["success_ratio"])
    assert np.isnan(measures["cost_per_million_usd"])


def test_a_run_travels(finished):
    assert digest(pickle.loads(pickle.dumps(finished))) == digest(finished)


def test_measures_are_plain_numbers(finished):
    json.dumps({name: value for name, value in finished.measures().items() if value == value})


def test_the_frame_has_names_for_outcomes_and_classes(finished):
    frame = finished.frame()
    assert len(frame) == len(finished.requests)
    assert set(frame["outcome"].unique()) <= set(OUTCOMES)
    assert set(frame["request_class"].unique()) == set(CLASSES)
