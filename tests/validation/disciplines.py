"""Rows about who is served next: the newest, the most urgent, the shortest."""

from functools import partial

import numpy as np

from simulator.distributions.parametric import Exponential
from simulator.stats import theory
from tests.validation.harness import Case, answered_ok, needs, only, window

ROWS = {"q11-lcfs", "q12-srpt", "q13-priority", "q14-mmc-priority"}

EXPONENTIAL = "{kind: exponential, mean: 1s}"


def one_server(row, name, discipline, arrival_rate, measure, expected, **lengths):
    return Case(
        row=row,
        name=name,
        sections=f"""
            system:
              entry: server
              components:
                server: {{kind: server, discipline: {discipline}, service_time: {EXPONENTIAL}}}
            workload:
              arrivals: {{kind: poisson, rate: {arrival_rate}/s}}
            """,
        per_s=arrival_rate,
        measure=measure,
        expected=expected,
        **lengths,
    )


# The newest first

NEWEST_RATE = 0.7
NEWEST_MEAN_S = theory.mg1_mean_wait(NEWEST_RATE, 1.0, cv=1.0)
MOMENTS_S = (1.0, 2.0, 6.0)  # of an exponential time of mean 1 s


def means(run):
    server, requests = run.component_measures("server"), run.request_measures()
    return {"Wq": server["wait_mean_s"], "W": requests["latency_mean_s"]}


def spread(name, run):
    wait_s = window(run, "server", "wait_s")
    return {f"E_Wq2_{name}": (wait_s**2).mean(), f"var_Wq_{name}": wait_s.var()}


def second_moments(name, lifo):
    second = theory.mg1_wait_second_moment(NEWEST_RATE, MOMENTS_S, lifo)
    return {f"E_Wq2_{name}": second, f"var_Wq_{name}": second - NEWEST_MEAN_S**2}


def interrupting(name, service_time, **lengths):
    return Case(
        row="q11-lcfs",
        name=name,
        sections=f"""
            system:
              entry: server
              components:
                server:
                  kind: server
                  discipline: {{kind: lifo, preemptive: true}}
                  service_time: {service_time}
            workload:
              arrivals: {{kind: poisson, rate: {NEWEST_RATE}/s}}
            """,
        per_s=NEWEST_RATE,
        measure=lambda run: {"W_LCFS_PR_any_service": run.request_measures()["latency_mean_s"]},
        expected={"W_LCFS_PR_any_service": theory.mg1_ps_mean_latency(NEWEST_RATE, 1.0)},
        width=0.05,
        **lengths,
    )


NEWEST = [
    one_server(
        "q11-lcfs",
        "M/M/1, last come first served",
        "lifo",
        NEWEST_RATE,
        means,
        {"Wq": NEWEST_MEAN_S, "W": NEWEST_MEAN_S + 1},
        quick=32_000,
        full=50_000,
        width=0.05,
    ),
    one_server(
        "q11-lcfs",
        "M/M/1, first come first served, spread of the wait",
        "fifo",
        NEWEST_RATE,
        partial(spread, "FCFS"),
        second_moments("FCFS", lifo=False),
        quick=None,
        full=200_000,
        width=0.05,
    ),
    one_server(
        "q11-lcfs",
        "M/M/1, last come first served, spread of the wait",
        "lifo",
        NEWEST_RATE,
        partial(spread, "LCFS"),
        second_moments("LCFS", lifo=True),
        quick=None,
        full=400_000,
        width=0.05,
    ),
    interrupting("M/M/1, the newest interrupts", EXPONENTIAL, quick=25_000, full=40_000),
    interrupting(
        "M/G/1 of scv 9, the newest interrupts",
        "{kind: empirical, values: [100ms, 11s], weights: [100, 9]}",
        quick=None,
        full=80_000,
    ),
]


# The shortest first

SHORTEST = [
    one_server(
        "q12-srpt",
        f"M/M/1, {discipline}",
        discipline,
        0.8,
        lambda run, key=key: {key: run.request_measures()["latency_mean_s"]},
        {key: expected},
        width=0.03,
        **lengths,
    )
    for discipline, key, expected, lengths in (
        (
            "srpt",
            "W_SRPT",
            theory.mm1_srpt_mean_latency(0.8, 1.0),
            {"quick": 16_000, "full": 60_000},
        ),
        (
            "shortest_job_first",
            "W_SJF_nonpreemptive",
            theory.mm1_shortest_first_mean_latency(0.8, 1.0),
            {"quick": 16_000, "full": 60_000},
        ),
        (
            "fifo",
            "W_FCFS",
            theory.mmc_mean_latency(0.8, 1.0),
            {"quick": None, "full": 400_000},
        ),
    )
]


