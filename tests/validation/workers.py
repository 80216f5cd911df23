"""Rows about workers: several calls at once, breakdowns, no limit, and users who leave."""

import numpy as np

from simulator.stats import theory
from tests.validation.harness import Case, answered_ok, in_system, only, window

ROWS = {"q15-erlangA", "q17-burke", "q20-mginf", "q28-bulk-service", "q29-breakdowns"}

EXPONENTIAL = "{kind: exponential, mean: 1s}"


def alone(server):
    """A server by itself; what stands before the workload section."""
    return f"""
        system:
          entry: server
          components:
            server: {{kind: server, {server}}}
        """


def arrivals(rate):
    return f"""
        workload:
          arrivals: {{kind: poisson, rate: {rate}/s}}
        """


# Users who leave


def impatient(run):
    requests, server = run.request_measures(), run.component_measures("server")
    abandoned = requests["timed_out"] / requests["arrived"]
    waited = window(run, "server", "wait_s")
    served_after_wait = (waited > 0).sum()
    left = server["reneged"]
    waits = (served_after_wait + left) / (len(waited) + left)
    return {
        "P_wait": waits,
        "P_abandon": abandoned,
        "Lq": server["queued_mean"],
        "Wq_all": server["queued_mean"] / requests["arrived_per_s"],
        "util": server["utilization"],
        "goodput": requests["goodput_per_s"],
        "P_ab_given_wait": abandoned / waits,
    }


IMPATIENT_QUEUE = theory.erlang_a(50.0, 1.0, servers=50, patience_s=2.0)

IMPATIENT = Case(
    row="q15-erlangA",
    name="M/M/50+M",
    sections=alone(
        f"workers: 50, service_time: {EXPONENTIAL}, patience: {{kind: exponential, mean: 2s}}"
    )
    + arrivals(50),
    per_s=50.0,
    measure=impatient,
    expected={
        "P_wait": IMPATIENT_QUEUE.wait_probability,
        "P_abandon": IMPATIENT_QUEUE.abandon_probability,
        "Lq": IMPATIENT_QUEUE.mean_queued,
        "Wq_all": IMPATIENT_QUEUE.mean_wait_s,
        "util": IMPATIENT_QUEUE.utilization,
        "goodput": IMPATIENT_QUEUE.throughput_per_s,
        "P_ab_given_wait": IMPATIENT_QUEUE.abandon_probability / IMPATIENT_QUEUE.wait_probability,
    },
    quick=None,
    full=420_000,
    width=0.03,
)

SMALL_QUEUE = theory.erlang_a(1.2, 1.0, servers=1, patience_s=1.0)

# Not a system of the row, but one that needs fewer requests.
IMPATIENT_FEW = Case(
    row="q15-erlangA",
    name="M/M/1+M",
    sections=alone(f"service_time: {EXPONENTIAL}, patience: {{kind: exponential, mean: 1s}}")
    + arrivals(1.2),
    per_s=1.2,
    measure=lambda run: {f"{key} of one worker": each for key, each in impatient(run).items()},
    expected={
        "P_wait of one worker": SMALL_QUEUE.wait_probability,
        "P_abandon of one worker": SMALL_QUEUE.abandon_probability,
        "Lq of one worker": SMALL_QUEUE.mean_queued,
        "Wq_all of one worker": SMALL_QUEUE.mean_wait_s,
        "util of one worker": SMALL_QUEUE.utilization,
        "goodput of one worker": SMALL_QUEUE.throughput_per_s,
        "P_ab_given_wait of one worker": SMALL_QUEUE.abandon_probability
        / SMALL_QUEUE.wait_probability,
    },
    quick=12_000,
    full=30_000,
    width=0.03,
)


# What comes out of a queue


def gaps(run):
    """Times between departures, from the meter before the server."""
    left_s = np.sort(window(run, "meter", "left_s"))
    return np.diff(left_s)


def departures(run):
    gap_s = gaps(run)
    return {
        "departure_rate": 1 / gap_s.mean(),
        "departure_interval_scv": gap_s.var() / gap_s.mean() ** 2,
    }


def metered(server):
    return f"""
        system:
          entry: meter
          components:
            meter: {{kind: meter, next: server}}
            server: {{kind: server, {server}}}
        """


def ok_latencies(run):
    return run.requests.latency_s[answered_ok(run)]


