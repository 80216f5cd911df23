"""Rows about one station: queues with and without room, service times of all shapes."""

import numpy as np

from simulator.distributions.parametric import Constant, Lognormal
from simulator.stats import theory
from tests.validation.harness import Case, answered_ok, in_system, needs, window

ROWS = {"q01-mm1", "q03-mmc", "q04-mmck", "q05-erlangB", "q06-md1", "q10-mg1-ps"}


def one_queue(run):
    """Everything that is known of a station whose queue has no limit."""
    requests, server = run.request_measures(), run.component_measures("server")
    return {
        "rho": server["utilization"],
        "L": in_system(server),
        "Lq": server["queued_mean"],
        "W": requests["latency_mean_s"],
        "Wq": server["wait_mean_s"],
        "P_wait": (window(run, "server", "wait_s") > 0).mean(),
        "sojourn_p50": requests["latency_p50_s"],
        "sojourn_p95": requests["latency_p95_s"],
        "sojourn_p99": requests["latency_p99_s"],
        "sojourn_p99.9": requests["latency_p999_s"],
        "wait_p95": server["wait_p95_s"],
        "wait_p99": server["wait_p99_s"],
    }


def only(keys, measure):
    """The part of what can be measured that a row says something about."""
    return lambda run: {key: value for key, value in measure(run).items() if key in keys}