# The most urgent first

URGENT_RATES = (0.2, 0.3, 0.3)


def urgent_case(row, name, rates, server, measure, expected, **lengths):
    """Three classes, the first the most urgent."""
    return Case(
        row=row,
        name=name,
        sections=f"""
            system:
              entry: server
              components:
                server: {{kind: server, {server}, service_time: {EXPONENTIAL}}}
            workload:
              arrivals: {{kind: poisson, rate: {sum(rates):.10g}/s}}
              classes:
                class1: {{share: {rates[0]}, priority: 3}}
                class2: {{share: {rates[1]}, priority: 2}}
                class3: {{share: {rates[2]}, priority: 1}}
            """,
        per_s=sum(rates),
        measure=measure,
        expected=expected,
        width=0.03,
        **lengths,
    )


def waits_by_class(run):
    """Wait in queue of each class: latency less what the request needed."""
    ok = answered_ok(run)
    need_s = needs(run, "server.service", Exponential(mean=1.0))[ok]
    wait_s = run.requests.latency_s[ok] - need_s
    return [wait_s[run.requests.request_class[ok] == place].mean() for place in range(3)]


def patient_urgency(run):
    server = run.component_measures("server")
    wait_s = waits_by_class(run)
    latency_s = [run.request_measures(None, each)["latency_mean_s"] for each in run.classes]
    return {
        **{f"np_Wq_class{i + 1}": each for i, each in enumerate(wait_s)},
        **{f"np_W_class{i + 1}": each for i, each in enumerate(latency_s)},
        "conservation_sum_rho_Wq": float(np.dot(URGENT_RATES, wait_s)),
        "rho": server["utilization"],
    }


def interrupting_urgency(run):
    return {
        f"pr_W_{name}": run.request_measures(None, name)["latency_mean_s"] for name in run.classes
    }


ONES = (1.0, 1.0, 1.0)
URGENT_WAITS_S = theory.mg1_priority_mean_waits(URGENT_RATES, ONES, ONES)
URGENT_LATENCIES_S = theory.mg1_preemptive_mean_latencies(URGENT_RATES, ONES, ONES)
RATES_OF_FOUR = (1.0, 1.0, 1.4)


def several_workers(run):
    wait_s = waits_by_class(run)
    return {
        **{f"Wq_class{i + 1}": each for i, each in enumerate(wait_s)},
        "P_wait": (window(run, "server", "wait_s") > 0).mean(),
    }


PATIENT = {
    **{f"np_Wq_class{i + 1}": each for i, each in enumerate(URGENT_WAITS_S)},
    **{f"np_W_class{i + 1}": each + 1 for i, each in enumerate(URGENT_WAITS_S)},
    "conservation_sum_rho_Wq": sum(
        rate * each for rate, each in zip(URGENT_RATES, URGENT_WAITS_S, strict=True)
    ),
    "rho": sum(URGENT_RATES),
}
INTERRUPTING = {f"pr_W_class{i + 1}": each for i, each in enumerate(URGENT_LATENCIES_S)}
SLOW_KEYS = {"np_Wq_class3", "np_W_class3", "conservation_sum_rho_Wq", "pr_W_class3"}


def classes_apart(name, discipline, measure, expected):
    """The last class takes many more requests than the others to tell its mean."""
    for who, keys, lengths in (
        ("the first two", expected.keys() - SLOW_KEYS, {"quick": 24_000, "full": 110_000}),
        ("the last", expected.keys() & SLOW_KEYS, {"quick": None, "full": 250_000}),
    ):
        yield urgent_case(
            "q13-priority",
            f"M/M/1, three classes{name}: {who}",
            URGENT_RATES,
            f"discipline: {discipline}",
            only(keys, measure),
            {key: each for key, each in expected.items() if key in keys},
            **lengths,
        )


URGENT = [
    *classes_apart("", "priority", patient_urgency, PATIENT),
    *classes_apart(
        " that interrupt",
        "{kind: priority, preemptive: true}",
        interrupting_urgency,
        INTERRUPTING,
    ),
    urgent_case(
        "q14-mmc-priority",
        "M/M/4, three classes",
        RATES_OF_FOUR,
        "discipline: priority, workers: 4",
        several_workers,
        {
            **{
                f"Wq_class{i + 1}": each
                for i, each in enumerate(theory.mmc_priority_mean_waits(RATES_OF_FOUR, 1.0, 4))
            },
            "P_wait": theory.mmc_wait_probability(sum(RATES_OF_FOUR), 1.0, 4),
        },
        quick=None,
        full=700_000,
    ),
]

CASES = [*NEWEST, *SHORTEST, *URGENT]
