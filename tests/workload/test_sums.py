"""Several processes at once, and which class each of them sends."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ScenarioError
from simulator.runner import run
from simulator.scenario import parse
from simulator.scenario.checks import warnings
from simulator.workload.arrivals import ConstantRate, Poisson, arrival_processes
from simulator.workload.merging import merged
from simulator.workload.sums import Sum
from tests.kernel.scene import scenario
from tests.workload.counting import assert_poisson, counts, until

API = {"api": {"kind": "server", "workers": 100, "service_time": 0.01}}
WEB, JOBS = {"kind": "poisson", "rate": 20.0}, {"kind": "cron", "every": 10.0, "requests": 30}
SITE = {"kind": "sum", "of": {"web": WEB, "jobs": JOBS}, "classes": {"jobs": "batch"}}
CLASSES = {"page": {"share": 3.0}, "batch": {}, "search": {"share": 1.0}}


# -- instants ----------------------------------------------------------------------------------


@given(st.lists(st.lists(st.floats(0, 1e3), max_size=30).map(sorted), min_size=1, max_size=4))
def test_merging_keeps_everything_in_order(sources):
    blocks = [*merged([iter(source) for source in sources])]
    instants = [at_s for block, _ in blocks for at_s in block]
    owners = [owner for _, block in blocks for owner in block]
    assert instants == sorted(chain.from_iterable(sources))
    for i, source in enumerate(sources):
        assert [at_s for at_s, owner in zip(instants, owners, strict=True) if owner == i] == source


def test_merging_goes_on_after_a_source_has_ended_and_over_many_blocks():
    sources = [iter(np.arange(20_000) * 0.5), iter([3.25]), iter(np.arange(9000) * 2.0)]
    instants = np.concatenate([block for block, _ in merged(sources)])
    assert len(instants) == 29_001
    assert (np.diff(instants) >= 0).all()


def test_poisson_processes_add_up_to_a_poisson_process():
    both = Sum(of={"a": Poisson(rate=3.0), "b": Poisson(rate=4.0)})
    found = counts(both, [(0, 5), (5, 10)], 100)
    assert_poisson(found, 35.0)
    assert np.corrcoef(found.T)[0, 1] == pytest.approx(0.0, abs=0.5)


def test_processes_of_the_same_kind_are_independent():
    both = Sum(of={"a": Poisson(rate=3.0), "b": Poisson(rate=3.0)})
    assert len(set(until(both, 100.0))) == len(until(both, 100.0))


def test_another_process_changes_nothing_of_those_that_are_there():
    one = Sum(of={"a": Poisson(rate=3.0)})
    two = Sum(of={"new": ConstantRate(rate=1.0), "a": Poisson(rate=3.0)})
    assert set(until(one, 100.0)) == set(until(two, 100.0)) - set(map(float, range(1, 100)))


# -- classes -----------------------------------------------------------------------------------


def classes_sent(arrivals=SITE, classes=CLASSES, duration=1000.0):
    finished = run(scenario(API, arrivals, duration, classes=classes))
    names = np.array(finished.classes)[finished.requests.request_class]
    return finished.requests.arrived_s, names


def test_a_process_sends_its_own_class_and_nobody_else_does():
    arrived_s, names = classes_sent()
    on_the_hour = arrived_s % 10.0 == 0
    assert set(names[on_the_hour]) == {"batch"}
    assert set(names[~on_the_hour]) == {"page", "search"}
    share = (names[~on_the_hour] == "page").mean()
    assert share == pytest.approx(0.75, abs=5 * np.sqrt(0.1875 / (~on_the_hour).sum()))


def test_without_classes_of_their_own_all_processes_send_all_classes():
    arrived_s, names = classes_sent(SITE | {"classes": {}})
    assert set(names[arrived_s % 10.0 == 0]) == {"page", "batch", "search"}


def test_a_process_may_send_a_class_of_which_a_part_writes():
    database = {"db": {"kind": "database", "connections": 99, "read_time": 0.1, "write_time": 0.4}}
    classes = CLASSES | {"batch": {"write_ratio": 0.25}}
    finished = run(scenario(database, SITE, 2000.0, classes=classes, run={"drain": 1.0}))
    rows = finished.requests
    slow = rows.latency_s > 0.2
    of_jobs = rows.request_class == finished.classes.index("batch")
    assert not slow[~of_jobs & (rows.arrived_s % 10 > 0.5)].any()
    few = of_jobs & (rows.latency_s < 0.5)
    assert slow[few].mean() == pytest.approx(0.25, abs=5 * np.sqrt(0.1875 / few.sum()))


def test_needs_by_class_follow_the_class_that_the_process_sends():
    slow_jobs = {"api": API["api"] | {"service_time_by_class": {"batch": 0.5}}}
    finished = run(scenario(slow_jobs, SITE, 200.0, classes=CLASSES, run={"drain": 5.0}))
    rows = finished.requests
    of_jobs = rows.request_class == finished.classes.index("batch")
    assert set(rows.latency_s[of_jobs].round(9)) == {0.5}
    assert set(rows.latency_s[~of_jobs].round(9)) == {0.01}


def test_warnings_know_how_many_of_each_class_come():
    # 20/s of 10 ms and 3/s of 400 ms, for one worker: 0.2 + 1.2.
    slow_jobs = {"api": {"kind": "server", "service_time": 0.01}}
    slow_jobs["api"]["service_time_by_class"] = {"batch": 0.4}
    of = scenario(slow_jobs, SITE, 1000.0, classes=CLASSES)
    (text,) = warnings(of)
    assert text.startswith("api is offered 1.4 times what it can do: 23/s")


# -- refusals ----------------------------------------------------------------------------------

FILE = """\
format: 1
scenario: site
title: A site
chapter: tests
question: Does it say what is wrong?
system:
  entry: api
  components:
    api: {{kind: server, service_time: 10ms}}