def behind_each_other(name, measure, expected, **lengths):
    return Case(
        row="q17-burke",
        name=name,
        sections=f"""
            system:
              entry: first
              components:
                first: {{kind: server, service_time: {EXPONENTIAL}, next: second}}
                second: {{kind: server, service_time: {{kind: exponential, mean: {1 / 1.2:.12g}s}}}}
            """
        + arrivals(0.7),
        per_s=0.7,
        measure=measure,
        expected=expected,
        width=0.03,
        **lengths,
    )


TIMES_S = (theory.mmc_mean_latency(0.7, 1.0), theory.mmc_mean_latency(0.7, 1.2))

DEPARTURES = [
    Case(
        row="q17-burke",
        name="departures of M/M/1",
        sections=metered(f"service_time: {EXPONENTIAL}") + arrivals(0.7),
        per_s=0.7,
        measure=departures,
        expected={
            "departure_rate": 0.7,
            "departure_interval_scv": theory.mg1_departure_scv(0.7, 1.0, cv=1.0),
        },
        quick=12_000,
        full=60_000,
        width=0.03,
    ),
    Case(
        row="q17-burke",
        name="departures of M/D/1",
        sections=metered("service_time: 1s") + arrivals(0.7),
        per_s=0.7,
        measure=lambda run: {
            "md1_departure_scv_contrast": departures(run)["departure_interval_scv"]
        },
        expected={"md1_departure_scv_contrast": theory.mg1_departure_scv(0.7, 1.0, cv=0.0)},
        quick=10_000,
        full=40_000,
        width=0.03,
    ),
    behind_each_other(
        "M/M/1 behind M/M/1",
        lambda run: {"W_tandem": ok_latencies(run).mean()},
        {"W_tandem": sum(TIMES_S)},
        quick=15_000,
        full=60_000,
    ),
    behind_each_other(
        "M/M/1 behind M/M/1, spread of the latency",
        lambda run: {"var_W_tandem": ok_latencies(run).var()},
        {"var_W_tandem": sum(each**2 for each in TIMES_S)},
        quick=None,
        full=350_000,
    ),
]


# Workers without limit


def unlimited(run):
    found = window(run, "witness", "calls_found")
    return {
        "L": in_system(run.component_measures("server")),
        "var_N": found.var(),
        "p99_N": np.quantile(found, 0.99, method="inverted_cdf"),
    }


def watched(server):
    return f"""
        system:
          entry: witness
          components:
            witness: {{kind: witness, watches: server, next: server}}
            server: {{kind: server, workers: unlimited, {server}}}
        """


AROUND_S = 0.05
MANY = 40 + 3 * np.sqrt(40)


def number_after(phase_s, cycle_s, key):
    """Calls found this long after the server was emptied, by those who came about then."""

    def measure(run):
        came_s = run.requests.arrived_s
        found = run.components["witness"].samples["calls_found"][: len(came_s)]
        about_then = np.abs(came_s % cycle_s - phase_s) < AROUND_S
        return {key: found[about_then].mean()}

    return measure


def emptied(name, service_time, phase_s, cycle_s, key, expected, **lengths):
    """A crash without duration to speak of empties the server once a cycle."""
    return Case(
        row="q20-mginf",
        name=name,
        sections=watched(f"service_time: {service_time}")
        + arrivals(20)
        + f"""
        faults:
          - {{kind: crash, of: server, from: 0s, for: 1ns, every: {cycle_s}s}}
        """,
        per_s=20.0,
        measure=number_after(phase_s, cycle_s, key),
        expected={key: expected},
        **lengths,
    )


UNLIMITED = [
    Case(
        row="q20-mginf",
        name="M/M/inf",
        sections=watched("service_time: {kind: exponential, mean: 2s}") + arrivals(20),
        per_s=20.0,
        measure=unlimited,
        expected={
            "L": 40.0,
            "var_N": 40.0,
            "p99_N": theory.poisson_quantile(0.99, 40.0),
        },
        quick=45_000,
        full=450_000,
    ),
    Case(
        row="q20-mginf",
        name="M/D/inf, a rare state",
        sections=watched("service_time: 2s") + arrivals(20),
        per_s=20.0,
        measure=lambda run: {
            "P_N_gt_mean_plus_3sd": (window(run, "witness", "calls_found") > MANY).mean()
        },
        expected={"P_N_gt_mean_plus_3sd": theory.poisson_exceeds(40.0, MANY)},
        quick=None,
        full=4_000_000,
    ),
    Case(
        row="q20-mginf",
        name="M/G/inf of scv 4",
        sections=watched("service_time: {kind: lognormal, mean: 2s, cv: 2}") + arrivals(20),
        per_s=20.0,
        measure=only({"L", "var_N"}, unlimited),
        expected={"L": 40.0, "var_N": 40.0},
        quick=None,
        full=600_000,
    ),
    emptied(
        "M/M/inf from empty",
        "{kind: exponential, mean: 2s}",
        2.0,
        2.5,
        "EN_at_mean_t_exp_service",
        theory.mginf_mean_after(20.0, 2.0 * (1 - np.exp(-1))),
        quick=5_000,
        full=10_000,
    ),
    emptied(
        "M/D/inf from empty",
        "2s",
        1.0,
        1.5,
        "EN_at_half_mean_t_deterministic",
        theory.mginf_mean_after(20.0, 1.0),
        quick=5_000,
        full=10_000,
    ),
]


