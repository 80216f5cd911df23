"""Rows about clients who all come back at once."""

import numpy as np

from simulator.stats import theory
from tests.validation.harness import Case

ROWS = {"n04-herd"}

CLIENTS, RATE, JITTER = 20_000, 500, 10.0


def herd(name, spread, measure, expected):
    return Case(
        row="n04-herd",
        name=name,
        sections=f"""
            system:
              entry: server
              components:
                server: {{kind: server, workers: 1, service_time: 2ms}}
            workload:
              arrivals: {{kind: herd, clients: {CLIENTS}, spread: {spread}s}}
            """,
        per_s=RATE / 1.2,  # as long as it takes, and a fifth longer
        measure=measure,
        expected=expected,
        quick=CLIENTS,
        full=CLIENTS,
        width=0.03,
        fixed=True,
        warmup=0.0,
    )


def waits_s(run):
    return run.requests.latency_s - 1 / RATE


def answered_s(run):
    return run.requests.arrived_s + run.requests.latency_s


def at_once(run):
    return {
        "no_jitter_last_wait": waits_s(run).max(),
        "no_jitter_mean_wait": waits_s(run).mean(),
    }


def with_jitter(run):
    accepted_per_s = np.count_nonzero(answered_s(run) <= JITTER) / JITTER
    most = run.component_measures("server")["queued_max"]
    return {
        "peak_rate_with_jitter": np.count_nonzero(run.requests.arrived_s < JITTER) / JITTER,
        "queue_builds": most > CLIENTS / 2,
        "jitter_last_done": answered_s(run).max(),
        "min_jitter_for_no_queue (at the rate at which it accepts)": CLIENTS / accepted_per_s,
        "max_backlog_with_jitter": most,
    }


CASES = [
    herd(
        "all at once",
        0,
        at_once,
        {
            "no_jitter_last_wait": theory.herd_longest_wait(CLIENTS, 0.0, RATE),
            "no_jitter_mean_wait": theory.herd_mean_wait(CLIENTS, 0.0, RATE),
        },
    ),
    herd(
        "jitter of 10 s",
        JITTER,
        with_jitter,
        {
            "peak_rate_with_jitter": CLIENTS / JITTER,
            "queue_builds": theory.herd_backlog(CLIENTS, JITTER, RATE) > 0,
            "jitter_last_done": theory.herd_done(CLIENTS, JITTER, RATE),
            "min_jitter_for_no_queue (at the rate at which it accepts)": (
                theory.herd_least_spread(CLIENTS, RATE)
            ),
            "max_backlog_with_jitter": theory.herd_backlog(CLIENTS, JITTER, RATE),
        },
    ),
]
