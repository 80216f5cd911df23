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

ROW = "q33-laws"
KEYS = {"interactive", "pasta"}


def replicated(sections, duration, drain=0.0):
    """Independent runs of a system."""
    read = scenario(sections, duration, WARMUP * duration, drain)
    return [run(read, replication) for replication in range(REPLICATIONS)]


def estimate(case, key, expected, values):
    """A number that is known beforehand."""
    return Estimate(ROW, case, key, expected, values, limit=QUICK * abs(expected))


def paired(case, key, one, other):
    """Two ways to the same number, run by run, so that the noise that both share cancels."""
    apart = np.subtract(one, other)
    return estimate(case, key, np.mean(other), np.mean(other) + apart)


def assert_agree(estimates, note):
    for each in estimates:
        note(each, full=True)
    missed = [str(each) for each in estimates if not each.agrees]
    assert not missed, "\n".join(missed)


# The interactive response time law. After the duration all who have come are answered (`drain`).


@pytest.mark.validation
@pytest.mark.parametrize(
    ("name", "sections", "users", "think_s", "duration"),
    [
        ("one server, closed loop", STATIONS["closed loop"], USERS, THINK_S, 10_000),
        ("pipeline, closed loop", PIPELINES["pipeline in a closed loop"], 400, 1.0, 60),
    ],
    ids=["one server", "pipeline"],
)
def test_response_time_is_what_throughput_leaves_for_it(
    name, sections, users, think_s, duration, note
):
    found = [each.request_measures() for each in replicated(sections, duration, 100 * think_s)]
    latency_s = [each["latency_all_mean_s"] for each in found]
    law_s = [users / each["throughput_per_s"] - think_s for each in found]
    assert_agree([paired(name, "interactive", latency_s, law_s)], note)


def repairman(users, think_s, service_s):
    """One server that a fixed number of users share: mean number there, and throughput.

    Source: Kleinrock, *Queueing Systems*, vol. 1 (birth-death systems, finite population).
    """
    births = [(users - n) / think_s * service_s for n in range(users)]
    share = np.cumprod([1.0, *births])
    share /= share.sum()
    return share @ np.arange(users + 1), (1 - share[0]) / service_s


@pytest.mark.validation
def test_closed_loop_agrees_with_the_machine_repairman(note):
    inside, per_s = repairman(USERS, THINK_S, 1.0)
    runs = replicated(STATIONS["closed loop"], 10_000, drain=1_000)
    requests = [each.request_measures() for each in runs]
    name = f"M/M/1//{USERS}"
    found = [
        estimate(
            name, "N", inside, [in_system(each.component_measures("server")) for each in runs]
        ),
        estimate(name, "X", per_s, [each["throughput_per_s"] for each in requests]),
        estimate(name, "R", inside / per_s, [each["latency_mean_s"] for each in requests]),
    ]
    assert_agree(found, note)


# PASTA, state by state: the part of the arrivals that find it, and the part of the time it lasts.

STATES = 6


def shares(sections, duration):
    """What arrivals see and what is, each of shape ``(replications, states)``."""
    witnessed = sections.replace("kind: meter", "kind: witness, watches: server")
    runs = replicated(witnessed, duration)
    return np.array([seen_shares(each) for each in runs]), np.array(
        [time_shares(each) for each in runs]
    )


def seen_shares(finished):
    found = window(finished, "meter", "calls_found").astype(int)
    return np.bincount(found, minlength=STATES)[:STATES] / len(found)


def time_shares(finished):
    """From the request log: its arrivals and answers are all that changes the state."""
    rows = finished.requests
    left_s = (rows.arrived_s + rows.latency_s)[np.isfinite(rows.latency_s)]
    instants_s = np.concatenate(([0.0], rows.arrived_s, left_s))
    steps = np.concatenate(([0], np.ones(len(rows), int), np.full(len(left_s), -1)))
    order = np.argsort(instants_s)
    inside = np.cumsum(steps[order])
    in_window_s = np.clip(instants_s[order], finished.warmup_s, finished.duration_s)
    lasted_s = np.diff(in_window_s, append=finished.duration_s)
    return np.bincount(inside, lasted_s, STATES)[:STATES] / lasted_s.sum()


@pytest.mark.validation
@cases({name: STATIONS[name] for name in ("M/M/1", "M/G/1 shared")})
def test_poisson_arrivals_see_time_averages(sections, note, request):
    seen, true = shares(sections, duration=20_000)
    name = f"{request.node.callspec.id}, {{}} inside"
    found = [paired(name.format(n), "pasta", seen[:, n], true[:, n]) for n in range(STATES)]
    assert_agree(found, note)


@pytest.mark.validation
def test_poisson_arrivals_at_a_pipeline_see_time_averages(note):
    runs = replicated(PIPELINES["pipeline"], duration=60)
    seen = [window(each, "witness", "calls_found").mean() for each in runs]
    true = [
        sum(in_system(each.component_measures(name)) for name in ("app", "database"))
        for each in runs
    ]
    assert_agree([paired("pipeline, mean inside", "pasta", seen, true)], note)


def test_arrivals_at_even_distances_see_something_else():
    seen, true = shares(station("{kind: constant, rate: 0.8/s}"), duration=20_000)
    idle = paired("D/M/1", "idle", seen[:, 0], true[:, 0])
    assert abs(idle.mean - idle.expected) > 5 * idle.reach
