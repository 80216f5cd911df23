"""Hit ratios of caches by key, under requests that ask independently of one another."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

import numpy as np

from simulator.components.cache import CacheSpec
from simulator.experiments.theory.formula import Doubt, Formula
from simulator.experiments.theory.node import Node
from simulator.stats.theory import (
    fifo_hit_ratio,
    fifo_key_hit_ratios,
    lru_characteristic_requests,
    lru_key_hit_ratios,
)

MOST_KEYS = 200_000  # more would take too long for a table beside the results
LARGE = 1000  # entries from which Che's approximation is as good as exact
SLIGHT, MUCH = 0.002, 0.05  # what loads that take time may take off a hit ratio
LAPS = 3.0  # times that all entries have changed before a cache has settled


def formulas(node: Node) -> Iterator[Formula]:
    """Che's approximation, FIFO, and times to live."""
    spec, workload = node.spec, node.flows.scenario.workload
    keys = workload.keys
    if not isinstance(spec, CacheSpec) or spec.hit_ratio is not None or keys is None:
        return
    if keys.count > MOST_KEYS or any(each.keys is not None for each in workload.classes.values()):
        return
    shares, holds_all = keys.popularity(), spec.capacity is None or spec.capacity >= keys.count
    if spec.lives_for_ever and not holds_all:
        yield from _full(node, spec, shares)
    elif spec.ttl is not None and holds_all and node.rates is not None:
        yield from _expiring(node, spec, spec.ttl, shares)


def _full(node: Node, spec: CacheSpec, shares: np.ndarray) -> Iterator[Formula]:
    """A cache that always is full."""
    assert spec.capacity is not None
    capacity, doubts = spec.capacity, []
    if spec.eviction.kind == "lru":
        name, hits = "Che (LRU)", lru_key_hit_ratios(shares, capacity)
        expected = float(shares @ hits)
        if capacity < LARGE:
            doubts.append(Doubt(f"an approximation for caches with {LARGE} entries or more", False))
    elif spec.eviction.kind in ("fifo", "random"):
        name, hits = f"Gelenbe ({spec.eviction.kind})", fifo_key_hit_ratios(shares, capacity)
        expected = fifo_hit_ratio(shares, capacity)
    else:
        return
    life_s = lru_characteristic_requests(shares, capacity) / max(_rate(node), 1e-300)
    calls = [each for each in node.arrivals.doubts if each.touches == "keys"]
    doubts += [*_of_cache(node, spec), *_of_loads(node, shares, hits)]
    doubts += _of_filling(node, life_s)
    yield node.formula(name, "hit_ratio", expected, *doubts, instead=calls)


def _expiring(node: Node, spec: CacheSpec, ttl_s: float, shares: np.ndarray) -> Iterator[Formula]:
    """A cache that has room for all, and forgets."""
    expected_calls = node.rate * ttl_s * shares
    if spec.ttl_from == "fill":
        name, hits = "time to live from the fill", expected_calls / (1 + expected_calls)
    else:
        name, hits = "time to live from the last use", -np.expm1(-expected_calls)
    doubts = [*_of_cache(node, spec), *_of_loads(node, shares, hits), *_of_filling(node, ttl_s)]
    if spec.ttl_jitter:
        doubts.append(Doubt("times to live are spread"))
    expected = float(shares @ hits)
    yield node.formula(name, "hit_ratio", expected, *doubts, instead=node.arrivals.doubts)


def _rate(node: Node) -> float:
    """Requests a second to one replica: expected, or as seen where that cannot be told."""
    if node.rates is not None:
        return node.rate
    return (node.seen("hits_per_s") + node.seen("misses_per_s")) / node.replicas


def _of_cache(node: Node, spec: CacheSpec) -> Iterator[Doubt]:
    """What it does beside holding answers."""
    if any(each.writes for each in node.flows.classes):
        yield Doubt("some requests write")
    if node.arrivals.comes_again:
        yield Doubt("a request asks it more than once")
    if spec.early_refresh is not None or spec.stale_for is not None:
        yield Doubt("entries are loaded before they have to be, or answer longer")
    yield from node.flows.struck(node.flows.wiring.reached(node.name))
    seen = node.flows.seen
    if seen["rejected"] + seen["timed_out"] + seen["failed"] > SLIGHT * seen["arrived"]:
        yield Doubt("some loads may come to nothing")
    if spec.fill == "add" and not spec.lives_for_ever:
        yield Doubt("not every load restarts the time to live", is_grave=False)


def _of_loads(node: Node, shares: np.ndarray, hits: np.ndarray) -> Iterator[Doubt]:
    """Formulas take loads for instant; while one is under way, its key is missed again.

    A load takes no longer than a request whose answer was not held, all it waited for included.
    """
    seen, rate = node.flows.seen, _rate(node)
    misses = 1 - node.seen("hit_ratio")
    load_s = seen.get("latency_all_mean_s", 0.0) / misses if misses > 0 else 0.0
    again = shares * np.minimum(1.0, shares * rate * load_s)
    lost = float((1 - hits) @ again) if isfinite(load_s) and isfinite(rate) else 1.0
    if lost > SLIGHT:
        words = "keys are missed again while they are being loaded"
        yield Doubt(words, is_grave=lost > MUCH)


def _of_filling(node: Node, life_s: float) -> Iterator[Doubt]:
    """Whether what it held at first has gone when the window begins."""
    run = node.flows.scenario.run
    if run.duration is None or run.warmup >= LAPS * life_s:
        return
    is_long = run.duration - run.warmup >= LAPS * LAPS * life_s
    is_grave = run.warmup < life_s and not is_long
    yield Doubt("the warm-up is short for what it held at first to be gone", is_grave=is_grave)
