"""What a job promises to whoever started it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.small_case import BROKEN, TEXT, taking_long

COMMAND = [sys.executable, "-W", "ignore:resource_tracker", "-m", "simulator.experiments.job"]
PATIENCE_S = 60


def order(text=TEXT, **changed):
    designs = [{"variant": "baseline"}, {"variant": "three_workers"}]
    wanted = {"designs": designs, "replications": 3, "seed": 1, "workers": 1, **changed}
    return json.dumps({"text": text, "file": "small.yaml", "folder": None, **wanted})


def messages(text):
    """What the job reported to this order, without its pulse."""
    done = subprocess.run(
        COMMAND, input=text, capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line]


@pytest.fixture(scope="module")
def reported():
    return messages(order())


@pytest.fixture(scope="module")
def document(reported):
    return reported[-1]


def test_every_run_is_reported(reported):
    progress = [each for each in reported if each["event"] == "progress"]
    assert [(each["done"], each["of"]) for each in progress] == [(n, 6) for n in range(1, 7)]
    assert [each["share"] for each in progress] == [n / 6 for n in range(1, 7)]
    assert all(each["requests_per_s"] > 0 for each in progress)


def test_only_the_last_document_is_complete(reported):
    results = [each["complete"] for each in reported if each["event"] == "result"]
    assert results[-1] is True
    assert not any(results[:-1])


def test_every_design_has_its_summary_and_the_curves_of_one_run(document):
    assert [each["variant"] for each in document["designs"]] == ["baseline", "three_workers"]
    for design in document["designs"]:
        assert design["replications"] == 3
        assert design["measures"]["latency_p99_s"]["half_width"] > 0
        curves = design["curves"]
        assert len(curves["start_s"]) == len(curves["latency"]["p99"])
        assert curves["components"]["api"]["queued"]


def test_every_design_has_the_log_of_the_run_whose_curves_it_has(document):
    for design in document["designs"]:
        kinds = [each["kind"] for each in design["events"]]
        assert {"warmup_ends", "fault_begins", "fault_ends"} < set(kinds)
        assert kinds[-1] == "run_ends"


def test_the_designs_are_compared_in_pairs_and_in_words(document):
    (comparison,) = document["comparisons"]
    assert (comparison["of"], comparison["with"]) == ("baseline", "three_workers")
    difference = comparison["differences"]["latency_mean_s"]
    assert difference["mean"] < 0
    assert (difference["n"], difference["words"]) == (3, "better")


def test_claims_get_their_verdicts(document):
    assert [each["status"] for each in document["findings"]] == ["confirmed", "refuted"]


def test_the_prediction_gets_its_answer(document):
    assert document["truth"]["choice"] == 1
    assert document["truth"]["value"] > 0.5


def test_claims_and_predictions_are_about_the_file_and_not_about_changes_to_it():
    changes = {"system.components.api.workers": 4}
    last = messages(order(designs=[{"set": changes}], replications=1))[-1]
    assert last["findings"] == [None, None]
    assert last["truth"] is None


def test_the_costs_and_the_busiest_component_are_there(document):
    assert document["designs"][0]["costs"] == {"api": 0.5}
    assert document["designs"][0]["busiest"]["component"] == "api"


def test_a_broken_file_is_answered_with_its_problems():
    (error,) = messages(order(BROKEN))
    assert error["event"] == "error"
    assert [each["line"] for each in error["problems"]] == [16, 22]


def test_a_change_that_does_not_fit_is_a_problem_and_no_fault_of_ours():
    (error,) = messages(order(designs=[{"set": {"system.components.api.workers": 0}}]))
    assert error["problems"][0]["path"] == "system.components.api.workers"


def test_an_uploaded_file_may_name_no_other_file():
    trace = "arrivals: {kind: trace, path: /etc/hostname, column: a}"
    (error,) = messages(order(TEXT.replace("arrivals: {kind: poisson, rate: 50/s}", trace)))
    assert error["problems"]


def test_a_long_run_says_how_far_it_is_and_hands_over_what_it_had_when_interrupted():
    text = taking_long().replace("duration: 2000s", "duration: 200000s")
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        process.stdin.write(order(text, replications=1))
        process.stdin.close()
        lines = (json.loads(line) for line in process.stdout if line.strip())
        shares = [next(lines)["share"] for _ in range(2)]
        process.send_signal(signal.SIGINT)
        *_, last = lines
    assert process.returncode == 0
    assert 0 < shares[0] < shares[1] < 1
    assert (last["event"], last["complete"]) == ("result", False)
    (design,) = last["designs"]
    assert design["complete"] is False
    assert design["stopped_s"][0] >= shares[1] * 200_000
    assert design["measures"]["arrived"]["mean"] > 0
    assert (last["comparisons"], last["findings"], last["truth"]) == ([], [None, None], None)


PARENT = f"""
import subprocess, sys
job = subprocess.Popen({COMMAND!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
job.stdin.write(sys.stdin.read())
job.stdin.close()
print(job.pid, flush=True)
for line in job.stdout:
    if "progress" in line:
        print("running", flush=True)
"""


def test_a_job_whose_parent_dies_ends_with_all_its_workers():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        parent.stdin.write(order(taking_long(), replications=100, workers=2))
        parent.stdin.close()
        job = int(parent.stdout.readline())
        assert parent.stdout.readline() == "running\n"
        assert len(members(job)) > 2, "the job and its workers"
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 2
    while members(job) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert members(job) == []


def members(group: int) -> list[int]:
    """The living processes of a group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, process_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:  # it ended meanwhile
            continue
        if int(process_group) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found


def test_members_of_a_group_are_found():
    assert os.getpid() in members(os.getpgrp())


def test_a_job_traces_the_first_run_of_each_design_if_asked(document):
    assert all(design["traces"] is None for design in document["designs"])
    *_, traced = messages(order(examples=2))
    for design in traced["designs"]:
        found = design["traces"]
        why = [each["why"] for each in found["examples"]]
        assert why.count("slowest") == why.count("median") == 2
        cohort = found["ledger"]["cohorts"]["p99"]
        assert cohort["latency_s"]["n"] == 1  # one run of three
        assert found["run"].endswith("/1/0")
    plain = [{**design, "traces": None} for design in traced["designs"]]
    assert plain == document["designs"], "traces change something else"
