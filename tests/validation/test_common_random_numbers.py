"""Comparing two systems on the same random numbers: row o03.

Two M/M/1 queues serve the same requests, which come at the same instants and need the same work,
one of them a tenth faster. Their mean waits go up and down together, so that the difference varies
much less than it would between independent runs.
"""

from math import isclose

import numpy as np
import pytest

from simulator.runner import run
from simulator.scenario import apply
from simulator.stats import theory
from tests.validation.harness import scenario

ROW = "o03-crn"
KEYS = {
    "true_difference_steady",
    "variance_independent",
    "variance_crn",
    "variance_reduction_factor",
}
BAND = 0.35  # relative, as in the row: variances take many pairs to know
REQUESTS = 20_000

SYSTEMS = """
    system:
      entry: server
      components:
        server: {kind: server, service_time: {kind: exponential, mean: 1s}}
    workload:
      arrivals: {kind: poisson, rate: 0.8/s}
    variants:
      faster:
        because: A faster machine does the same work in less time.
        set: {system.components.server.service_time.mean: 909.0909090909091ms}
    """


def mean_waits(pairs):
    """Mean wait of the first requests, starting empty, shape ``(2, pairs)``."""
    slower = scenario(SYSTEMS, duration=1.05 * REQUESTS / 0.8)
    systems = (slower, apply(slower, "faster"))
    return np.array([[mean_wait(each, pair) for pair in range(pairs)] for each in systems])


def mean_wait(system, replication):
    wait_s = run(system, replication).components["server"].samples["wait_s"]
    assert len(wait_s) >= REQUESTS
    return wait_s[:REQUESTS].mean()


def variance_of_mean_wait(utilization, service_rate, requests):
    """Of the mean over many successive requests of an M/M/1 queue in steady state.

    Source: Whitt, "Planning queueing simulations", Management Science 35(11), 1989.
    """
    numerator = utilization * (2 + 5 * utilization - 4 * utilization**2 + utilization**3)
    return numerator / ((1 - utilization) ** 4 * service_rate**2 * requests)


EXPECTED = {
    "true_difference_steady": theory.mmc_mean_wait(0.8, 1.0) - theory.mmc_mean_wait(0.8, 1.1),
    "variance_independent": variance_of_mean_wait(0.8, 1.0, REQUESTS)
    + variance_of_mean_wait(0.8 / 1.1, 1.1, REQUESTS),
}


def test_theory_of_independent_runs_agrees_with_the_published_row(published):
    row = published(ROW)["expected"]
    assert isclose(EXPECTED["true_difference_steady"], row["true_difference_steady"], rel_tol=1e-6)
    assert isclose(EXPECTED["variance_independent"], row["variance_independent"], rel_tol=0.1)


def as_line(key, expected, found, full):
    """For the report: a single number, with a band and no error of its own."""
    return {
        "row": ROW,
        "system": "two M/M/1",
        "number": key,
        "expected": float(expected),
        "simulated": float(found),
        "reach": None,
        "limit": float(BAND * expected),
        "agrees": bool(abs(found - expected) <= BAND * expected),
        "full": full,
    }


@pytest.mark.validation
@pytest.mark.parametrize(
    ("pairs", "full"),
    [
        pytest.param(100, False, id="quick"),
        pytest.param(600, True, id="full", marks=pytest.mark.slow),
    ],
)
def test_difference_varies_as_little_as_published(pairs, full, published, record_property):
    slower_s, faster_s = mean_waits(pairs)
    difference_s = slower_s - faster_s
    independent, paired = slower_s.var(ddof=1) + faster_s.var(ddof=1), difference_s.var(ddof=1)
    found = {
        "true_difference_steady": difference_s.mean(),
        "variance_independent": independent,
        "variance_crn": paired,
        "variance_reduction_factor": independent / paired,
    }
    row = published(ROW)
    expected = {**row["expected"], **EXPECTED}
    assert found.keys() == expected.keys() == KEYS
    for key, value in found.items():
        record_property("validation", as_line(key, expected[key], value, full))
    assert found == pytest.approx(expected, rel=BAND)
    assert found["variance_reduction_factor"] >= row["tolerance"]["min_factor"]
