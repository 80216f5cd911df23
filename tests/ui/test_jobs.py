"""What happens to jobs and to their results."""

import os
import time
from threading import BoundedSemaphore

import pytest

from simulator.experiments.job import Order, Wanted
from simulator.scenario import parse
from simulator.ui import jobs
from simulator.ui.address import Settings
from simulator.ui.files import yaml_of
from simulator.ui.jobs import Desk, Job
from simulator.ui.orders import findings_order, order_of
from simulator.ui.results import Archive
from simulator.ui.shelf import Opened
from tests.small_case import TEXT, taking_long

PATIENCE_S = 60


def opened(text=TEXT):
    return Opened("own", parse(text, "small.yaml", None), text, "small.yaml", None)


def order(text=TEXT, **changed):
    values = {"designs": (Wanted(),), "replications": 2, "seed": 1, "workers": 1, **changed}
    return Order(text=text, file="small.yaml", folder=None, **values)


def wait_for(happened):
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def group_is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.cancel()


def test_a_job_ends_with_a_document(desk):
    desk.start(order(), "own", "run")
    job = desk.job
    wait_for(lambda: job.is_over)
    assert (job.state, job.done, job.share) == ("complete", 2, 1.0)
    assert job.document["designs"][0]["replications"] == 2


def test_an_order_that_cannot_be_run_fails_with_sentences(desk):
    desk.start(order(designs=(Wanted(set={"system.components.api.workers": 0}),)), "own", "run")
    job = desk.job
    wait_for(lambda: job.is_over)
    assert job.state == "failed"
    assert "found 0; must be" in job.failure["problems"][0]["message"]


def test_a_canceled_job_leaves_its_finished_runs_and_no_process(desk):
    desk.start(order(taking_long(), replications=100, workers=2), "own", "run")
    job = desk.job
    wait_for(lambda: job.document is not None)
    group = job._process.pid
    job.cancel()
    began_s = time.monotonic()
    wait_for(lambda: group_is_gone(group))
    assert time.monotonic() - began_s < 2
    assert job.state == "canceled"
    assert 1 <= job.document["designs"][0]["replications"] < 100


def test_a_job_canceled_before_its_first_run_has_finished_leaves_what_that_run_had(desk):
    text = taking_long().replace("duration: 2000s", "duration: 200000s")
    desk.start(order(text, replications=1), "own", "run")
    job = desk.job
    wait_for(lambda: job.share > 0)
    job.cancel()
    assert job.state == "stopping"
    assert desk.take() is None
    wait_for(lambda: job.is_over)
    assert job.state == "canceled"
    (design,) = job.document["designs"]
    assert 0 < design["stopped_s"][0] < 200_000
    assert design["complete"] is False


def test_canceling_again_waits_for_nothing(desk):
    text = taking_long().replace("duration: 2000s", "duration: 200000s")
    desk.start(order(text, replications=1), "own", "run")
    job = desk.job
    wait_for(lambda: job.share > 0)
    group = job._process.pid
    job.cancel()
    job.cancel()
    assert job.state == "canceled"
    wait_for(lambda: group_is_gone(group))


def test_a_new_job_ends_the_one_before(desk):
    desk.start(order(taking_long(), replications=100), "own", "run")
    first = desk.job
    desk.start(order(), "own", "run")
    assert first.state == "canceled"


def test_a_job_is_handed_out_once_and_only_when_it_is_over(desk):
    desk.start(order(), "own", "run")
    job = desk.job
    assert desk.take() is None or job.is_over
    wait_for(lambda: job.is_over)
    assert desk.take() in (job, None)
    assert desk.job is None


def test_a_job_that_is_canceled_while_it_waits_is_never_started(monkeypatch):
    places = BoundedSemaphore(1)
    monkeypatch.setattr(jobs, "_places", places)
    with places:
        job = Job(order(), "own", "run")
        assert job.state == "waiting"
        job.cancel()
    assert (job.state, job.done) == ("canceled", 0)


def test_the_archive_forgets_what_was_used_least_recently():
    archive = Archive(most=2)
    archive.add("a", {"n": 1})
    archive.add("b", {"n": 2})
    archive.find("a")
    archive.add("c", {"n": 3})
    assert archive.find("b") is None
    assert archive.find("a") == {"n": 1}


def test_an_order_holds_what_the_prediction_needs_as_it_is_written():
    turned = order_of(opened(), Settings(None, 3, 1, {"workload.arrivals.rate": 80.0}))
    assert [each.set for each in turned.designs] == [{"workload.arrivals.rate": 80.0}, {}]


def test_an_order_runs_no_design_twice():
    written = order_of(opened(), Settings("three_workers", 3, 1))
    assert [each.variant for each in written.designs] == ["baseline", "three_workers"]


def test_the_claims_are_checked_on_every_variant_they_name():
    variants = [each.variant for each in findings_order(opened()).designs]
    assert variants == ["baseline", "three_workers"]


def test_a_scenario_written_back_reads_as_the_same():
    scenario = opened().scenario
    assert parse(yaml_of(scenario), "small.yaml", None) == scenario
