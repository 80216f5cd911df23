"""Rows about caches that are full, or filling: which entry leaves, and how many keys there were."""

from itertools import islice

import numpy as np

from simulator.kernel.streams import BLOCK, Streams
from simulator.stats import theory
from simulator.workload.keys import Zipf
from tests.validation.harness import Case

ROWS = {"c01-small-cache", "c02-che", "c06-cold-start"}

PER_S = 1000.0  # requests come evenly and a load takes a microsecond: no two at once


def sections(keys, exponent, cache, faults=""):
    return f"""
        system:
          entry: cache
          components:
            cache: {{kind: cache, origin: origin, {cache}}}
            origin: {{kind: server, workers: 10, service_time: 1us}}
        workload:
          arrivals: {{kind: constant, rate: {PER_S}/s}}
          keys: {{kind: zipf, count: {keys}, exponent: {exponent}}}
        {faults}
        """


def hit_ratio(key):
    return lambda run: {key: run.component_measures("cache")["hit_ratio"]}


# -- ten keys, three entries -------------------------------------------------------------------

FEW = theory.zipf_probabilities(10, 1.0)
BY_HAND = {
    "LRU_exact": ("lru", 3, theory.lru_exact_hit_ratio(FEW, 3)),
    "FIFO_exact": ("fifo", 3, theory.fifo_hit_ratio(FEW, 3)),
    "RANDOM_exact": ("random", 3, theory.fifo_hit_ratio(FEW, 3)),
    "LFU_static": ("lfu", 3, theory.lfu_hit_ratio(FEW, 3)),
    "p1": ("lfu", 1, FEW[0]),  # with one place, the most popular key stays in it
}

SMALL = [
    Case(
        row="c01-small-cache",
        name=f"ten keys, {policy} of {capacity}",
        sections=sections(10, 1.0, f"capacity: {capacity}, eviction: {policy}"),
        per_s=PER_S,
        measure=hit_ratio(key),
        expected={key: expected},
        quick=4000,
        full=100_000,
        band=0.003,
    )
    for key, (policy, capacity, expected) in BY_HAND.items()
]

# -- ten thousand keys, five hundred entries ---------------------------------------------------

MANY = theory.zipf_probabilities(10_000, 0.8)
OF_KEYS = theory.lru_key_hit_ratios(MANY, 500)
MIDDLING = slice(50, 200)


def by_key(run):
    """Hit ratios of the first key and of those from the 51st to the 200th."""
    rows = run.requests
    streams = Streams(run.seed, run.replication)
    blocks = Zipf(count=10_000, exponent=0.8).blocks(streams)
    keys = np.concatenate(list(islice(blocks, -(-len(rows) // BLOCK))))[: len(rows)]
    in_window = rows.arrived_s >= run.warmup_s
    is_hit = rows.latency_s == 0
    middling = (MIDDLING.start <= keys) & (keys < MIDDLING.stop)
    return {
        "hit_item1": is_hit[in_window & (keys == 0)].mean(),
        "hits of keys 51 to 200": is_hit[in_window & middling].mean(),
    }


LRU = Case(
    row="c02-che",
    name="ten thousand keys, lru of 500",
    sections=sections(10_000, 0.8, "capacity: 500, eviction: lru"),
    per_s=PER_S,
    measure=lambda run: hit_ratio("LRU_hit")(run) | by_key(run),
    expected={
        "LRU_hit": theory.lru_hit_ratio(MANY, 500),
        "hit_item1": round(OF_KEYS[0], 9),  # it never missed
        "hits of keys 51 to 200": np.average(OF_KEYS[MIDDLING], weights=MANY[MIDDLING]),
    },
    quick=25_000,
    full=160_000,
    band=0.004,
)

MEAN_FIELD = [
    Case(
        row="c02-che",
        name=f"ten thousand keys, {policy} of 500",
        sections=sections(10_000, 0.8, f"capacity: 500, eviction: {policy}"),
        per_s=PER_S,
        measure=hit_ratio(f"FIFO_RANDOM_meanfield ({policy})"),
        expected={f"FIFO_RANDOM_meanfield ({policy})": theory.fifo_mean_field_hit_ratio(MANY, 500)},
        quick=None,
        full=80_000,
        band=0.004,
    )
    for policy in ("fifo", "random")
]


def late_hit_ratio(run):
    """Of the last fifth: counts have to tell keys apart that are nearly equally popular."""
    totals = run.components["cache"].totals
    late = np.searchsorted(run.tick_s, 0.8 * run.duration_s)
    hits, misses = (totals[each][-1] - totals[each][late] for each in ("hits", "misses"))
    return {"LFU_static": hits / (hits + misses)}


LFU = Case(
    row="c02-che",
    name="ten thousand keys, lfu of 500",
    sections=sections(10_000, 0.8, "capacity: 500, eviction: lfu"),
    per_s=PER_S,
    measure=late_hit_ratio,
    expected={"LFU_static": theory.lfu_hit_ratio(MANY, 500)},
    quick=None,
    full=500_000,
    band=0.004,
)

# -- from empty --------------------------------------------------------------------------------


def filling(requests):
    """The mean number of loads between two flushes, with room for all."""

    def measure(run):
        loads = run.components["cache"].totals["loads"][-1] / (len(run.requests) / requests)
        return {
            f"distinct_after_{requests}": loads,
            f"miss_ratio_infinite_cache_{requests}": loads / requests,
        }

    again_s = requests / PER_S
    distinct = theory.distinct_keys(MANY, requests)
    faults = (
        f"faults: [{{kind: cache_flush, of: cache, from: {again_s + 0.0005}s, every: {again_s}s}}]"
    )
    rounds = {1000: (3, 10), 10_000: (1, 2), 100_000: (None, 1)}
    quick, full = (
        None if each is None else each * requests + 1  # the one after the last is too late
        for each in rounds[requests]
    )
    return Case(
        row="c06-cold-start",
        name=f"ten thousand keys, {requests} requests from empty",
        sections=sections(10_000, 0.8, "capacity: 10000", faults if full > requests + 1 else ""),
        per_s=PER_S,
        measure=measure,
        expected={
            f"distinct_after_{requests}": distinct,
            f"miss_ratio_infinite_cache_{requests}": distinct / requests,
        },
        quick=quick,
        full=full,
        width=0.01,
    )


FILLING = [filling(requests) for requests in (1000, 10_000, 100_000)]

CASES = [*SMALL, LRU, *MEAN_FIELD, LFU, *FILLING]
