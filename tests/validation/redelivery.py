"""Rows about a worker whose jobs fail by chance and are done again."""

from simulator.stats import theory
from tests.validation.harness import Case

ROWS = {"q30-retry-dlq"}

RATE, WORKED_PER_S, FAILS, MOST = 0.5, 1.0, 0.3, 3

WORKER = f"""kind: server, service_time: {{kind: exponential, mean: {1 / WORKED_PER_S}s}}"""


def limited(run):
    """Jobs that failed for the last time are dead letters: their sender learns that they failed."""
    requests, worker = run.request_measures(), run.component_measures("worker")
    window_s = run.duration_s - run.warmup_s
    return {
        "mean_attempts": requests["attempts_mean"],
        "dlq_fraction": requests["failed"] / (requests["failed"] + requests["ok"]),
        "dlq_rate": requests["failed"] / window_s,
        "server_rate": worker["served_per_s"],
        "util": worker["utilization"],
    }


def unlimited(run):
    worker = run.component_measures("worker")
    return {
        "mean_attempts_unbounded": worker["served"] / run.component_measures("outcome")["left"],
        "W_total_unbounded": run.request_measures()["latency_mean_s"],
    }


SERVED = RATE * theory.mean_attempts(FAILS, MOST)
DEAD = FAILS**MOST  # every try failed
FEEDBACK = theory.jackson([RATE], [[FAILS]], [WORKED_PER_S], [1])

CASES = [
    Case(
        row="q30-retry-dlq",
        name="three tries, then a dead letter",
        sections=f"""
            system:
              entry: queue
              components:
                queue: {{kind: client, next: worker, retries: {MOST - 1}}}
                worker: {{{WORKER}}}
            workload:
              arrivals: {{kind: poisson, rate: {RATE}/s}}
            faults:
              - {{kind: error_burst, of: worker, ratio: {FAILS}, from: 0s, for: 1000000d}}
            """,
        per_s=RATE,
        measure=limited,
        expected={
            "mean_attempts": theory.mean_attempts(FAILS, MOST),
            "dlq_fraction": DEAD,
            "dlq_rate": RATE * DEAD,
            "server_rate": SERVED,
            "util": SERVED / WORKED_PER_S,
        },
        quick=15_000,
        full=90_000,
    ),
    Case(
        row="q30-retry-dlq",
        name="as many tries as it takes",
        sections=f"""
            system:
              entry: worker
              components:
                worker: {{{WORKER}, next: outcome}}
                outcome: {{kind: router, routes: {{worker: {FAILS}}}}}
            workload:
              arrivals: {{kind: poisson, rate: {RATE}/s}}
            """,
        per_s=RATE,
        measure=unlimited,
        expected={
            "mean_attempts_unbounded": FEEDBACK.rates_per_s[0] / RATE,
            "W_total_unbounded": FEEDBACK.mean_network_latency_s,
        },
        quick=15_000,
        full=120_000,
    ),
]
