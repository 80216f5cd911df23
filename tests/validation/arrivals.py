"""Rows about requests that do not come like Poisson arrivals, or not whatever happens."""

import math

import numpy as np

from simulator.stats import theory
from tests.validation.harness import Case, in_system, only
from tests.validation.queues import one_queue

ROWS = {
    "q19-repairman",
    "q21-sinusoid",
    "q23-h2m1",
    "q24-mmpp",
    "q27-batch-arrivals",
    "s08-closed-vs-open",
}


def one_server(arrivals, mean="1s"):
    return f"""
        system:
          entry: server
          components:
            server: {{kind: server, service_time: {{kind: exponential, mean: {mean}}}}}
        workload:
          arrivals: {arrivals}
        """


# Bursts that come by chance: gaps that vary more than exponential ones

PHASES = theory.balanced_phases(0.7, scv=4.0)
GAPS = theory.hyperexponential_gaps(0.7, scv=4.0)
MUST_WAIT = theory.gm1_wait_probability(GAPS, 1.0)


def bursty_gaps(run):
    """The queue, and what the gaps themselves were like."""
    found = only({"P_wait", "Wq", "W", "sojourn_p99"}, one_queue)(run)
    gaps = np.diff(run.requests.arrived_s)
    phases = theory.balanced_phases(1 / gaps.mean(), gaps.var() / gaps.mean() ** 2)
    return found | {"sigma": found["P_wait"]} | dict(zip(("p", "l1", "l2"), phases, strict=True))


H2M1 = Case(
    row="q23-h2m1",
    name="H2/M/1",
    sections=one_server(
        "{kind: renewal, gap: {kind: hyperexponential, mean: 1.4285714285714286s, cv: 2}}"
    ),
    per_s=0.7,
    measure=bursty_gaps,
    expected={
        "sigma": MUST_WAIT,
        "P_wait": MUST_WAIT,
        "Wq": theory.gm1_mean_wait(GAPS, 1.0),
        "W": theory.gm1_mean_wait(GAPS, 1.0) + 1,
        "sojourn_p99": theory.gm1_latency_quantile(0.99, GAPS, 1.0),
        "p": PHASES[0],
        "l1": PHASES[1],
        "l2": PHASES[2],
    },
    quick=150_000,
    full=600_000,
    width=0.03,
)

# Bursts that last: a state that decides the rate

RATES, SWITCHING = [0.4, 1.2], [[0, 0.05], [0.1, 0]]
BURSTY = theory.mmpp_m1(RATES, SWITCHING, service_rate=1.0)


def bursty_states(run):
    requests, server = run.request_measures(), run.component_measures("server")
    return {
        "lam": requests["arrived_per_s"],
        "rho": server["utilization"],
        "L": in_system(server),
        "W": requests["latency_mean_s"],
        "P_empty": 1 - server["utilization"],
    }


MMPP = Case(
    row="q24-mmpp",
    name="MMPP/M/1",
    sections=one_server(
        "{kind: mmpp, states: {calm: {rate: 0.4/s, to: {busy: 0.05/s}}, "
        "busy: {rate: 1.2/s, stays: 10s}}}"
    ),
    per_s=BURSTY.arrival_rate,
    measure=bursty_states,
    expected={
        "lam": BURSTY.arrival_rate,
        "rho": BURSTY.utilization,
        "L": BURSTY.mean_in_system,
        "W": BURSTY.mean_latency_s,
        "P_empty": 1 - BURSTY.utilization,
    },
    quick=80_000,
    full=300_000,
    width=0.04,
)

AS_OFTEN = Case(
    row="q24-mmpp",
    name="M/M/1 of the same rate",
    sections=one_server(f"{{kind: poisson, rate: {BURSTY.arrival_rate}/s}}"),
    per_s=BURSTY.arrival_rate,
    measure=lambda run: {"W_poisson_same_rate": run.request_measures()["latency_mean_s"]},
    expected={"W_poisson_same_rate": theory.mmc_mean_latency(BURSTY.arrival_rate, 1.0, 1)},
    quick=None,
    full=200_000,
    width=0.04,
)

# Batches

LATENCY_S = theory.batch_mean_latency(0.2, mean_size=4, mean_square_size=16, service_rate=1.0)

BATCHES = Case(
    row="q27-batch-arrivals",
    name="batches of four",
    sections=one_server("{kind: batch, rate: 0.2/s, size: 4}"),
    per_s=0.8,
    measure=only({"rho", "L", "W"}, one_queue),
    expected={"rho": 0.8, "L": 0.8 * LATENCY_S, "W": LATENCY_S},
    quick=150_000,
    full=600_000,
    width=0.03,
)

SINGLE = Case(
    row="q27-batch-arrivals",
    name="as many, one by one",
    sections=one_server("{kind: poisson, rate: 0.8/s}"),
    per_s=0.8,
    measure=lambda run: {"W_if_single_arrivals": run.request_measures()["latency_mean_s"]},
    expected={"W_if_single_arrivals": theory.mmc_mean_latency(0.8, 1.0, 1)},
    quick=None,
    full=600_000,
    width=0.03,
)

# A rate that swings: the load follows later, and less far

PERIOD_S, PEAK_S = 24.0, 6.0
SWING = theory.busy_servers_under_a_sine(100.0, 0.5, PERIOD_S, mean_service_s=1.0)


