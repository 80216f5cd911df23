"""Studies that are ordered as data come to what their commands come to."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from simulator.cli import app
from simulator.errors import ScenarioError
from simulator.experiments.design import Outcome, design
from simulator.experiments.execution import execute
from simulator.experiments.job import Order, Wanted
from simulator.experiments.studies import Study
from simulator.scenario import parse
from tests.small_case import TEXT

WORKERS = "system.components.api.workers=[2, 3]"
RATE = "workload.arrivals.rate=[30, 50]"
MAP = {"after": 5.0, "length": 5.0}
STUDIES = {
    "sweep": (("--over", WORKERS, "--over", RATE), {"over": (WORKERS, RATE)}),
    "tornado": (("--over", WORKERS, "--over", RATE), {"over": (WORKERS, RATE)}),
    "stability": (
        ("--over", RATE, "--after", "5s", "--for", "5s"),
        {"over": (RATE,), **MAP},
    ),
    "explain": ((), {}),
}


def base(replications=2):
    scenario = parse(TEXT, "small.yaml", None)
    return design(scenario, (), {}, {"replications": replications})


def made(study, until=None):
    """The plan of a study and its first runs."""
    plan = study.plan(base())
    outcome = Outcome(plan.designs())
    tasks = outcome.tasks(examples=int(plan.traced), traced_designs=1)
    for each in execute(tasks[:until], workers=1):
        outcome.add(each)
    return plan, outcome


@pytest.mark.parametrize("kind", STUDIES)
def test_a_study_has_the_document_of_its_command(kind, tmp_path):
    words, fields = STUDIES[kind]
    file = tmp_path / "small.yaml"
    file.write_text(TEXT)
    settings = ("-n", "2", "--workers", "1", "--json")
    found = CliRunner().invoke(app, [kind, str(file), *words, *settings]).stdout
    plan, outcome = made(Study(kind=kind, **fields))
    assert json.loads(json.dumps(plan.document(outcome))) == json.loads(found)


def test_a_job_makes_a_study_and_tells_its_document():
    study = Study(kind="tornado", over=(WORKERS,))
    order = Order(
        text=TEXT,
        file="small.yaml",
        designs=(Wanted(variant="three_workers"),),
        study=study,
        replications=2,
        seed=1,
        workers=1,
    )
    done = subprocess.run(
        [sys.executable, "-m", "simulator.experiments.job"],
        input=order.model_dump_json(),
        capture_output=True,
        check=True,
        text=True,
        start_new_session=True,
    )
    told = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    last = [each for each in told if each["event"] == "result"][-1]
    assert last["complete"]
    assert last["variant"] == "three_workers"
    assert [bar["path"] for bar in last["bars"]] == ["system.components.api.workers"]
    assert told[-2]["event"] == "progress"
    assert told[-2]["of"] == 6


@pytest.mark.parametrize(
    ("study", "runs", "part", "count"),
    [
        (Study(kind="sweep", over=(WORKERS,)), 1, "points", 1),
        (Study(kind="tornado", over=(WORKERS, RATE)), 3, "bars", 1),
        (Study(kind="stability", over=(RATE,), **MAP), 1, "cells", 1),
        (Study(kind="explain"), 1, "counterfactuals", 0),
    ],
    ids=lambda value: value.kind if isinstance(value, Study) else "",
)
def test_the_runs_so_far_say_what_they_can(study, runs, part, count):
    plan, outcome = made(study, runs)
    assert len(plan.document(outcome)[part]) == count
    nothing = Outcome(plan.designs())
    assert plan.document(nothing) is None


@pytest.mark.parametrize(
    ("study", "words"),
    [
        (Study(kind="sweep"), "found nothing to turn"),
        (Study(kind="sweep", over=("api.wokers=[1, 2]",)), "--over"),
        (Study(kind="tornado", over=(WORKERS,), of="latency"), "unknown measure 'latency'"),
    ],
)
def test_what_cannot_be_found_out_is_refused(study, words):
    with pytest.raises(ScenarioError, match=words):
        study.plan(base()).designs()
