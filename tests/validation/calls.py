"""Rows about requests that become several calls, and about networks of stations."""

import numpy as np

from simulator.stats import theory
from tests.validation.harness import Case, answered_ok, in_system

ROWS = {
    "d05-quorum-latency",
    "q16-jackson",
    "q18-mva",
    "q26-supermarket",
    "t01-fanout",
    "t02-max-exp",
    "t03-forkjoin",
}

ENOUGH = 1_000_000  # workers: nobody waits


# Networks of stations


def network(outside, routing, service_rates, servers):
    """A Jackson network as system and workload."""
    rate = sum(outside)
    stations = range(len(outside))
    entry = ", ".join(f"s{i + 1}: {outside[i] / rate:.10g}" for i in stations if outside[i])
    lines = [f"entry: {{kind: router, routes: {{{entry}}}}}"]
    for i in stations:
        routes = ", ".join(f"s{j + 1}: {routing[i][j]}" for j in stations if routing[i][j])
        law = f"{{kind: exponential, mean: {1 / service_rates[i]:.10g}s}}"
        station = f"kind: server, workers: {servers[i]}, next: r{i + 1}, service_time: {law}"
        lines.append(f"s{i + 1}: {{{station}}}")
        lines.append(f"r{i + 1}: {{kind: router, routes: {{{routes}}}}}")
    components = "\n                ".join(lines)
    return f"""
            system:
              entry: entry
              components:
                {components}
            workload:
              arrivals: {{kind: poisson, rate: {rate!r}/s}}
            """


OUTSIDE, ROUTING = (1.0, 0.5, 0.0), ((0, 0.6, 0.3), (0.1, 0, 0.5), (0, 0.2, 0))
RATES, SERVERS = (2.0, 3.0, 1.0), (1, 1, 2)


def stations(run):
    found = {"L_total": 0.0, "W_network": run.request_measures()["latency_mean_s"]}
    for i in (1, 2, 3):
        station = run.component_measures(f"s{i}")
        found[f"lam{i}"] = station["served_per_s"]
        found[f"util{i}"] = station["utilization"]
        found[f"L{i}"] = in_system(station)
        found[f"W{i}"] = in_system(station) / station["served_per_s"]
        found["L_total"] += in_system(station)
    return found


def jackson():
    steady = theory.jackson(OUTSIDE, ROUTING, RATES, SERVERS)
    expected = {
        "L_total": steady.mean_in_system.sum(),
        "W_network": steady.mean_network_latency_s,
    }
    for i in range(3):
        expected[f"lam{i + 1}"] = steady.rates_per_s[i]
        expected[f"util{i + 1}"] = steady.utilizations[i]
        expected[f"L{i + 1}"] = steady.mean_in_system[i]
        expected[f"W{i + 1}"] = steady.mean_latency_s[i]
    return Case(
        row="q16-jackson",
        name="three stations, with feedback",
        sections=network(OUTSIDE, ROUTING, RATES, SERVERS),
        per_s=sum(OUTSIDE),
        measure=stations,
        expected=expected,
        quick=12_000,
        full=50_000,
        width=0.03,
    )


THINK_S, DEMANDS_S = 5.0, (0.1, 0.25, 0.05)


def closed(users, measure, keys, quick, full):
    """Users who pass through three stations, one after the other."""
    steady = theory.closed_network(users, THINK_S, DEMANDS_S)
    known = {
        f"X_N{users}": steady.throughput_per_s,
        f"R_N{users}": steady.mean_latency_s,
        "X_max": 1 / max(DEMANDS_S),
        "N_star (from the latency of one user)": (THINK_S + sum(DEMANDS_S)) / max(DEMANDS_S),
        "util_bottleneck_N": steady.utilizations[1],
        **{f"Q_at_N.{i}": there for i, there in enumerate(steady.mean_in_system)},
    }
    first, second, third = (f"{{kind: exponential, mean: {each}s}}" for each in DEMANDS_S)
    return Case(
        row="q18-mva",
        name=f"{users} users",
        sections=f"""
            system:
              entry: s0
              components:
                s0: {{kind: server, service_time: {first}, next: s1}}
                s1: {{kind: server, service_time: {second}, next: s2}}
                s2: {{kind: server, service_time: {third}}}
            workload:
              arrivals:
                kind: closed_loop
                users: {users}
                think_time: {{kind: exponential, mean: {THINK_S}s}}
            """,
        per_s=steady.throughput_per_s,
        measure=measure,
        expected={key: known[key] for key in keys},
        quick=quick,
        full=full,
        width=0.01,
    )


