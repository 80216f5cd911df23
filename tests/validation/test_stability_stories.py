"""Three published stories of services that stay down, or do not, once their trouble is over.

In each of them something is wrong for some seconds, and what counts is the goodput long after that.
The published figures are means of a few runs without an error of their own; ours must lie within
three standard errors of them.
"""

import numpy as np
import pytest

from simulator.results import OUTCOMES
from simulator.runner import run
from simulator.stats import theory
from tests.validation.harness import scenario

REPLICATIONS = 8
PATIENCE_S = 1.0
OK, FAILED = OUTCOMES.index("ok"), OUTCOMES.index("failed")

RETRIES = """
    system:
      entry: client
      components:
        client: {{kind: client, next: balancer, timeout: 1s{policy}}}
        balancer: {{kind: load_balancer, pool: api, policy: round_robin}}
        api:
          kind: server
          replicas: 2
          workers: 5
          service_time: {{kind: exponential, mean: 100ms}}
    workload:
      arrivals: {{kind: poisson, rate: 70/s}}
    faults:
      - {{kind: crash, of: 'api[1]', from: 5s, until: 10s{how}}}
    """

QUEUE = """
    system:
      entry: client
      components:
        client: {{kind: client, next: api, timeout: 1s}}
        api:
          kind: server
          workers: 10
          service_time: {{kind: exponential, mean: 100ms}}
          discipline: {discipline}
    workload:
      arrivals: {{kind: poisson, rate: 90/s}}
    faults:
      - {{kind: slowdown, of: api, factor: 3, from: 8s, until: 16s}}
    """

HOLE = """
    system:
      entry: balancer
      components:
        balancer: {{kind: load_balancer, pool: api, policy: {policy}}}
        api:
          kind: server
          replicas: 3
          workers: 20
          service_time: {{kind: exponential, mean: 50ms}}
    workload:
      arrivals: {{kind: poisson, rate: 150/s}}
    faults:
      - {{kind: crash, of: 'api[1]', from: 8s, until: 18s}}
    """


def runs_of(sections, until_s):
    """Runs of a story, a little beyond the last instant that counts, so that all is answered."""
    read = scenario(sections, until_s + 4 * PATIENCE_S)
    return [run(read, replication) for replication in range(REPLICATIONS)]


def goodputs(sections, from_s, until_s):
    """Requests a second that came in a window and were answered well, of each run."""
    found = []
    for finished in runs_of(sections, until_s):
        rows = finished.requests
        came = (rows.arrived_s >= from_s) & (rows.arrived_s < until_s)
        found.append((came & (rows.outcome == OK)).sum() / (until_s - from_s))
    return found


def agrees(values, published):
    """Whether a published figure is within three standard errors of our mean."""
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return abs(np.mean(values) - published) <= 3 * error


BUDGET = ", retries: 3, retry_budget: {kind: token_bucket, rate: 7/s}"


@pytest.mark.validation
@pytest.mark.parametrize("how", ["", ", hang: true"], ids=["refuses", "silent"])
@pytest.mark.parametrize(
    ("policy", "published"),
    [("", 69.0), (", retries: 3", 0.0), (BUDGET, 69.0)],
    ids=["no retries", "three immediate retries", "three within a budget"],
)
def test_half_a_minute_after_a_crash_retries_keep_a_service_down_and_a_budget_does_not(
    how, policy, published
):
    assert agrees(goodputs(RETRIES.format(policy=policy, how=how), 40.0, 60.0), published)


@pytest.mark.validation
@pytest.mark.parametrize(("discipline", "published"), [("fifo", 0.0), ("lifo", 88.0)])
def test_a_backlog_is_served_for_nobody_first_come_first_served_and_not_the_other_way(
    discipline, published
):
    assert agrees(goodputs(QUEUE.format(discipline=discipline), 20.0, 40.0), published)


def shares_in_the_hole(policy):
    """Part of the requests of the outage that went to the server that refuses, of each run."""
    found = []
    for finished in runs_of(HOLE.format(policy=policy), 18.0):
        rows = finished.requests
        came = (rows.arrived_s >= 8.0) & (rows.arrived_s < 18.0)
        found.append((rows.outcome == FAILED)[came].mean())
    return found


def share_of_who_is_always_idle(arrival_rate, service_rate, others):
    """Part of the calls to one of several servers that never has anything to do.

    Whoever is idle gets the next call, chosen by lot if there are several: the others never have
    more than one. A Markov chain of how many of these are idle.
    """

    def moves(idle):
        if idle < others:
            yield idle + 1, (others - idle) * service_rate
        if idle:
            yield idle - 1, arrival_rate * idle / (idle + 1)

    chances = theory.stationary(others, moves)
    return sum(chance / (idle + 1) for idle, chance in chances.items())


@pytest.mark.validation
def test_whoever_looks_for_the_idle_sends_four_fifths_to_whoever_refuses():
    known = share_of_who_is_always_idle(150.0, 20.0, others=2)
    assert known > 0.79
    assert agrees(shares_in_the_hole("least_outstanding"), known)


@pytest.mark.validation
def test_whoever_takes_turns_sends_a_third_there():
    assert shares_in_the_hole("round_robin") == pytest.approx([1 / 3] * REPLICATIONS, abs=1e-3)
