"""Promises that simulators of this kind are known to break, each kept here to the last digit.

What others have been seen to do stands in each test. Some of it is tested where it belongs: what a
balancer counts in ``tests/components/test_load_balancer.py``, a narrow spike in
``tests/workload/test_schedule.py``, means and percentiles as given in ``tests/distributions``, one
seed and added components in this folder, a run that stands for many in ``tests/experiments``.
"""

import random

import numpy as np
import pytest
from pydantic import ValidationError

from simulator import apply, load, run
from simulator.distributions import distributions
from simulator.kernel import components
from simulator.scenario.claims import BASELINE
from simulator.scenario.load import catalogue
from tests.kernel.scene import digest, scenario

CASES = {name: load(path) for name, path in catalogue().items()}
STRUCK = [name for name, case in CASES.items() if case.faults and case.faults[0].start > 0]

at_once = {"kind": "herd", "clients": 2}


def latencies_s(system, arrivals, duration=None, **sections):
    return run(scenario(system, arrivals, duration, **sections)).requests.latency_s.tolist()


# -- demonstrations that show nothing ------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_nothing_stands_in_a_case_study_that_no_request_comes_to(case):
    """Elsewhere: a connection pool is exhausted before a database that gets no request.

    A server may be there for a controller alone, which asks it for explanations.
    """
    of = CASES[case]
    reached = set()
    for variant in (BASELINE, *of.variants):
        system = (of if variant == BASELINE else apply(of, variant)).system
        reached |= system.wiring().reached(system.entry)
    asked = {getattr(each, "explainer", None) for each in of.controllers.values()} - {None}
    assert reached | asked == set(of.system.components)


@pytest.mark.parametrize("case", STRUCK)
def test_a_case_study_is_well_until_its_fault_strikes(case):
    """Elsewhere: a death spiral is down before the pause that is said to cause it.

    Or it is offered more than it can do, turns the rest away at once, and serves nobody in vain.
    What is there from the first instant on is its everyday life.
    """
    of = CASES[case]
    at_s = min(fault.start for fault in of.faults if fault.start > 0)
    before = of.with_run(duration=at_s, warmup=min(of.run.warmup, at_s / 2))
    found = run(before).measures()
    if found["success_ratio"] <= 0.99:
        busy = {name: value for name, value in found.items() if name.endswith(".utilization")}
        busiest = max(busy, key=lambda name: busy[name]).removesuffix(".utilization")
        assert found[f"{busiest}.utilization"] > 0.98
        assert found["timed_out"] + found["failed"] < 0.01 * found["ok"]
        assert found["ok"] > 0.98 * found[f"{busiest}.served"]


@pytest.mark.parametrize("case", CASES)
def test_a_case_study_is_no_single_run(case):
    """Elsewhere: one run is shown where 85 of 100 seeds collapse and 15 recover."""
    assert CASES[case].run.replications >= 4


# -- answers -------------------------------------------------------------------------------------


def test_an_answer_is_that_of_the_last_in_line_and_not_of_its_queue():
    """Elsewhere: the queue's receipt is taken for the answer, and response times are 0."""
    system = {"api": {"kind": "server", "service_time": 1.0, "next": "db"}}
    system["db"] = {"kind": "database", "connections": 1, "read_time": 2.0}
    assert latencies_s(system, at_once) == [1.0 + 2.0, 1.0 + 2.0 + 2.0]


def test_what_is_dropped_is_no_success():
    """Elsewhere: two thirds of the requests are dropped, and counted as successes."""
    api = {"kind": "server", "service_time": 1.0, "queue_limit": 2}
    measures = run(scenario({"api": api}, {"kind": "herd", "clients": 12}, None)).measures()
    assert (measures["ok"], measures["rejected"]) == (3, 9)
    assert measures["success_ratio"] == 3 / 12
    assert measures["latency_max_s"] == 3.0


def test_what_is_still_inside_when_the_run_ends_is_neither():
    """Elsewhere: percentiles over what was answered flatter a system that answers little."""
    api = {"kind": "server", "service_time": 1.0}
    measures = run(scenario({"api": api}, {"kind": "herd", "clients": 12}, 4.5)).measures()
    assert (measures["ok"], measures["unfinished"], measures["arrived"]) == (4, 8, 12)


