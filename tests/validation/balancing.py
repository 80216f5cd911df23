"""Rows about one queue a replica, and who gets the next request."""

from simulator.stats import theory
from tests.validation.harness import Case, in_system, window

ROWS = {"q22-roundrobin", "q25-jsq2", "q25-jsq2-o2"}


def replicas(row, policy, count, arrival_rate, measure, expected, **lengths):
    """Equal replicas of rate 1 behind a load balancer."""
    return Case(
        row=row,
        name=f"{count} replicas, {policy}",
        sections=f"""
            system:
              entry: balancer
              components:
                balancer: {{kind: load_balancer, pool: api, policy: {policy}}}
                api:
                  kind: server
                  replicas: {count}
                  service_time: {{kind: exponential, mean: 1s}}
            workload:
              arrivals: {{kind: poisson, rate: {arrival_rate:.10g}/s}}
            """,
        per_s=arrival_rate,
        measure=measure,
        expected=expected,
        width=0.03,
        **lengths,
    )


def latency_as(key):
    return lambda run: {key: run.request_measures()["latency_mean_s"]}


def taking_turns(run):
    requests, api = run.request_measures(), run.component_measures("api")
    waited = (window(run, "api", "wait_s") > 0).mean()
    return {
        "sigma": waited,
        "Wq": api["wait_mean_s"],
        "W": requests["latency_mean_s"],
        "P_wait": waited,
        "sojourn_p99": requests["latency_p99_s"],
    }


def round_robin(row, count, arrival_rate):
    """Taking turns, and the three systems that it is compared with."""
    group = (arrival_rate, 1.0, count)
    waits = theory.round_robin_wait_probability(*group)
    return [
        replicas(
            row,
            "round_robin",
            count,
            arrival_rate,
            taking_turns,
            {
                "sigma": waits,
                "Wq": theory.round_robin_mean_wait(*group),
                "W": theory.round_robin_mean_latency(*group),
                "P_wait": waits,
                "sojourn_p99": theory.round_robin_latency_quantile(0.99, *group),
            },
            quick=200_000,
            full=2_000_000,
        ),
        replicas(
            row,
            "random",
            count,
            arrival_rate,
            latency_as("W_random_split"),
            {"W_random_split": theory.mmc_mean_latency(arrival_rate / count, 1.0)},
            quick=140_000,
            full=400_000,
        ),
        central_queue(row, count, arrival_rate, "W_central_queue_MMn", quick=60_000, full=150_000),
        Case(
            row=row,
            name="D/M/1",
            sections=f"""
                system:
                  entry: server
                  components:
                    server: {{kind: server, service_time: {{kind: exponential, mean: 1s}}}}
                workload:
                  arrivals: {{kind: constant, rate: {arrival_rate / count:.10g}/s}}
                """,
            per_s=arrival_rate / count,
            measure=latency_as("W_DM1_limit"),
            expected={"W_DM1_limit": theory.dm1_mean_latency(arrival_rate / count, 1.0)},
            quick=60_000,
            full=200_000,
            width=0.03,
        ),
    ]


def central_queue(row, servers, arrival_rate, key, **lengths):
    """All workers behind one queue: what a balancer can hope for."""
    return Case(
        row=row,
        name=f"M/M/{servers}",
        sections=f"""
            system:
              entry: server
              components:
                server:
                  kind: server
                  workers: {servers}
                  service_time: {{kind: exponential, mean: 1s}}
            workload:
              arrivals: {{kind: poisson, rate: {arrival_rate:.10g}/s}}
            """,
        per_s=arrival_rate,
        measure=latency_as(key),
        expected={key: theory.mmc_mean_latency(arrival_rate, 1.0, servers)},
        width=0.03,
        **lengths,
    )


def shorter_queue(run):
    return {
        "W": run.request_measures()["latency_mean_s"],
        "L": in_system(run.component_measures("api")),
        "P_some_server_idle": (window(run, "witness", "idle_found") > 0).mean(),
    }


def shortest_of_two(row, utilization, quick, quick_central, full):
    """Both replicas looked at, and the two systems that it is compared with."""
    arrival_rate = 2 * utilization
    steady = theory.shortest_of_two(arrival_rate, 1.0)
    return [
        Case(
            row=row,
            name="2 replicas, fewest_of_sample",
            sections=f"""
                system:
                  entry: witness
                  components:
                    witness: {{kind: witness, watches: api, next: balancer}}
                    balancer:
                      kind: load_balancer
                      pool: api
                      policy: {{kind: fewest_of_sample, choices: 2}}
                    api:
                      kind: server
                      replicas: 2
                      service_time: {{kind: exponential, mean: 1s}}
                workload:
                  arrivals: {{kind: poisson, rate: {arrival_rate:.10g}/s}}
                """,
            per_s=arrival_rate,
            measure=shorter_queue,
            expected={
                "W": steady.mean_latency_s,
                "L": steady.mean_in_system,
                "P_some_server_idle": steady.some_idle_probability,
            },
            quick=quick,
            full=full,
            width=0.03,
        ),
        replicas(
            row,
            "random",
            2,
            arrival_rate,
            latency_as("W_random"),
            {"W_random": theory.mmc_mean_latency(utilization, 1.0)},
            quick=None,  # ten replicas at the same load are in `make test`
            full=full,
        ),
        central_queue(row, 2, arrival_rate, "W_central_MMN", quick=quick_central, full=full),
    ]


CASES = [
    *round_robin("q22-roundrobin", count=10, arrival_rate=9.0),
    *shortest_of_two("q25-jsq2", 0.9, quick=80_000, quick_central=140_000, full=420_000),
    *shortest_of_two("q25-jsq2-o2", 0.95, quick=None, quick_central=None, full=2_000_000),
]
