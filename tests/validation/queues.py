"""Rows about one station whose queue has no limit."""

from simulator.stats import theory
from tests.validation.harness import Case, in_system, only, window

ROWS = {"q01-mm1", "q03-mmc", "q06-md1", "q32-halfin-whitt"}


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


def many_servers(row, servers, arrival_rate, quick, full, width, full_only=()):
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
        full_only=full_only,
        width=width,
    )


RARE = ["sojourn_p99.9"]  # that of M/M/5 is in `make test`
MM1 = many_servers("q01-mm1", 1, 0.8, 150_000, 4_200_000, width=0.02, full_only=RARE)
MM5 = many_servers("q03-mmc", 5, 4.0, 150_000, 450_000, width=0.03)

# -- a safety margin of one root of the load ---------------------------------------------------


def staffed(load, key, quick, full):
    """As many servers as the load in erlangs takes with that margin."""
    servers = theory.square_root_staffing(load, margin=1.0)
    return Case(
        row="q32-halfin-whitt",
        name=f"M/M/{servers} for {load} erlangs",
        sections=f"""
            system:
              entry: server
              components:
                server:
                  kind: server
                  workers: {servers}
                  service_time: {{kind: exponential, mean: 1s}}
            workload:
              arrivals: {{kind: poisson, rate: {load}/s}}
            """,
        per_s=load,
        measure=lambda run: {key: (window(run, "server", "wait_s") > 0).mean()},
        expected={key: theory.mmc_wait_probability(load, 1.0, servers)},
        quick=quick,
        full=full,
        width=0.03,
    )


STAFFED = [
    staffed(25, "P_wait", quick=110_000, full=None),
    staffed(100, "P_wait_exact", quick=None, full=1_200_000),
]

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
    full=550_000,
)

CASES = [MM1, MM5, *STAFFED, MD1]