def test_latency_counts_from_the_first_try():
    """Elsewhere: latency is that of the last attempt, and what came before it is lost."""
    system = {
        "user": {
            "kind": "client",
            "next": "api",
            "timeout": 1.0,
            "retries": 1,
            "backoff": {"kind": "fixed", "pause": 0.5},
        },
        "api": {"kind": "server", "service_time": 0.25},
    }
    faults = [{"kind": "crash", "of": "api", "from": 0.0, "for": 1.25, "hang": True}]
    one = {"kind": "herd", "clients": 1, "at": 0.25}
    assert latencies_s(system, one, faults=faults) == [1.0 + 0.5 + 0.25]


# -- randomness ----------------------------------------------------------------------------------


def test_nobody_elses_random_numbers_touch_a_run_and_it_touches_nobodys():
    """Elsewhere: two global generators, of which the seed reaches one."""
    system = {"api": {"kind": "server", "service_time": {"kind": "exponential", "mean": 0.05}}}
    found = []
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002  it is the global one that must not matter
        state = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
        found.append(digest(run(scenario(system))))
        assert state == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002
    assert found[0] == found[1]


@pytest.mark.parametrize("kind", distributions.kinds())
@pytest.mark.parametrize("name", ["mu", "sigma", "scale", "shape", "variance", "std"])
def test_no_parameter_is_in_log_space_or_needs_a_second_look(kind, name):
    """Elsewhere: a mean of 0.003 is e^0.003 s, a variance is taken for a deviation."""
    with pytest.raises(ValidationError, match="unknown field"):
        distributions.validate({"kind": kind, "mean": 0.003, name: 0.001})


def test_a_distribution_that_has_no_mean_to_give_does_not_take_one():
    """Elsewhere: uniform with a mean of 0.003 is uniform on (0, 1)."""
    with pytest.raises(ValidationError, match="unknown field 'mean'"):
        distributions.validate({"kind": "uniform", "mean": 0.003})


def test_the_99th_percentile_is_that_of_the_requests():
    """Elsewhere: it is the mean times 2.5."""
    ratios = []
    for values, weights in (([0.01], [1.0]), ([0.001, 0.2], [98.0, 2.0])):
        time = {"kind": "empirical", "values": values, "weights": weights}
        api = {"kind": "server", "workers": "unlimited", "service_time": time}
        finished = run(scenario({"api": api}, {"kind": "poisson", "rate": 500.0}, 60.0))
        ratios.append(finished.latency(0.99) / finished.measures()["latency_mean_s"])
    assert ratios[0] == pytest.approx(1.0)
    assert ratios[1] == pytest.approx(0.2 / (0.98 * 0.001 + 0.02 * 0.2), rel=0.15)


# -- defaults ------------------------------------------------------------------------------------

TIME = 0.001
PLAINEST = {
    "client": {"next": "end"},
    "codec": {"next": "end", "request_values": 100, "response_values": 100},
    "connection_pool": {"size": 5, "next": "end"},
    "database": {"connections": 5, "read_time": TIME},
    "link": {"next": "end", "latency": TIME},
    "load_balancer": {"pool": "end"},
    "mirror": {"next": "end", "shadow": "end"},
    "parallel": {"calls": "end"},
    "router": {"routes": {"end": 1.0}},
    "sequence": {"steps": ["end"]},
    "server": {"service_time": TIME},
    "splitter": {"arms": {"one": {"to": "end", "share": 1.0}}},
}


@pytest.mark.parametrize("kind", PLAINEST)
def test_nothing_is_lost_or_refused_that_the_file_does_not_ask_for(kind):
    """Elsewhere: every link loses one call in a hundred unless it is told not to."""
    assert kind in components.kinds()
    end = {"kind": "server", "workers": "unlimited", "service_time": TIME}
    system = {"it": {"kind": kind, **PLAINEST[kind]}, "end": end}
    measures = run(scenario(system, {"kind": "constant", "rate": 50.0}, 20.0)).measures()
    assert measures["ok"] == measures["arrived"] > 990
    assert measures["attempts_mean"] == 1
