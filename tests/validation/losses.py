"""Rows about one station that refuses what it has no room for."""

from simulator.stats import theory
from tests.validation.harness import Case, in_system, window

ROWS = {"q04-mmck", "q05-erlangB"}


def bounded(run):
    requests, server = run.request_measures(), run.component_measures("server")
    return {
        "P_block": requests["rejected"] / requests["arrived"],
        "throughput": server["served_per_s"],
        "L": in_system(server),
        "Lq": server["queued_mean"],
        "W_accepted": requests["latency_mean_s"],
        "Wq_accepted": server["wait_mean_s"],
        "P0": (window(run, "witness", "calls_found") == 0).mean(),
        "util": server["utilization"],
    }


QUEUE = theory.bounded_queue(2.7, 1.0, servers=3, queue_limit=7)

BOUNDED = Case(
    row="q04-mmck",
    name="M/M/3/10",
    sections="""
        system:
          entry: witness
          components:
            witness: {kind: witness, watches: server, next: server}
            server:
              kind: server
              workers: 3
              queue_limit: 7
              service_time: {kind: exponential, mean: 1s}
        workload:
          arrivals: {kind: poisson, rate: 2.7/s}
        """,
    per_s=2.7,
    measure=bounded,
    expected={
        "P_block": QUEUE.blocking_probability,
        "throughput": QUEUE.throughput_per_s,
        "L": QUEUE.mean_in_system,
        "Lq": QUEUE.mean_queued,
        "W_accepted": QUEUE.mean_latency_s,
        "Wq_accepted": QUEUE.mean_wait_s,
        "P0": QUEUE.idle_probability,
        "util": QUEUE.utilization,
    },
    quick=42_000,
    full=430_000,
)


def loss(run):
    requests, server = run.request_measures(), run.component_measures("server")
    return {
        "P_block": requests["rejected"] / requests["arrived"],
        "mean_busy": server["in_service_mean"],
    }


def loss_case(name, service_time, quick):
    blocking = theory.erlang_b(7.0, servers=10)
    return Case(
        row="q05-erlangB",
        name=name,
        sections=f"""
            system:
              entry: server
              components:
                server: {{kind: server, workers: 10, queue_limit: 0, service_time: {service_time}}}
            workload:
              arrivals: {{kind: poisson, rate: 7/s}}
            """,
        per_s=7.0,
        measure=loss,
        expected={"P_block": blocking, "mean_busy": 7.0 * (1 - blocking)},
        quick=quick,
        full=300_000,
    )


LOSS = [
    loss_case("M/M/10/10", "{kind: exponential, mean: 1s}", 22_000),
    loss_case("M/D/10/10", "1s", 22_000),
    loss_case("M/G/10/10, lognormal of scv 4", "{kind: lognormal, mean: 1s, cv: 2}", 45_000),
]

CASES = [BOUNDED, *LOSS]
