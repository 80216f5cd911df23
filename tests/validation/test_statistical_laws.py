"""Laws that hold in the long run: the rest of row q33.

The interactive response time law of a closed loop, R = N / X - Z, and PASTA: Poisson arrivals see
time averages.
"""

import numpy as np
import pytest

from simulator.runner import run
from tests.validation.harness import (
    QUICK,
    REPLICATIONS,
    WARMUP,
    Estimate,
    in_system,
    scenario,
    window,
)
from tests.validation.systems import PIPELINES, STATIONS, THINK_S, USERS, cases, station

KEYS = {"interactive", "pasta"}

# The interactive response time law: R = N / X - Z.


def mean_number_of_customers(users, think_s, service_s):
    """Of a single server that a fixed number of users share: time average, and throughput."""
    weights = [1.0]
    for n in range(users):
        weights.append(weights[-1] * (users - n) / think_s * service_s)
    share = np.array(weights) / sum(weights)
    return share @ np.arange(users + 1), (1 - share[0]) / service_s


@pytest.mark.validation
@pytest.mark.parametrize(
    ("sections", "users", "think_s", "duration"),
    [
        pytest.param(STATIONS["closed loop"], USERS, THINK_S, 10_000, id="station"),
        pytest.param(PIPELINES["pipeline in a closed loop"], 400, 1.0, 60, id="pipeline"),
    ],
)
def test_response_time_is_what_throughput_leaves_for_it(sections, users, think_s, duration, note):
    read = scenario(sections, duration, WARMUP * duration, drain=100 * think_s)  # all are answered
    pairs = []
    for replication in range(REPLICATIONS):
        found = run(read, replication).request_measures()
        throughput = found["throughput_per_s"]
        pairs.append((found["latency_all_mean_s"], users / throughput - think_s))
    seen_s, law_s = np.array(pairs).T
    reach_s = reach(seen_s - law_s)
    agrees = abs((seen_s - law_s).mean()) <= reach_s <= QUICK * law_s.mean()
    note(ROW, f"{users} users", "interactive", law_s.mean(), seen_s.mean(), reach_s, agrees)
    assert agrees


@pytest.mark.validation
def test_closed_loop_agrees_with_the_machine_repairman(note):
    customers, throughput = mean_number_of_customers(USERS, THINK_S, 1.0)
    read = scenario(STATIONS["closed loop"], 10_000, 500, drain=1_000)
    runs = [run(read, replication) for replication in range(REPLICATIONS)]
    found = {
        "N in system": [in_system(each.component_measures("server")) for each in runs],
        "throughput": [each.request_measures()["throughput_per_s"] for each in runs],
        "R": [each.request_measures()["latency_mean_s"] for each in runs],
    }
    expected = {"N in system": customers, "throughput": throughput, "R": customers / throughput}
    for key, values in found.items():
        within = reach(np.array(values))
        agrees = abs(np.mean(values) - expected[key]) <= within <= QUICK * expected[key]
        note(ROW, "M/M/1//20", key, expected[key], np.mean(values), within, agrees)
        assert agrees, key


def reach(values):
    return REACH * values.std(ddof=1) / np.sqrt(len(values))


# PASTA: Poisson arrivals see time averages.


def watched(sections):
    return sections.replace("entry: meter", "entry: witness").replace(
        "meter: {kind: meter, next: server}",
        "witness: {kind: witness, watches: server, next: server}",
    )


def time_shares(finished, states):
    """Part of the window in which so many requests were inside, from the request log."""
    rows = finished.requests
    left_s = (rows.arrived_s + rows.latency_s)[np.isfinite(rows.latency_s)]
    instants_s = np.concatenate((rows.arrived_s, left_s))
    step = np.concatenate((np.ones(len(rows)), -np.ones(len(left_s))))
    order = np.argsort(instants_s, kind="stable")
    ends_s = np.clip(instants_s[order], finished.warmup_s, finished.duration_s)
    number = np.cumsum(step[order]).astype(int)
    lasts_s = np.diff(ends_s, append=finished.duration_s)
    weights = np.bincount(number, lasts_s, minlength=len(states))
    first_s = ends_s[0] - finished.warmup_s  # empty until the first request
    weights[0] += max(first_s, 0.0)
    return weights[states] / weights.sum()


def seen_shares(finished, states):
    """Part of the requests that found so many inside."""
    found = window(finished, "witness", "calls_found").astype(int)
    return np.bincount(found, minlength=len(states))[states] / len(found)


STATES = range(6)


def differences(sections, duration):
    """What arrivals see less what is, for each state: means, their reach, and what is."""
    read = scenario(watched(sections), duration, WARMUP * duration)
    runs = [run(read, replication) for replication in range(REPLICATIONS)]
    seen = np.array([seen_shares(each, STATES) for each in runs])
    true = np.array([time_shares(each, STATES) for each in runs])
    return np.abs((seen - true).mean(0)), np.array([reach(d) for d in (seen - true).T]), true.mean(0)


@pytest.mark.validation
@cases({name: STATIONS[name] for name in ("M/M/1", "M/G/1 shared")})
def test_poisson_arrivals_see_time_averages(sections, note):
    apart, within, share = differences(sections, duration=20_000)
    agrees = (apart <= within) & (within <= QUICK * share)
    note(ROW, "requests", "pasta", share[0], share[0] + apart[0], within[0], agrees.all())
    assert agrees.all()


@pytest.mark.validation
def test_poisson_arrivals_at_a_pipeline_see_time_averages():
    read = scenario(PIPELINES["pipeline"], 60, 3)
    apart, mean = [], []
    for replication in range(REPLICATIONS):
        finished = run(read, replication)
        tiers = [finished.component_measures(name) for name in ("app", "database")]
        mean.append(sum(in_system(tier) for tier in tiers))
        apart.append(window(finished, "witness", "calls_found").mean() - mean[-1])
    assert abs(np.mean(apart)) <= reach(np.array(apart)) <= QUICK * np.mean(mean)


def test_arrivals_at_even_distances_see_something_else():
    apart, within, _ = differences(station("{kind: constant, rate: 0.8/s}"), duration=20_000)
    assert apart[0] > 5 * within[0]