def cycles(users, *more):
    """What is measured of so many users, the numbers at the stations if asked for."""

    def measure(run):
        requests = run.request_measures()
        found = {
            f"X_N{users}": run.component_measures("s1")["served_per_s"],
            f"R_N{users}": requests["latency_mean_s"],
        }
        if more:
            found["util_bottleneck_N"] = run.component_measures("s1")["utilization"]
            for i in range(3):
                found[f"Q_at_N.{i}"] = in_system(run.component_measures(f"s{i}"))
        return found

    return measure, [f"X_N{users}", f"R_N{users}", *more]


def knee(run):
    latency_s = run.request_measures()["latency_mean_s"]
    return {"N_star (from the latency of one user)": (THINK_S + latency_s) / max(DEMANDS_S)}


def most(run):
    return {"X_max": run.component_measures("s1")["served_per_s"]}


AT_40 = ["util_bottleneck_N", "Q_at_N.0", "Q_at_N.1", "Q_at_N.2"]
MVA = [
    closed(1, *cycles(1), quick=None, full=20_000),
    closed(1, knee, ["N_star (from the latency of one user)"], quick=None, full=2_000),
    closed(10, *cycles(10), quick=4_000, full=60_000),
    closed(20, *cycles(20), quick=None, full=200_000),
    closed(40, *cycles(40, *AT_40), quick=4_000, full=100_000),
    closed(200, most, ["X_max"], quick=None, full=20_000),
]


# Very many servers


def choices(utilization, of, replicas=500, key=None, expected=None, **rest):
    key = key or f"lam={utilization}.d={of}"
    policy = f"{{kind: fewest_of_sample, choices: {of}}}" if of > 1 else "random"
    return Case(
        row="q26-supermarket",
        name=f"{replicas} replicas, {of} choices, {utilization} busy",
        sections=f"""
            system:
              entry: balancer
              components:
                balancer: {{kind: load_balancer, pool: api, policy: {policy}}}
                api:
                  kind: server
                  replicas: {replicas}
                  service_time: {{kind: exponential, mean: 1s}}
            workload:
              arrivals: {{kind: poisson, rate: {replicas * utilization:.10g}/s}}
            """,
        per_s=replicas * utilization,
        measure=lambda run: {key: run.request_measures()["latency_mean_s"]},
        expected={key: expected or theory.supermarket_mean_latency(utilization, of)},
        width=0.02,
        warmup=0.1,  # all begin empty, and a queue by itself is slow to fill
        **{"quick": None, "full": 300_000, **rest},
    )


SUPERMARKET = [
    # More choices settle sooner; with one a queue forgets where it began in 1 / (1 - rho)^2.
    *(choices(0.5, of, full=100_000) for of in (1, 2, 3, 5)),
    *(choices(0.7, of, full=300_000) for of in (1, 2, 3, 5)),
    *(choices(0.8, of, full=600_000 if of == 1 else 300_000) for of in (1, 2, 3, 5)),
    *(choices(0.9, of, full=2_000_000 if of == 1 else 600_000) for of in (1, 2, 3, 5)),
    # So near to the limit, 500 replicas are not quite as good as infinitely many.
    *(choices(0.95, of, fixed=True) for of in (2, 3, 5)),
    choices(
        0.9,
        2,
        replicas=10,
        key="finite_N.N=10 lam=.9 d=2 (sim +-.016)",
        quick=25_000,
        full=300_000,
        expected=2.976,  # no closed form: published, from a simulation
    ),
]


# Calls made at once


def at_once(row, name, calls, law, measure, expected, wait_for=None, **rest):
    """Requests that call one group with room for all, so that nobody waits."""
    return Case(
        row=row,
        name=name,
        sections=f"""
            system:
              entry: all
              components:
                all: {{kind: parallel, calls: leaf, times: {calls}, wait_for: {wait_for or calls}}}
                leaf: {{kind: server, workers: {ENOUGH}, service_time: {law}}}
            workload:
              arrivals: {{kind: poisson, rate: 1/s}}
            """,
        per_s=1.0,
        measure=measure,
        expected=expected,
        **rest,
    )


def latency(key, **others):
    """The mean latency under one name, and percentiles under others."""
    return lambda run: {
        key: run.request_measures()["latency_mean_s"],
        **{name: run.request_measures()[measure] for name, measure in others.items()},
    }


SLOW = "{kind: mixture, parts: [10ms, 1s], weights: [99, 1]}"


def slow_ratio(run):
    return {"frac_requests_slow": (run.requests.latency_s[answered_ok(run)] > 0.5).mean()}


def leaf_quantiles(run):
    """Which part of all leaves is faster than a percentile of the requests."""
    requests = run.request_measures()
    return {
        f"leaf_quantile_needed_for_{p}": -np.expm1(-requests[f"latency_{p}_s"])
        for p in ("p99", "p50")
    }


