"""Rows about the noise and the beginning of a run of M/M/1.

Where a row asks for thousands of short runs, a few long ones are cut into pieces. That is the same:
batches of 5,000 waits are nearly independent; and whenever the last request leaves, the system is
empty and the next arrival as far away as ever, which is how a run begins.
"""

import numpy as np

from simulator.stats import theory
from tests.validation.harness import Case, in_system, window

ROWS = {"q02-mm1-asymvar", "q31-transient"}

ARRIVAL_RATE, SERVICE_RATE = 0.8, 1.0


def mm1(arrival_rate):
    return f"""
        system:
          entry: server
          components:
            server: {{kind: server, service_time: {{kind: exponential, mean: 1s}}}}
        workload:
          arrivals: {{kind: poisson, rate: {arrival_rate}/s}}
        """


def errors(run, size, true_s):
    """How far the mean waits of successive batches of requests are off."""
    waits = window(run, "server", "wait_s")
    return waits[: len(waits) // size * size].reshape(-1, size).mean(axis=1) - true_s


WAIT_S = theory.mmc_mean_wait(ARRIVAL_RATE, SERVICE_RATE, 1)
VARIANCE = theory.mm1_wait_asymptotic_variance(ARRIVAL_RATE, SERVICE_RATE)
ERROR = theory.standard_error(VARIANCE, 100_000)


def noise(run):
    error = np.sqrt(np.mean(errors(run, 100_000, WAIT_S) ** 2))
    variance = 5000 * np.mean(errors(run, 5000, WAIT_S) ** 2)
    return {
        "asym_var_mean_wait": variance,
        "n_for_1pct_SE": theory.requests_needed(variance, WAIT_S, 0.01),
        "sd_of_mean_wait_n": error,
        "rel_sd": error / WAIT_S,
    }


NOISE = Case(
    row="q02-mm1-asymvar",
    name="M/M/1, batches of 5,000 and of 100,000 waits",
    sections=mm1(ARRIVAL_RATE),
    per_s=ARRIVAL_RATE,
    measure=noise,
    expected={
        "asym_var_mean_wait": VARIANCE,
        "n_for_1pct_SE": theory.requests_needed(VARIANCE, WAIT_S, 0.01),
        "sd_of_mean_wait_n": ERROR,
        "rel_sd": ERROR / WAIT_S,
    },
    quick=None,
    full=1_300_000,
    width=0.25,
)

HALF_LOAD_WAIT_S = theory.mmc_mean_wait(0.5, SERVICE_RATE, 1)

NOISE_AT_HALF_LOAD = Case(
    row="q02-mm1-asymvar",
    name="M/M/1 at half load, batches of 1,000 waits",
    sections=mm1(0.5),
    per_s=0.5,
    measure=lambda run: {"variance": 1000 * np.mean(errors(run, 1000, HALF_LOAD_WAIT_S) ** 2)},
    expected={"variance": theory.mm1_wait_asymptotic_variance(0.5, SERVICE_RATE)},
    quick=50_000,
    full=None,
    width=0.25,
)

# -- from empty --------------------------------------------------------------------------------


def beginnings(arrived_s, left_s, apart_s, end_s):
    """Instants at which the system becomes empty, far enough from one another and the end."""
    emptied_s = np.append(0.0, left_s[:-1][arrived_s[1:] > left_s[:-1]])
    chosen, free_s = [], 0.0
    for instant_s in emptied_s.tolist():
        if free_s <= instant_s <= end_s - apart_s:
            chosen.append(instant_s)
            free_s = instant_s + apart_s
    return np.array(chosen)


def from_empty(run, instants_s):
    rows = run.requests
    arrived_s, left_s = rows.arrived_s, rows.arrived_s + rows.latency_s  # NaN: not yet, at the end
    began_s = beginnings(arrived_s, left_s, max(instants_s), run.duration_s)
    found = {}
    for t in instants_s:
        came, left = (
            np.searchsorted(each, began_s + t, side="right") for each in (arrived_s, left_s)
        )
        found |= {f"EN_t{t}": (came - left).mean(), f"P_empty_t{t}": (came == left).mean()}
    return found


def expected_from_empty(instants_s):
    known = {}
    for t in instants_s:
        share = theory.mm1_number_at(t, ARRIVAL_RATE, SERVICE_RATE)
        known |= {f"EN_t{t}": share @ np.arange(share.size), f"P_empty_t{t}": share[0]}
    return known


def with_steady_state(run):
    steady = {"steady_L": in_system(run.component_measures("server"))}
    return from_empty(run, (5, 20, 50, 200)) | steady


STEADY = {"steady_L": ARRIVAL_RATE * theory.mmc_mean_latency(ARRIVAL_RATE, SERVICE_RATE, 1)}

FROM_EMPTY = Case(
    row="q31-transient",
    name="M/M/1 from empty",
    sections=mm1(ARRIVAL_RATE),
    per_s=ARRIVAL_RATE,
    measure=with_steady_state,
    expected=expected_from_empty((5, 20, 50, 200)) | STEADY,
    quick=None,
    full=1_000_000,
    width=0.03,
)

FIRST_20_S = Case(
    row="q31-transient",
    name="M/M/1 from empty, the first 20 s",
    sections=mm1(ARRIVAL_RATE),
    per_s=ARRIVAL_RATE,
    measure=lambda run: from_empty(run, (5, 20)),
    expected=expected_from_empty((5, 20)),
    quick=48_000,
    full=None,
    width=0.03,
)

CASES = [NOISE, NOISE_AT_HALF_LOAD, FROM_EMPTY, FIRST_20_S]
