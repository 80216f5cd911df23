"""Stations whose calls leave when they have waited too long."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.experiments.theory.formula import Doubt, Formula
from simulator.experiments.theory.node import Node
from simulator.experiments.theory.queues import NOT_EXPONENTIAL
from simulator.experiments.theory.station import is_exponential
from simulator.stats.theory import erlang_a


def formulas(node: Node) -> Iterator[Formula]:
    """Erlang A."""
    station, service = node.station, node.service
    if station is None or service is None or node.rates is None or station.patience is None:
        return
    if station.workers is None or not station.is_fair(node.flows.classes):
        return
    patience_s = station.patience.average()
    if patience_s <= 0:
        return
    doubts = [] if service.is_exponential else [NOT_EXPONENTIAL]
    if not is_exponential(station.patience):
        doubts.append(Doubt("patience is not exponential"))
    if station.places is not None:
        doubts.append(Doubt("there are not waiting places for all"))
    queue = erlang_a(node.rate, 1 / service.mean_s, station.workers, patience_s)
    name, leaves = f"Erlang A (M/M/{station.workers}+M)", queue.abandon_probability
    rare = node.rare(leaves, "loses patience")
    yield node.formula(name, "reneged_ratio", leaves, *doubts, *rare)
    waiting = queue.mean_queued * node.replicas
    yield node.formula(name, "queued_mean", waiting, *doubts, *rare)
    yield node.formula(name, "utilization", queue.utilization, *doubts)
