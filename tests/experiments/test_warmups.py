"""Warm-ups that are proposed, and systems for which there is none to propose."""

import json

import numpy as np
import pytest

from simulator.experiments.design import Outcome, design
from simulator.experiments.execution import execute
from simulator.experiments.rows import BEGINNING
from simulator.experiments.warmups import inside, proposal
from simulator.plots.warmups import warmup_picture
from simulator.runner import run
from simulator.scenario import parse
from simulator.stats.theory import mmc_mean_latency
from tests.small_case import TEXT

FAULT = {"kind": "slowdown", "of": "api", "factor": 3, "from": "90s", "until": "95s"}
QUEUE = {
    "faults": [],
    "system.components.api.workers": 1,
    "system.components.api.queue_limit": None,
    "workload.arrivals.rate": 30,
    "run.duration": 100,
    "run.warmup": 0,
}


def summary(**more):
    changes = QUEUE | {name.replace("__", "."): value for name, value in more.items()}
    made = design(parse(TEXT, "small.yaml", None), (), changes, {"replications": 8})
    outcome = Outcome([made])
    for each in execute(outcome.tasks(), workers=1):
        outcome.add(each)
    return outcome.summaries()[0]


@pytest.fixture(scope="module")
def queue():
    return summary()


def test_the_average_inside_is_the_mean_latency_times_the_rate(queue):
    edges, mean = inside(queue)
    assert (len(edges), edges[-1]) == (BEGINNING + 1, 100.0)
    settled = mean[BEGINNING // 2 :].mean()
    assert settled == pytest.approx(30 * mmc_mean_latency(30, 1 / 0.030, 1), rel=0.4)


def test_what_is_inside_is_exact(queue):
    made = run(queue.scenario, 0)
    arrived_s = made.requests.arrived_s
    left_s = np.nan_to_num(arrived_s + made.requests.latency_s, nan=100.0)
    spent = [
        (np.minimum(left_s, end) - np.maximum(arrived_s, begin)).clip(0).sum() / (end - begin)
        for begin, end in ((0.0, 0.4), (40.0, 40.4))
    ]
    assert [queue.rows[0].inside[i] for i in (0, 100)] == pytest.approx(spent, abs=1e-5)


def test_a_queue_that_starts_empty_is_told_that_its_warmup_is_too_short(queue):
    found = proposal(queue)
    assert 0 < found.warmup_s < 50
    assert found.is_much_longer
    assert "MSER-5 on the average of 8 runs proposes" in found.words()


def test_a_warmup_that_is_long_enough_is_not_complained_of():
    assert not proposal(summary(run__warmup=60)).is_much_longer


def test_only_what_comes_before_the_first_fault_is_looked_at():
    found = proposal(summary(faults=[FAULT]))
    assert found.until_s == 90.0
    assert found.warmup_s < 45.0
    early = proposal(summary(faults=[FAULT | {"from": "5s"}]))
    assert early.warmup_s is None
    assert "first fault" in early.why_not


def test_a_queue_that_only_grows_has_no_warmup():
    found = proposal(summary(workload__arrivals__rate=60))
    assert found.warmup_s is None
    assert "more than half" in found.words()


def test_a_load_that_changes_has_no_steady_state_to_reach():
    crowd = {"kind": "flash_crowd", "rate": "10/s", "peak": "30/s", "at": "10s", "half_life": "9s"}
    found = proposal(summary(workload__arrivals=crowd))
    assert "changes over time (flash crowd)" in found.words()


def test_the_document_is_json_and_holds_the_average(queue):
    document = json.loads(json.dumps(proposal(queue).document(), allow_nan=False))
    assert len(document["inside"]) == BEGINNING
    assert document["interval_s"] == pytest.approx(0.4)
    assert document["proposed_s"] == proposal(queue).warmup_s


def test_the_picture_says_what_is_left_out_and_what_may_be():
    (axes,) = warmup_picture(proposal(summary(run__warmup=5))).axes
    texts = [each.get_text() for each in axes.get_legend().get_texts()]
    assert texts[0] == "left out: 5 s"
    assert texts[1].startswith("proposed")