# Several at once

BATCHES = theory.bulk_service(3.0, 1.0, size=5)


def batches(run):
    requests, server = run.request_measures(), run.component_measures("server")
    idle = 1 - server["utilization"]
    waiting_if_busy = server["queued_mean"] / server["utilization"]
    return {
        "root_r": waiting_if_busy / (1 + waiting_if_busy),  # a geometric number waits
        "P_idle": idle,
        "Lq": server["queued_mean"],
        "Wq": server["wait_mean_s"],
        "W": requests["latency_mean_s"],
        "mean_batch": server["batch_calls_mean"],
    }


BULK = [
    Case(
        row="q28-bulk-service",
        name="M/M^[1,5]/1",
        sections=alone(f"service_time: {EXPONENTIAL}, batch_size: 5") + arrivals(3),
        per_s=3.0,
        measure=batches,
        expected={
            "root_r": BATCHES.ratio,
            "P_idle": BATCHES.idle_probability,
            "Lq": BATCHES.mean_queued,
            "Wq": BATCHES.mean_wait_s,
            "W": BATCHES.mean_latency_s,
            "mean_batch": BATCHES.mean_batch,
        },
        quick=25_000,
        full=150_000,
        width=0.03,
    ),
    Case(
        row="q28-bulk-service",
        name="M/M^[1,5]/1 that is offered more than it can do",
        sections=alone(f"service_time: {EXPONENTIAL}, batch_size: 5, queue_limit: 50")
        + arrivals(20),
        per_s=20.0,
        measure=lambda run: {"max_throughput": run.component_measures("server")["served_per_s"]},
        expected={"max_throughput": 5.0},
        quick=10_000,
        full=60_000,
        width=0.03,
    ),
]


# Breakdowns

BREAKDOWNS = """
        faults:
          - {kind: breakdowns, of: server, mtbf: 20s, mttr: 2s, work: resumes}
        """


def broken(name, rate, server, measure, expected, **lengths):
    return Case(
        row="q29-breakdowns",
        name=name,
        sections=alone(f"service_time: {EXPONENTIAL}{server}") + arrivals(rate) + BREAKDOWNS,
        per_s=rate,
        measure=measure,
        expected=expected,
        width=0.05,
        **lengths,
    )


def breaking_down(run):
    inside = in_system(run.component_measures("server"))
    return {
        "availability": run.component_measures("server")["availability"],
        "L": inside,
        "L_closed_form": inside,
        "W": run.request_measures()["latency_mean_s"],
    }


INSIDE = theory.mm1_breakdowns_mean_in_system(0.5, 1.0, mtbf_s=20.0, mttr_s=2.0)
UP = theory.availability(20.0, 2.0)

BROKEN = [
    broken(
        "M/M/1 with breakdowns",
        0.5,
        "",
        breaking_down,
        {"availability": UP, "L": INSIDE, "L_closed_form": INSIDE, "W": INSIDE / 0.5},
        quick=14_000,
        full=100_000,
    ),
    broken(
        "M/M/1 with breakdowns that is offered more than it can do",
        3.0,
        ", queue_limit: 200",
        lambda run: {"stability_lam_max": run.component_measures("server")["served_per_s"]},
        {"stability_lam_max": UP},
        quick=10_000,
        full=30_000,
    ),
    Case(
        row="q29-breakdowns",
        name="M/M/1 without breakdowns",
        sections=alone(f"service_time: {EXPONENTIAL}") + arrivals(0.5),
        per_s=0.5,
        measure=lambda run: {"W_no_failures": run.request_measures()["latency_mean_s"]},
        expected={"W_no_failures": theory.mmc_mean_latency(0.5, 1.0)},
        quick=None,  # many like it are in `make test`
        full=20_000,
        width=0.05,
    ),
]

CASES = [IMPATIENT, IMPATIENT_FEW, *DEPARTURES, *UNLIMITED, *BULK, *BROKEN]
