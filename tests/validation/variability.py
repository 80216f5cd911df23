"""Rows about one server whose service times vary more than exponential ones (M/G/1)."""

import numpy as np

from simulator.distributions.base import distributions
from simulator.stats import theory
from tests.validation.harness import Case, answered_ok, in_system, needs, only, window

ROWS = {"q07-mg1-lognormal", "q08-mg1-pareto", "q09-mg1-bpareto"}


def one_server(law, arrival_rate):
    """What is measured of a server with one kind of service time, given as in a file.

    A few huge requests decide how much waits vary in a run. Theory says by how much those of this
    run ought to: what remains is what the run adds of its own, and that is compared.
    """
    service = distributions.validate(law)
    true_sd_s = theory.mg1_wait_sd(arrival_rate, [service.moment(k) for k in (1, 2, 3)])

    def measure(run):
        requests, server = run.request_measures(), run.component_measures("server")
        wait_s = window(run, "server", "wait_s")
        need_s = needs(run, "server.service", service)
        served_s = need_s[answered_ok(run)]
        own_sd_s = theory.mg1_wait_sd(arrival_rate, [np.mean(served_s**k) for k in (1, 2, 3)])
        return {
            "lam": len(run.requests) / run.duration_s,
            "ln_mu": np.log(need_s).mean(),
            "ln_sigma": np.log(need_s).std(),
            "x_m": need_s.min(),
            "ES": need_s.mean(),
            "ES2": np.square(need_s).mean(),
            "scv": need_s.var() / need_s.mean() ** 2,
            "Wq": server["wait_mean_s"],
            "W": requests["latency_mean_s"],
            "L": in_system(server),
            "sd_Wq": wait_s.std() - own_sd_s + true_sd_s,
            "P_wait": (wait_s > 0).mean(),
        }

    return measure


def expected(law, arrival_rate):
    """The same from closed forms, as far as they need no more than moments."""
    service = distributions.validate(law)
    mean_s, cv = service.average(), service.variability()
    wait_s = theory.mg1_mean_wait(arrival_rate, mean_s, cv)
    return {
        "lam": arrival_rate,
        "ES": mean_s,
        "ES2": service.moment(2),
        "scv": cv**2,
        "Wq": wait_s,
        "W": wait_s + mean_s,
        "L": arrival_rate * (wait_s + mean_s),
        "sd_Wq": theory.mg1_wait_sd(arrival_rate, [service.moment(k) for k in (1, 2, 3)]),
        "P_wait": arrival_rate * mean_s,
    }


def one_server_case(row, name, law, arrival_rate, keys, special=None, **rest):
    known = expected(law, arrival_rate) | (special or {})
    text = ", ".join(f"{key}: {value}" for key, value in law.items())
    return Case(
        row=row,
        name=name,
        sections=f"""
            system:
              entry: server
              components:
                server: {{kind: server, service_time: {{{text}}}}}
            workload:
              arrivals: {{kind: poisson, rate: {arrival_rate!r}/s}}
            """,
        per_s=arrival_rate,
        measure=only(keys, one_server(law, arrival_rate)),
        expected={key: known[key] for key in sorted(keys)},
        **rest,
    )


MEANS = {"Wq", "W", "L"}

LOGNORMAL = {"kind": "lognormal", "mean": "1s", "cv": 2}
IN_LOG_SPACE = {"ln_mu": -np.log(5) / 2, "ln_sigma": np.sqrt(np.log(5))}  # 5 = 1 + cv²

PARETO = {"kind": "pareto", "mean": "1s", "cv": 1 / np.sqrt(3.5 * 1.5)}  # cv² = 1 / (α (α - 2))

BOUNDED = {"kind": "bounded_pareto", "index": 1.5, "least": "0.1s", "most": "100s"}
BOUNDED_RATE = 0.7 / distributions.validate(BOUNDED).average()

CASES = [
    one_server_case(
        "q07-mg1-lognormal",
        "M/G/1, lognormal of scv 4",
        LOGNORMAL,
        0.7,
        MEANS | {"lam", "P_wait"} | IN_LOG_SPACE.keys(),
        IN_LOG_SPACE,
        quick=200_000,
        full=None,
        width=0.05,
    ),
    one_server_case(
        "q07-mg1-lognormal",
        "M/G/1, lognormal of scv 4, with the spread of the wait",
        LOGNORMAL,
        0.7,
        MEANS | {"lam", "P_wait", "sd_Wq"} | IN_LOG_SPACE.keys(),
        IN_LOG_SPACE,
        quick=None,
        full=2_000_000,
        width=0.05,
    ),
    # The mean wait has no standard error: that would take a fourth moment of the service time.
    one_server_case(
        "q08-mg1-pareto",
        "M/G/1, Pareto of index 3.5",
        PARETO,
        0.5,
        MEANS | {"x_m", "ES2", "lam"},
        {"x_m": 2.5 / 3.5},
        quick=60_000,
        full=3_000_000,
        width=0.08,
        fixed=True,
    ),
    one_server_case(
        "q09-mg1-bpareto",
        "M/G/1, bounded Pareto",
        BOUNDED,
        BOUNDED_RATE,
        {"ES", "ES2", "scv", "lam", "Wq", "W", "sd_Wq"},
        quick=None,
        full=4_000_000,
        width=0.08,
    ),
]