workload:
  classes: {{page: {{}}, batch: {{}}}}
  arrivals:
    kind: sum
    of:
      web: {{kind: poisson, rate: 20/s}}
      jobs: {jobs}
    classes: {classes}
run: {{duration: 60s}}
"""


@pytest.mark.parametrize(
    ("jobs", "classes", "wrong"),
    [
        ("{kind: poisson, rate: 1/s}", "{jobs: btach}", "17:21 .*did you mean 'batch'"),
        (
            "{kind: poisson, rate: 1/s}",
            "{job: batch}",
            "17:20 .*unknown process 'job'.* did you mean 'jobs'",
        ),
        (
            "{kind: poisson, rate: 1/s}",
            "{jobs: page, web: batch}",
            None,
        ),
        (
            "{kind: closed_loop, users: 3, think_time: 1s}",
            "{}",
            "16:13 .*closed_loop waits for answers; must be a process that does not",
        ),
        (
            "{kind: sum, of: {a: {kind: poisson, rate: 1/s}}, classes: {a: page}}",
            "{}",
            "16:13 .*must not itself send classes",
        ),
        ("{kind: trace, path: none.csv, column: a}", "{}", "16:33 .*found no file"),
    ],
)
def test_what_cannot_be_added_up_is_refused_at_its_place(jobs, classes, wrong, tmp_path):
    text = FILE.format(jobs=jobs, classes=classes)
    if wrong is None:
        assert parse(text, "site.yaml", tmp_path)
        return
    with pytest.raises(ScenarioError, match=f"site.yaml:{wrong}"):
        parse(text, "site.yaml", tmp_path)


def test_some_class_must_be_left_for_a_process_that_names_none(tmp_path):
    text = FILE.format(jobs="{kind: poisson, rate: 1/s}", classes="{jobs: batch}")
    with pytest.raises(ScenarioError, match="no class is left for web"):
        parse(text.replace("page: {}, ", ""), "site.yaml", tmp_path)


def test_any_open_process_can_be_a_part():
    assert arrival_processes.validate(
        {"kind": "sum", "of": {"a": WEB, "b": SITE | {"classes": {}}}}
    )
