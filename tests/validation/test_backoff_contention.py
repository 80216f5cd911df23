"""What backoffs do to clients that contend for one row, as published by AWS.

Clients update a row that has a version: each reads the version, then writes, which succeeds if
nobody else has written in between. One that failed pauses and reads again. Every message takes some
time. Published are the time until all are done and the number of writes; both are reproduced here
by processes of SimPy, with our policies in place of theirs.

Source: Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015; numbers of a port of
its simulator (aws-samples/aws-arch-backoff-simulator).
"""

from __future__ import annotations

import numpy as np
import pytest
import simpy

from simulator.policies.retrying import Decorrelated, Exponential, Immediate

ROW = "r18-aws-backoff"
KEYS = {"50", "100"}

CAP_MS = 2000.0
POLICIES = {  # milliseconds, where our policies say seconds
    "None": Immediate(),
    "Expo": Exponential(base=10.0, cap=CAP_MS),
    "Decorr": Decorrelated(base=5.0, cap=CAP_MS),
    "Equal": Exponential(base=10.0, cap=CAP_MS, jitter="equal"),
    "Full": Exponential(base=10.0, cap=CAP_MS, jitter="full"),
}


class Row:
    version = 0
    writes = 0


def client(env, row, pause_ms, rng):
    """Update the row once."""
    tries, last_ms = 0, 0.0
    while True:
        yield env.timeout(hop_ms(rng) + last_ms)
        version = row.version
        yield env.timeout(hop_ms(rng) + hop_ms(rng))
        row.writes += 1
        is_first = version == row.version
        row.version += is_first
        yield env.timeout(hop_ms(rng))
        if is_first:
            return
        tries += 1
        last_ms = pause_ms(tries, last_ms)


def hop_ms(rng):
    return abs(rng.normal(10.0, 2.0))


def contend(policy, clients, seed):
    """The time until all are done, in milliseconds, and the number of writes."""
    env, row, rng = simpy.Environment(), Row(), np.random.default_rng(seed)
    for _ in range(clients):
        env.process(client(env, row, policy.start(rng.random), rng))
    env.run()
    return env.now, row.writes


CLIENTS = [50, pytest.param(100, marks=pytest.mark.slow)]
SEEDS = 80


@pytest.mark.validation
@pytest.mark.parametrize("clients", CLIENTS)
@pytest.mark.parametrize("name", POLICIES)
def test_contention_is_as_published(name, clients, published):
    row = published(ROW)
    time_ms, writes = row["expected"][str(clients)][name]
    found = np.array([contend(POLICIES[name], clients, seed) for seed in range(SEEDS)])
    tolerance = row["tolerance"]
    assert found[:, 0].mean() == pytest.approx(time_ms, rel=tolerance["rel_time"])
    assert found[:, 1].mean() == pytest.approx(writes, rel=tolerance["rel_calls"])
