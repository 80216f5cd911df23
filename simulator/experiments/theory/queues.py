"""One queue before equal workers, no matter how long calls take who is next."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.experiments.theory.formula import Doubt, Formula
from simulator.experiments.theory.node import Node
from simulator.stats.theory import (
    bounded_queue,
    erlang_b,
    mg1_mean_wait,
    mgc_mean_wait,
    mmc_mean_wait,
)

OVERLOADED = Doubt("more comes than it can do, so that there is no steady state")
APPROXIMATE = Doubt("no exact formula is known; this one is an approximation", is_grave=False)
WAITS, REFUSED = "has to wait", "is refused"
NOT_EXPONENTIAL = Doubt("service times are not exponential")


def formulas(node: Node) -> Iterator[Formula]:
    """M/M/c and its relatives."""
    station, service = node.station, node.service
    if station is None or service is None or node.rates is None or station.patience is not None:
        return
    if station.workers is None:
        busy = node.rate * service.mean_s * node.replicas
        yield node.formula("M/G/∞", "in_service_mean", busy, instead=node.lasting)
    elif not station.is_fair(node.flows.classes):
        return
    elif station.places is not None:
        yield from _bounded(node, station.workers, station.places, service.mean_s)
    else:
        yield from _unbounded(node, station.workers)


def _bounded(node: Node, workers: int, places: int, mean_s: float) -> Iterator[Formula]:
    assert node.service is not None
    if places == 0:
        blocked = erlang_b(node.rate * mean_s, workers)
        name = f"Erlang B (M/G/{workers}/{workers})"
        yield node.formula(name, "rejected_ratio", blocked, *node.rare(blocked, REFUSED))
        yield node.formula(name, "utilization", node.load * (1 - blocked))
        return
    queue = bounded_queue(node.rate, 1 / mean_s, workers, places)
    doubts = [] if node.service.is_exponential else [NOT_EXPONENTIAL]
    name = f"M/M/{workers}/{workers + places}"
    waits = node.rare(queue.mean_wait_s / mean_s, WAITS)
    refused = node.rare(queue.blocking_probability, REFUSED)
    yield node.formula(name, "wait_mean_s", queue.mean_wait_s, *doubts, *waits)
    yield node.formula(name, "latency_mean_s", queue.mean_latency_s, *doubts)
    yield node.formula(name, "utilization", queue.utilization, *doubts)
    yield node.formula(name, "rejected_ratio", queue.blocking_probability, *doubts, *refused)


def _unbounded(node: Node, workers: int) -> Iterator[Formula]:
    service, rate = node.service, node.rate
    assert service is not None
    wait_s: float | None = None
    doubts = []
    is_stable = node.load < 1 and service.cv < float("inf")
    if service.is_exponential:
        name = f"M/M/{workers}"
        wait_s = mmc_mean_wait(rate, 1 / service.mean_s, workers) if node.load < 1 else None
    elif workers == 1:
        name = "M/G/1 (Pollaczek-Khinchine)"
        wait_s = mg1_mean_wait(rate, service.mean_s, service.cv) if is_stable else None
    else:
        name, doubts = f"M/G/{workers} (Lee-Longton)", [APPROXIMATE]
        wait_s = mgc_mean_wait(rate, service.mean_s, service.cv, workers) if is_stable else None
    if wait_s is None:
        doubts = [OVERLOADED if node.load >= 1 else Doubt("service times have no variance")]
    latency_s = None if wait_s is None else wait_s + service.mean_s
    waits = [] if wait_s is None else node.rare(wait_s / service.mean_s * workers, WAITS)
    yield node.formula(name, "wait_mean_s", wait_s, *doubts, *waits)
    yield node.formula(name, "latency_mean_s", latency_s, *doubts)
    exact = [each for each in doubts if each is not APPROXIMATE]
    yield node.formula(name, "utilization", min(1.0, node.load), *exact, instead=node.lasting)