def swings(run):
    """The sine that fits best to the number in service, over whole periods of the window."""
    rows = run.requests
    begin_s = math.ceil(run.warmup_s / PERIOD_S) * PERIOD_S
    end_s = run.duration_s // PERIOD_S * PERIOD_S
    came_s = np.clip(rows.arrived_s, begin_s, end_s)
    left_s = np.clip(rows.arrived_s + np.nan_to_num(rows.latency_s, nan=np.inf), begin_s, end_s)
    wave = 2j * math.pi / PERIOD_S
    # The integral of exp(-wave t) over the time that each request was there, and over arrivals.
    present = (np.exp(-wave * came_s) - np.exp(-wave * left_s)).sum() / wave
    arriving = np.exp(-wave * came_s[(came_s > begin_s) & (came_s < end_s)]).sum()
    length_s = end_s - begin_s
    mean, amplitude = (left_s - came_s).sum() / length_s, 2 * abs(present) / length_s
    peak_s = -np.angle(present) / (2 * math.pi) * PERIOD_S
    rate, rate_swing = len(rows) / run.duration_s, 2 * abs(arriving) / length_s
    return {
        "mean_L": mean,
        "amplitude": amplitude,
        "peak": mean + amplitude,
        "trough": mean - amplitude,
        "peak_lag_after_arrival_peak": (peak_s - PEAK_S) % PERIOD_S,
        "psa_peak_naive": (rate + rate_swing) * window_mean(run),
    }


def window_mean(run):
    """Mean service time, which is the latency where nobody waits."""
    return run.request_measures()["latency_mean_s"]


SINE = Case(
    row="q21-sinusoid",
    name="M_t/M/∞",
    sections=f"""
        system:
          entry: server
          components:
            server:
              kind: server
              workers: unlimited
              service_time: {{kind: exponential, mean: 1s}}
        workload:
          arrivals:
            kind: diurnal
            rate: 100/s
            amplitude: 50%
            period: {PERIOD_S}s
            peak: {PEAK_S}s
        """,
    per_s=100.0,
    measure=swings,
    expected={
        "mean_L": SWING.mean,
        "amplitude": SWING.amplitude,
        "peak": SWING.peak,
        "trough": SWING.trough,
        "peak_lag_after_arrival_peak": SWING.lag_s,
        "psa_peak_naive": 150.0,  # the largest rate times the mean service time
    },
    quick=80_000,
    full=1_000_000,
    width=0.02,
)

# Users who wait for their answers

USERS = 20
REPAIR = theory.machine_repair(USERS, mean_think_s=10.0, service_rate=1.0)
THINKING = f"{{kind: closed_loop, users: {USERS}, think_time: {{kind: exponential, mean: 10s}}}}"


def closed_queue(run):
    requests, server = run.request_measures(), run.component_measures("server")
    return {
        "X": requests["throughput_per_s"],
        "R": requests["latency_mean_s"],
        "util": server["utilization"],
        "L": in_system(server),
        "P0": 1 - server["utilization"],
    }


def closed_case(keys, quick, full):
    expected = {
        "X": REPAIR.throughput_per_s,
        "R": REPAIR.mean_latency_s,
        "util": REPAIR.utilization,
        "L": REPAIR.mean_in_system,
        "P0": REPAIR.idle_probability,
    }
    return Case(
        row="q19-repairman",
        name=f"20 users of one server, {' '.join(keys)}",
        sections=one_server(THINKING),
        per_s=REPAIR.throughput_per_s,
        measure=only(keys, closed_queue),
        expected={key: expected[key] for key in keys},
        quick=quick,
        full=full,
        width=0.01,
    )


REPAIRS = [
    closed_case(("X", "R", "util", "L"), quick=15_000, full=150_000),
    closed_case(("P0",), quick=None, full=8_000_000),  # it hardly ever has nothing to do
]

NO_THINKING = Case(
    row="s08-closed-vs-open",
    name="10 users who do not think",
    sections=one_server("{kind: closed_loop, users: 10, think_time: 0s}", mean="10ms"),
    per_s=100.0,
    measure=lambda run: {
        "closed_X": run.request_measures()["throughput_per_s"],
        "closed_R": run.request_measures()["latency_mean_s"],
        "closed_R_p99_exp_service": run.request_measures()["latency_p99_s"],
    },
    expected={
        "closed_X": 100.0,
        "closed_R": 10 / 100.0,
        "closed_R_p99_exp_service": theory.no_think_latency_quantile(0.99, 10, 100.0),
    },
    quick=20_000,
    full=100_000,
    width=0.02,
)


def open_case(key, rate, quick, full):
    return Case(
        row="s08-closed-vs-open",
        name=f"open arrivals at {rate:g}/s",
        sections=one_server(f"{{kind: poisson, rate: {rate}/s}}", mean="10ms"),
        per_s=rate,
        measure=lambda run: {key: run.request_measures()["latency_mean_s"]},
        expected={key: theory.mmc_mean_latency(rate, 100.0, 1)},
        quick=quick,
        full=full,
        width=0.02,
    )


OPEN = [open_case("open_W_at_90pct", 90.0, quick=None, full=900_000)]

CASES = [H2M1, MMPP, AS_OFTEN, BATCHES, SINGLE, SINE, *REPAIRS, NO_THINKING, *OPEN]
