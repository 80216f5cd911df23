"""Rows about a name that fails over."""

import numpy as np

from simulator.kernel import Uniform
from simulator.kernel.streams import Streams
from simulator.results import OUTCOMES
from simulator.stats import theory
from tests.validation.harness import Case, needs, only

ROWS = {"n03-dns-ttl"}

TTL_S, INTERVAL_S, FAILURES = 60.0, 10.0, 3


def sections(arrivals, ttl, resolvers, interval, fault):
    """A site that refuses while it is gone, and another one that takes over."""
    return f"""
        system:
          entry: name
          components:
            name:
              kind: dns
              targets: [site, other]
              ttl: {ttl}
              resolvers: {resolvers}
              health_check:
                {{interval: {interval}, timeout: 100ms, failures: {FAILURES}, successes: 1}}
            site: {{kind: server, workers: unlimited, service_time: 1ms}}
            other: {{kind: server, workers: unlimited, service_time: 1ms}}
        workload:
          arrivals: {arrivals}
        faults:
          - {{kind: crash, of: site, {fault}}}
        """


def moves_s(run, resolvers):
    """When each resolver first sent calls elsewhere, in seconds from each failure on.

    Between the last call that failed and the first that did not, for all that one can say. Failures
    of which the end of the run hides something are left out.
    """
    rows = run.requests
    resolver = (needs(run, "name.resolver", Uniform()) * resolvers).astype(int)
    has_failed = rows.outcome == OUTCOMES.index("failed")
    found = []
    for strike in run.strikes:
        inside = slice(*np.searchsorted(rows.arrived_s, [strike.start_s, strike.end_s]))
        arrived_s, who = rows.arrived_s[inside] - strike.start_s, resolver[inside]
        last, first = np.zeros(resolvers), np.full(resolvers, np.inf)
        np.maximum.at(last, who[has_failed[inside]], arrived_s[has_failed[inside]])
        np.minimum.at(first, who[~has_failed[inside]], arrived_s[~has_failed[inside]])
        if np.isfinite(first).all():
            found.append((last + first) / 2)
    return np.array(found)


# How long it takes until the record changes, seen by somebody who looks it up for every call


def detected(run):
    detected_s = moves_s(run, resolvers=1)
    return {
        "detect_mean": detected_s.mean(),
        "detect_min": detected_s.min(),
        "detect_max": detected_s.max(),
    }


EARLIEST_S, LATEST_S = theory.check_detection_bounds(INTERVAL_S, FAILURES)
BOUNDS = {"detect_min": EARLIEST_S, "detect_max": LATEST_S}
MEAN = {"detect_mean": theory.check_detection_delay(INTERVAL_S, FAILURES)}


def detection(name, keys, fixed):
    return Case(
        row="n03-dns-ttl",
        name=name,
        sections=sections(
            "{kind: constant, rate: 4/s}", "1us", 1, "10s", "from: 20s, for: 50s, every: 100.73s"
        ),
        per_s=4.0,
        measure=only(keys, detected),
        expected=keys,
        quick=6_000,
        full=40_000,
        fixed=fixed,
    )


# How long it takes from there until users learn of it; the check is a fast one to save time


def learned(run, resolvers):
    (strike,) = run.strikes
    luck = Streams(run.seed, run.replication).uniforms("name.health_check.site")()
    probed_s = luck * 1.0 + np.arange(200)
    changed_s = probed_s[np.searchsorted(probed_s, strike.start_s) + FAILURES - 1]
    moved_s = moves_s(run, resolvers)[0] + strike.start_s - changed_s
    return {
        "client_move_mean_after_change": moved_s.mean(),
        "frac_clients_still_on_old_at_T_over_2": (moved_s > TTL_S / 2).mean(),
        "frac_p90_after_change": np.quantile(moved_s, 0.9),
    }


LEARNING = {
    "client_move_mean_after_change": theory.outdated_quantile_s(0.5, TTL_S),
    "frac_clients_still_on_old_at_T_over_2": theory.outdated_ratio(TTL_S / 2, TTL_S),
    "frac_p90_after_change": theory.outdated_quantile_s(0.9, TTL_S),
}


def learning(resolvers, rate, keys, **sizes):
    return Case(
        row="n03-dns-ttl",
        name=f"{resolvers} resolvers",
        sections=sections(
            f"{{kind: poisson, rate: {rate}/s}}", "60s", resolvers, "1s", "from: 2s, for: 200s"
        ),
        per_s=rate,
        measure=only(keys, lambda run: learned(run, resolvers)),
        expected={key: LEARNING[key] for key in keys},
        warmup=0.0,
        **sizes,
    )


# Both together, time and again


def moved(run):
    moved_s = moves_s(run, resolvers=12)
    return {"total_mean": moved_s.mean(), "total_max": moved_s.max()}


def together(name, key, expected, fixed):
    return Case(
        row="n03-dns-ttl",
        name=name,
        sections=sections(
            "{kind: poisson, rate: 72/s}", "60s", 12, "10s", "from: 20s, for: 100s, every: 200.73s"
        ),
        per_s=72.0,
        measure=only([key], moved),
        expected={key: expected},
        quick=None if fixed else 57_600,
        full=600_000,
        fixed=fixed,
    )


CASES = [
    detection("detection", MEAN, fixed=False),
    detection("bounds of detection", BOUNDS, fixed=True),
    learning(320, 480.0, [*LEARNING][:2], quick=36_000, full=None),
    learning(60, 360.0, [*LEARNING][2:], quick=27_000, full=None),
    learning(2600, 10_400.0, [*LEARNING], quick=None, full=780_000),
    together(
        "time until users are elsewhere",
        "total_mean",
        theory.failover_mean_s(INTERVAL_S, FAILURES, TTL_S),
        fixed=False,
    ),
    together(
        "longest time until users are elsewhere",
        "total_max",
        theory.failover_longest_s(INTERVAL_S, FAILURES, TTL_S),
        fixed=True,
    ),
]
