"""Rows about a server that all requests share, whatever the shape of their service times."""

import numpy as np

from simulator.distributions.parametric import Constant, Lognormal
from simulator.stats import theory
from tests.validation.harness import Case, answered_ok, in_system, needs, only

ROWS = {"q10-mg1-ps"}


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


def shared_case(name, service_time, law, keys, **lengths):
    latency_s = theory.mg1_ps_mean_latency(0.8, 1.0)
    expected = {
        "W": latency_s,
        "L": 0.8 * latency_s,
        "slowdown": latency_s,
        "W_given_size_x_over_x (smallest tenth)": latency_s,
        "W_given_size_x_over_x (largest tenth)": latency_s,
    }
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
        measure=only(keys, shared(law)),
        expected={key: expected[key] for key in expected if key in keys},
        width=0.03,
        **lengths,
    )


SHARED = [
    shared_case(
        "M/G/1 shared, lognormal of scv 9",
        "{kind: lognormal, mean: 1s, cv: 3}",
        Lognormal(mean=1.0, cv=3.0),
        keys={
            "W",
            "L",
            "slowdown",
            "W_given_size_x_over_x (smallest tenth)",
            "W_given_size_x_over_x (largest tenth)",
        },
        quick=140_000,
        full=480_000,
    ),
    shared_case(
        "M/D/1 shared",
        "1s",
        Constant(value=1.0),
        keys={"W", "L", "slowdown"},
        quick=22_000,
        full=80_000,
    ),
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
    quick=125_000,
    full=300_000,
    width=0.03,
)

CASES = [*SHARED, NOT_SHARED]
