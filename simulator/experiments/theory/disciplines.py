"""Stations where who is served next matters: sharing, priorities, the newest or shortest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from simulator.experiments.theory.formula import Formula
from simulator.experiments.theory.node import Node
from simulator.experiments.theory.queues import OVERLOADED
from simulator.experiments.theory.station import Service, Station, is_symmetric, service_of
from simulator.policies.discipline import Priority, ShortestJobFirst, Srpt
from simulator.stats.theory import (
    mg1_preemptive_mean_latencies,
    mg1_priority_mean_waits,
    mg1_ps_mean_latency,
    mm1_shortest_first_mean_latency,
    mm1_srpt_mean_latency,
    mmc_mean_latency,
    mmc_priority_mean_waits,
)


def formulas(node: Node) -> Iterator[Formula]:
    """The mean time at a station that is not first come, first served."""
    station, service = node.station, node.service
    if station is None or service is None or node.rates is None or station.workers is None:
        return
    if station.patience is not None or station.places is not None:
        return
    found = _latency(node, station, station.workers, service)
    if found is None:
        return
    name, latency_s = found
    doubts = [OVERLOADED] if latency_s is None else []
    yield node.formula(name, "latency_mean_s", latency_s, *doubts)
    load = min(1.0, node.load)
    yield node.formula(name, "utilization", load, *doubts, instead=node.lasting)


def _latency(
    node: Node, station: Station, workers: int, service: Service
) -> tuple[str, float | None] | None:
    """The name of a formula and its mean latency in seconds, None without a steady state."""
    if is_symmetric(station):
        how = "PS" if station.discipline.shares else "LCFS, preemptive"
        return f"M/G/{workers} {how}", _of_mean_alone(node, workers, service.mean_s)
    match station.discipline:
        case Priority(preemptive=False) if workers == 1:
            return "M/G/1 with priorities (Cobham)", _by_priority(node, station, service)
        case Priority(preemptive=False) if service.is_exponential:
            name = f"M/M/{workers} with priorities (Cobham)"
            return name, _by_priority_of_many(node, workers, service.mean_s)
        case Priority(preemptive=True) if workers == 1:
            return "M/G/1 with preemptive priorities", _by_preemptive_priority(node, station)
    if workers > 1 or not service.is_exponential:
        return None
    match station.discipline:
        case ShortestJobFirst(preemptive=False, error_cv=0):
            name, of = "M/M/1, shortest first", mm1_shortest_first_mean_latency
        case Srpt(error_cv=0):
            name, of = "M/M/1 SRPT", mm1_srpt_mean_latency
        case _:
            return None
    return name, of(node.rate, 1 / service.mean_s) if node.load < 1 else None


def _of_mean_alone(node: Node, workers: int, mean_s: float) -> float | None:
    if node.load >= 1:
        return None
    if workers == 1:
        return mg1_ps_mean_latency(node.rate, mean_s)
    return mmc_mean_latency(node.rate, 1 / mean_s, workers)


def _by_priority(node: Node, station: Station, service: Service) -> float | None:
    if node.load >= 1 or service.cv == float("inf"):
        return None
    rates, services = _levels(node, station)
    waits = mg1_priority_mean_waits(
        rates, [each.mean_s for each in services], [each.cv for each in services]
    )
    return _mean(waits, rates) + service.mean_s


def _by_priority_of_many(node: Node, workers: int, mean_s: float) -> float | None:
    if node.load >= 1 or node.station is None:
        return None
    rates, _ = _levels(node, node.station)
    return _mean(mmc_priority_mean_waits(rates, 1 / mean_s, workers), rates) + mean_s


def _by_preemptive_priority(node: Node, station: Station) -> float | None:
    rates, services = _levels(node, station)
    if node.load >= 1 or any(each.cv == float("inf") for each in services):
        return None
    latencies = mg1_preemptive_mean_latencies(
        rates, [each.mean_s for each in services], [each.cv for each in services]
    )
    return _mean(latencies, rates)


def _levels(node: Node, station: Station) -> tuple[list[float], list[Service]]:
    """Rate and service time of each priority that something comes of, the most urgent first."""
    known = zip(node.flows.classes, node.rates or (), station.laws, strict=True)
    coming = [each for each in known if each[1] > 0]
    coming.sort(key=lambda each: -each[0].priority)
    rates, services = [], []
    for _, level in groupby(coming, key=lambda each: each[0].priority):
        _, of_level, laws = zip(*level, strict=True)
        service = service_of(laws, of_level)
        if service is not None:
            rates.append(sum(of_level))
            services.append(service)
    return rates, services


def _mean(values: Sequence[float], rates: Sequence[float]) -> float:
    """Over all calls."""
    weighted = sum(rate * value for rate, value in zip(rates, values, strict=True))
    return weighted / sum(rates)