def many_servers(row, servers, arrival_rate, quick, full, width):
    """M/M/c, one server included."""
    queue = (arrival_rate, 1.0, servers)
    expected = {
        "rho": arrival_rate / servers,
        "L": arrival_rate * theory.mmc_mean_latency(*queue),
        "Lq": arrival_rate * theory.mmc_mean_wait(*queue),
        "W": theory.mmc_mean_latency(*queue),
        "Wq": theory.mmc_mean_wait(*queue),
        "P_wait": theory.mmc_wait_probability(*queue),
        "sojourn_p50": theory.mmc_latency_quantile(0.5, *queue),
        "sojourn_p95": theory.mmc_latency_quantile(0.95, *queue),
        "sojourn_p99": theory.mmc_latency_quantile(0.99, *queue),
        "sojourn_p99.9": theory.mmc_latency_quantile(0.999, *queue),
        "wait_p95": theory.mmc_wait_quantile(0.95, *queue),
        "wait_p99": theory.mmc_wait_quantile(0.99, *queue),
    }
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
              arrivals: {{kind: poisson, rate: {arrival_rate}/s}}
            """,
        per_s=arrival_rate,
        measure=one_queue,
        expected=expected,
        quick=quick,
        full=full,
        width=width,
    )


MM1 = many_servers("q01-mm1", 1, 0.8, quick=420_000, full=2_800_000, width=0.02)
MM5 = many_servers("q03-mmc", 5, 4.0, quick=170_000, full=450_000, width=0.03)


# Little room


def bounded(run):
    requests, server = run.request_measures(), run.component_measures("server")
    return {
        "P_block": requests["rejected"] / requests["arrived"],
        "throughput": requests["throughput_per_s"] - requests["rejected"] / window_s(run),
        "L": in_system(server),
        "Lq": server["queued_mean"],
        "W_accepted": requests["latency_mean_s"],
        "Wq_accepted": server["wait_mean_s"],
        "P0": (window(run, "witness", "calls_found") == 0).mean(),
        "util": server["utilization"],
    }


def window_s(run):
    return run.duration_s - run.warmup_s


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
    quick=60_000,
    full=350_000,
)


def loss(run):
    requests, server = run.request_measures(), run.component_measures("server")
    return {
        "P_block": requests["rejected"] / requests["arrived"],
        "mean_busy": server["in_service_mean"],
    }


def loss_case(name, service_time):
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
        quick=45_000,
        full=300_000,
    )


LOSS = [
    loss_case("M/M/10/10", "{kind: exponential, mean: 1s}"),
    loss_case("M/D/10/10", "1s"),
    loss_case("M/G/10/10, lognormal of scv 4", "{kind: lognormal, mean: 1s, cv: 2}"),
]


# Service times that are not exponential

WAIT_S = theory.mg1_mean_wait(0.8, 1.0, cv=0.0)

MD1 = Case(
    row="q06-md1",
    name="M/D/1",
    sections="""
        system:
          entry: server
          components:
            server: {kind: server, service_time: 1s}
        workload:
          arrivals: {kind: poisson, rate: 0.8/s}
        """,
    per_s=0.8,
    measure=only({"rho", "Wq", "W", "L", "wait_p95", "wait_p99"}, one_queue),
    expected={
        "rho": 0.8,
        "Wq": WAIT_S,
        "W": WAIT_S + 1,
        "L": 0.8 * (WAIT_S + 1),
        "wait_p95": theory.md1_wait_quantile(0.95, 0.8, 1.0),
        "wait_p99": theory.md1_wait_quantile(0.99, 0.8, 1.0),
    },
    quick=60_000,
    full=400_000,
)


def shared(law):
    """What every request of a shared server takes for each second of its own work."""

    def measure(run):
        ok = answered_ok(run)
        latency_s = run.requests.latency_s[ok]
        need_s = needs(run, "server.service", law)[ok]
        small, large = np.quantile(need_s, [0.1, 0.9])
        parts = {"smallest tenth": need_s <= small, "largest tenth": need_s >= large}
        return {
            "W": latency_s.mean(),
            "L": in_system(run.component_measures("server")),
            "slowdown": (latency_s / need_s).mean(),
            **{
                f"W_given_size_x_over_x ({name})": latency_s[part].mean() / need_s[part].mean()
                for name, part in parts.items()
            },
        }

    return measure


def shared_case(name, service_time, law, quick, full):
    latency_s = theory.mg1_ps_mean_latency(0.8, 1.0)
    return Case(
        row="q10-mg1-ps",
        name=name,
        sections=f"""
            system:
              entry: server
              components:
                server:
                  kind: server
                  discipline: processor_sharing
                  service_time: {service_time}
            workload:
              arrivals: {{kind: poisson, rate: 0.8/s}}
            """,
        per_s=0.8,
        measure=shared(law),
        expected={
            "W": latency_s,
            "L": 0.8 * latency_s,
            "slowdown": latency_s,
            "W_given_size_x_over_x (smallest tenth)": latency_s,
            "W_given_size_x_over_x (largest tenth)": latency_s,
        },
        quick=quick,
        full=full,
        width=0.03,
    )


SHARED = [
    shared_case(
        "M/G/1 shared, lognormal of scv 9",
        "{kind: lognormal, mean: 1s, cv: 3}",
        Lognormal(mean=1.0, cv=3.0),
        quick=100_000,
        full=300_000,
    ),
    shared_case("M/D/1 shared", "1s", Constant(value=1.0), quick=100_000, full=300_000),
]

# The mean wait depends on the first two moments of the service time only, whereas the noise of a
# simulated one depends on the fourth, which this law of scv 9 has 800 times smaller than lognormal.
NOT_SHARED = Case(
    row="q10-mg1-ps",
    name="M/G/1 first come first served, two service times of scv 9",
    sections="""
        system:
          entry: server
          components:
            server:
              kind: server
              service_time: {kind: empirical, values: [100ms, 11s], weights: [100, 9]}
        workload:
          arrivals: {kind: poisson, rate: 0.8/s}
        """,
    per_s=0.8,
    measure=lambda run: {"fcfs_W_for_contrast": run.request_measures()["latency_mean_s"]},
    expected={"fcfs_W_for_contrast": theory.mg1_mean_wait(0.8, 1.0, cv=3.0) + 1},
    quick=150_000,
    full=400_000,
    width=0.03,
)

CASES = [MM1, MM5, BOUNDED, *LOSS, MD1, *SHARED, NOT_SHARED]