TAIL = [
    at_once(
        "t01-fanout",
        "100 leaves, one in a hundred slow",
        100,
        SLOW,
        slow_ratio,
        {"frac_requests_slow": theory.fanout_slow_ratio(0.01, 100)},
        quick=400,
        full=8_000,
        band=0.005,
    ),
    at_once(
        "t01-fanout",
        "100 exponential leaves",
        100,
        "{kind: exponential, mean: 1s}",
        leaf_quantiles,
        {
            "leaf_quantile_needed_for_p99": theory.fanout_leaf_quantile(0.99, 100),
            "leaf_quantile_needed_for_p50": theory.fanout_leaf_quantile(0.5, 100),
        },
        quick=None,
        full=1_000,
        band=0.005,
    ),
]


def slowest(run):
    latency_s = run.requests.latency_s[answered_ok(run)]
    requests = run.request_measures()
    return {
        "mean_max": latency_s.mean(),
        "mean_of_kth.10": latency_s.mean(),
        "var_max": latency_s.var(),
        "p50": requests["latency_p50_s"],
        "p99": requests["latency_p99_s"],
    }


MEAN_S = 10.0
TEN = "{kind: exponential, mean: 10s}"

ORDER = [
    at_once(
        "t02-max-exp",
        "all of 10",
        10,
        TEN,
        slowest,
        {
            "mean_max": theory.kth_of_exponentials_mean(10, 10, MEAN_S),
            "mean_of_kth.10": theory.kth_of_exponentials_mean(10, 10, MEAN_S),
            "var_max": theory.kth_of_exponentials_variance(10, 10, MEAN_S),
            "p50": theory.kth_of_exponentials_quantile(0.5, 10, 10, MEAN_S),
            "p99": theory.kth_of_exponentials_quantile(0.99, 10, 10, MEAN_S),
        },
        quick=2_500,
        full=60_000,
        width=0.01,
    ),
    *(
        at_once(
            "t02-max-exp",
            f"{k} of 10",
            10,
            TEN,
            latency(f"mean_of_kth.{k}"),
            {f"mean_of_kth.{k}": theory.kth_of_exponentials_mean(k, 10, MEAN_S)},
            wait_for=k,
            quick=None,
            full=20_000,
            width=0.01,
        )
        for k in (1, 5, 6)
    ),
    at_once(
        "d05-quorum-latency",
        "3 of 5",
        5,
        TEN,
        latency("mean", p99="latency_p99_s"),
        {
            "mean": theory.kth_of_exponentials_mean(3, 5, MEAN_S),
            "p99": theory.kth_of_exponentials_quantile(0.99, 3, 5, MEAN_S),
        },
        wait_for=3,
        quick=2_000,
        full=40_000,
        width=0.01,
    ),
    *(
        at_once(
            "d05-quorum-latency",
            f"{k} of 5",
            5,
            TEN,
            latency(key),
            {key: theory.kth_of_exponentials_mean(k, 5, MEAN_S)},
            wait_for=k,
            quick=None,
            full=20_000,
            width=0.01,
        )
        for key, k in (("mean_wait_all", 5), ("mean_wait_one", 1))
    ),
]


def fork_join(parts, key, expected, quick=None, full=60_000, **rest):
    """Requests with a part for each of several servers."""
    return Case(
        row="t03-forkjoin",
        name=f"{parts} parts, {key}",
        sections=f"""
            system:
              entry: fork
              components:
                fork: {{kind: parallel, calls: part}}
                part:
                  kind: server
                  replicas: {parts}
                  service_time: {{kind: exponential, mean: 1s}}
            workload:
              arrivals: {{kind: poisson, rate: 0.8/s}}
            """,
        per_s=0.8,
        measure=latency(key),
        expected={key: expected},
        quick=quick,
        full=full,
        **rest,
    )


QUEUE = 0.8, 1.0

FORKS = [
    fork_join(
        2,
        "R_K2_exact",
        theory.fork_join_two_mean_latency(*QUEUE),
        quick=30_000,
        full=150_000,
        width=0.03,
    ),
    # No closed form: published, from simulations.
    fork_join(4, "R_K4_simulated", 9.158, full=150_000, width=0.03),
    fork_join(8, "R_K8_simulated", 11.36, full=100_000, width=0.03),
    *(
        fork_join(
            parts,
            f"R_K{parts}_NelsonTantawi_approx",
            theory.fork_join_mean_latency(parts, *QUEUE),
            full=20_000,
            width=0.05,
            fixed=True,  # it is an approximation
        )
        for parts in (4, 8, 16, 32)
    ),
    at_once(
        "t03-forkjoin",
        "8 parts of independent queues",
        8,
        "{kind: exponential, mean: 5s}",  # as long as a request is in an M/M/1
        latency("upper_bound_K8_indep"),
        {"upper_bound_K8_indep": theory.fork_join_upper_bound(8, *QUEUE)},
        quick=None,
        full=10_000,
        width=0.03,
    ),
]

CASES = [jackson(), *MVA, *SUPERMARKET, *TAIL, *ORDER, *FORKS]
