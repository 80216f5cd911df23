"""Rows about clients that wait so long and no longer."""

from simulator.stats import theory
from tests.validation.harness import Case

ROWS = {"r06-timeout-retry"}

MS = 1000.0


def retrying(run):
    requests, client = run.request_measures(), run.component_measures("client")
    return {
        "p_attempt_timeout": client["expired"] / client["sent"],
        "mean_attempts": requests["attempts_mean"],
        "p_fail": requests["timed_out"] / (requests["timed_out"] + requests["ok"]),
        "mean_latency_given_success": requests["latency_mean_s"] * MS,
        "mean_latency_all": requests["latency_all_mean_s"] * MS,
    }


CLIENT = theory.timeout_retry(100.0, timeout_s=200.0, attempts=3)

CASES = [
    Case(
        row="r06-timeout-retry",
        name="two immediate retries",
        sections="""
            system:
              entry: client
              components:
                client: {kind: client, next: server, timeout: 200ms, retries: 2}
                server:
                  kind: server
                  workers: 1000
                  service_time: {kind: exponential, mean: 100ms}
            workload:
              arrivals: {kind: poisson, rate: 100/s}
            """,
        per_s=100.0,
        measure=retrying,
        expected={
            "p_attempt_timeout": CLIENT.attempt_timeout_probability,
            "mean_attempts": CLIENT.mean_attempts,
            "p_fail": CLIENT.failure_probability,
            "mean_latency_given_success": CLIENT.mean_latency_ok_s,
            "mean_latency_all": CLIENT.mean_latency_all_s,
        },
        quick=120_000,
        full=3_500_000,
        width=0.01,
    )
]
