"""Rows about entries of a cache that expire."""

from math import prod

import numpy as np

from simulator.stats import theory
from tests.validation.harness import Case

ROWS = {"c03-ttl", "c04-stampede"}


def sections(arrival_rate, cache, load_time):
    """One key, asked for by many users; the origin has room for every load."""
    return f"""
        system:
          entry: cache
          components:
            cache: {{kind: cache, origin: origin, {cache}}}
            origin: {{kind: server, workers: 10000, service_time: {load_time}}}
        workload:
          arrivals: {{kind: poisson, rate: {arrival_rate}/s}}
          keys: {{kind: uniform, count: 1}}
        """


def ages(run):
    """Age of the entry at each hit. A load takes no time to speak of, but some: that tells it."""
    rows = run.requests
    loads = np.flatnonzero(rows.latency_s > 0)
    newest = loads[np.searchsorted(loads, np.arange(len(rows)), side="right") - 1]
    age_s = rows.arrived_s - rows.arrived_s[newest] - rows.latency_s[newest]
    is_hit = (rows.latency_s == 0) & (rows.arrived_s >= run.warmup_s)
    return age_s[is_hit]


def expiring(run):
    cache = run.component_measures("cache")
    return {
        "hit_ttl_from_insert": cache["hit_ratio"],
        "fetch_rate_from_insert": cache["loads_per_s"],
        "mean_age_at_hit_from_insert": ages(run).mean(),
    }


HIT_RATIO = theory.ttl_hit_ratio(0.5, 10.0)

EXPIRING = Case(
    row="c03-ttl",
    name="one key that lives 10 s",
    sections=sections(0.5, cache="ttl: 10s", load_time="1us"),
    per_s=0.5,
    measure=expiring,
    expected={
        "hit_ttl_from_insert": HIT_RATIO,
        "fetch_rate_from_insert": 0.5 * (1 - HIT_RATIO),
        "mean_age_at_hit_from_insert": theory.ttl_mean_age_at_hit(10.0),
    },
    quick=5_000,
    full=1_700_000,
    band=0.003,
)


# Stampedes: 200 requests a second for an entry that lives 60 s and takes 0.5 s to load

RATE, TTL_S, LOAD_S = 200.0, 60.0, 0.5


class Cycles:
    """The whole cycles of a run: from the first request that misses to the next one that does.

    Times are those of the request log: whatever was answered at once was a hit.
    """

    def __init__(self, run, ttl_s=TTL_S):
        rows = run.requests
        stalled = np.flatnonzero(rows.latency_s != 0)
        new = np.diff(rows.arrived_s[stalled], prepend=-np.inf) > ttl_s / 2
        leaders = stalled[new]
        is_leader = np.isin(stalled, leaders)
        inside = stalled < leaders[-1]
        self.count = len(leaders) - 1
        self.requests = leaders[-1] - leaders[0]
        self.stalled = int(inside.sum())
        self.length_s = (rows.arrived_s[leaders[-1]] - rows.arrived_s[leaders[0]]) / self.count
        self.leaders_s = rows.latency_s[leaders[:-1]]
        self.others_s = rows.latency_s[stalled[inside & ~is_leader]]


def stampede(run):
    cycles = Cycles(run)
    loads = cycles.stalled / cycles.count
    return {
        "extra_loads_per_expiry_no_coalescing": loads - 1,
        "loads_per_expiry_no_coalescing": loads,
        "cycle_length": cycles.length_s,
        "origin_rate_no_coalescing": loads / cycles.length_s,
    }


def coalesced(run):
    cycles = Cycles(run)
    # Every cycle begins with one load and ends before the next; the cache counts them itself.
    loads = run.components["cache"].totals["loads"][-1]
    return {
        "loads_per_expiry_coalesced": loads / (cycles.count + 1),
        "origin_rate_coalesced": 1 / cycles.length_s,
        "p_stall_requests_coalesced": cycles.stalled / cycles.requests,
        "mean_extra_wait_coalesced_waiters": cycles.others_s.mean(),
    }


LOADS = theory.stampede_loads_per_expiry(RATE, LOAD_S)
ORIGIN_RATE = theory.stampede_origin_rate(RATE, TTL_S, LOAD_S)

SLIDING = Case(
    row="c03-ttl",
    name="one key that lives 10 s from its last use",
    sections=sections(0.5, cache="ttl: 10s, ttl_from: last_use", load_time="1us"),
    per_s=0.5,
    measure=lambda run: {
        "hit_ttl_renew_on_access": run.component_measures("cache")["hit_ratio"],
    },
    expected={"hit_ttl_renew_on_access": theory.sliding_ttl_hit_ratio(0.5, 10.0)},
    quick=5_000,
    full=1_700_000,
    band=0.003,
)

STAMPEDE = Case(
    row="c04-stampede",
    name="every miss loads",
    sections=sections(RATE, cache="ttl: 60s, fill: add", load_time="500ms"),
    per_s=RATE,
    measure=stampede,
    expected={
        "extra_loads_per_expiry_no_coalescing": LOADS - 1,
        "loads_per_expiry_no_coalescing": LOADS,
        "cycle_length": LOADS / ORIGIN_RATE,
        "origin_rate_no_coalescing": ORIGIN_RATE,
    },
    quick=58_000,
    full=1_300_000,
)

COALESCED = Case(
    row="c04-stampede",
    name="one load at a time",
    sections=sections(RATE, cache="ttl: 60s, coalesces: true", load_time="500ms"),
    per_s=RATE,
    measure=coalesced,
    expected={
        "loads_per_expiry_coalesced": 1.0,
        "origin_rate_coalesced": theory.stampede_origin_rate(RATE, TTL_S, LOAD_S, coalesced=True),
        "p_stall_requests_coalesced": theory.stampede_stalled_ratio(RATE, TTL_S, LOAD_S),
        "mean_extra_wait_coalesced_waiters": LOAD_S / 2,
    },
    quick=58_000,
    full=1_300_000,
)


def first_of_many(arrival_rate, mean_load_s):
    """Loads sent until the first of them is back, their times exponential, by a birth process.

    With j loads under way the next event is another request with probability λ / (λ + j / L).
    """
    load = arrival_rate * mean_load_s
    return sum(prod(load / (load + j) for j in range(1, k)) for k in range(1, 500))


def race(run):
    cycles = Cycles(run, SHORT_TTL_S)
    return {"loads until the first is back": cycles.stalled / cycles.count}


SHORT_TTL_S = 6.0  # the number does not depend on it, and shorter cycles take fewer requests

# Not a number of the row, which has 101 loads: see EXCUSED in test_rows.py.
RACE = Case(
    row="c04-stampede",
    name="every miss loads, for an exponential time",
    sections=sections(
        RATE, cache="ttl: 6s, fill: add", load_time="{kind: exponential, mean: 500ms}"
    ),
    per_s=RATE,
    measure=race,
    expected={"loads until the first is back": first_of_many(RATE, LOAD_S)},
    quick=95_000,
    full=900_000,
)

CASES = [EXPIRING, SLIDING, STAMPEDE, COALESCED, RACE]
