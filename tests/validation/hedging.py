"""Rows about calls that are made several times: hedged, tied and redundant."""

import numpy as np

from simulator.stats import theory
from tests.validation.harness import Case, answered_ok, only

ROWS = {"t04-hedge", "t05-tied", "t06-redundancy-d"}

MEAN = 10.0  # milliseconds
DELAY = theory.kth_of_exponentials_quantile(0.95, 1, 1, MEAN)
HEDGED = theory.hedged_exponential(MEAN, DELAY)
PLAIN = theory.hedged_exponential(MEAN, float("inf"))


def latencies(run):
    return run.requests.latency_s[answered_ok(run)]


def tail(run):
    latency_ms = latencies(run) * 1000
    hedge = run.component_measures("before")
    return {
        "extra_requests_frac": hedge["hedge_ratio"],
        "mean": float(latency_ms.mean()),
        "p99": float(np.quantile(latency_ms, 0.99)),
        "p999": float(np.quantile(latency_ms, 0.999)),
    }


def plain_tail(run):
    latency_ms = latencies(run) * 1000
    return {
        "mean_no_hedge": float(latency_ms.mean()),
        "p99_no_hedge": float(np.quantile(latency_ms, 0.99)),
        "p999_no_hedge": float(np.quantile(latency_ms, 0.999)),
    }


def independent(before, measure, name, expected):
    """Two replicas of which no call ever waits."""
    return Case(
        row="t04-hedge",
        name=name,
        sections=f"""
            system:
              entry: before
              components:
                before: {before}
                api:
                  kind: server
                  replicas: 2
                  workers: unlimited
                  service_time: {{kind: exponential, mean: {MEAN}ms}}
            workload:
              arrivals: {{kind: poisson, rate: 100/s}}
            """,
        per_s=100.0,
        measure=measure,
        expected=expected,
        quick=8_000,
        full=200_000,
        full_only=("p999", "p999_no_hedge"),
    )


def queues(row, name, hedge, rate, replicas, keys, expected, quick, full, server=""):
    """Replicas with a worker and a queue each, exponential service of mean 1 s."""

    def read(run):
        latency_s = latencies(run)
        found = {keys[0]: float(latency_s.mean())}
        if len(keys) > 1:
            found[keys[1]] = float(np.quantile(latency_s, 0.99))
        return found

    return Case(
        row=row,
        name=name,
        sections=f"""
            system:
              entry: before
              components:
                before: {hedge}
                api:
                  kind: server
                  replicas: {replicas}
                  service_time: {{kind: exponential, mean: 1s}}
                  {server}
            workload:
              arrivals: {{kind: poisson, rate: {rate}/s}}
            """,
        per_s=rate,
        measure=only(keys, read),
        expected=dict(zip(keys, expected, strict=True)),
        quick=quick,
        full=full,
        width=0.03,
    )


TIED = "{kind: hedge, pool: api, delay: 0s, policy: random, cancel: on_start}"
REDUNDANT = "{kind: hedge, pool: api, delay: 0s, policy: random, copies: %d}"
AT_RANDOM = "{kind: load_balancer, pool: api, policy: random}"


def tied(rate, keys, quick, full):
    """Whoever queues at both and leaves one when the other begins has joined one common queue."""
    latencies_s = (
        theory.mmc_mean_latency(rate, 1.0, 2),
        theory.mmc_latency_quantile(0.99, rate, 1.0, 2),
    )
    name = f"tied at two replicas, {rate / 2:.0%} busy"
    heeds = "heeds_callers: true"
    expected = latencies_s[: len(keys)]
    return queues("t05-tied", name, TIED, rate, 2, keys, expected, quick, full, heeds)


def both(rate, keys, quick, full):
    """Two copies of independent exponential times are one server of twice the rate."""
    expected = (1 / (2 - rate), theory.mmc_latency_quantile(0.99, rate, 2.0, 1))[: len(keys)]
    name = f"served by both replicas, {rate / 2:.0%} busy"
    return queues("t05-tied", name, REDUNDANT % 2, rate, 2, keys, expected, quick, full)


def redundant(load, copies, key, quick, full):
    """Each call at some of four replicas."""
    mean_s = theory.redundancy_d_mean_latency(load, 1.0, k=4, d=copies)
    before = AT_RANDOM if copies == 1 else REDUNDANT % copies
    name = f"{copies} of four replicas, load {load:g}"
    return queues("t06-redundancy-d", name, before, 4 * load, 4, [key], [mean_s], quick, full)


CASES = [
    independent(
        f"{{kind: hedge, pool: api, policy: random, delay: {DELAY:.12g}ms}}",
        tail,
        "a copy after the 95th percentile",
        {
            "extra_requests_frac": HEDGED.hedged_ratio,
            "mean": HEDGED.mean_latency_s,
            "p99": HEDGED.latency_quantile_s(0.99),
            "p999": HEDGED.latency_quantile_s(0.999),
        },
    ),
    independent(
        AT_RANDOM,
        plain_tail,
        "no copies",
        {
            "mean_no_hedge": PLAIN.mean_latency_s,
            "p99_no_hedge": PLAIN.latency_quantile_s(0.99),
            "p999_no_hedge": PLAIN.latency_quantile_s(0.999),
        },
    ),
    tied(1.6, ("cancel_on_start_W_equals_MM2", "cancel_on_start_p99"), None, 400_000),
    tied(0.8, ("mean",), 5_000, None),
    both(1.6, ("cancel_on_completion_W", "cancel_on_completion_p99"), None, 400_000),
    both(0.8, ("mean",), 5_000, None),
    queues(
        "t05-tied",
        "one of two replicas at random",
        AT_RANDOM,
        1.6,
        2,
        ["random_split_W"],
        [theory.mmc_mean_latency(0.8, 1.0)],
        None,
        400_000,
    ),
    redundant(0.7, 2, "W", None, 200_000),
    redundant(0.7, 4, "W_all_k", None, 200_000),
    redundant(0.7, 1, "W_random", None, 300_000),
    redundant(0.4, 2, "mean", 4_000, None),
    redundant(0.4, 3, "mean", 4_000, None),
]
