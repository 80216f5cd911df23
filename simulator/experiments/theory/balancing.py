"""Groups of replicas of which a load balancer chooses by turns or by their queues."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.components.load_balancer import LoadBalancerSpec
from simulator.experiments.theory.formula import Doubt, Formula
from simulator.experiments.theory.node import Node
from simulator.experiments.theory.queues import OVERLOADED
from simulator.policies.balancing import FewestOfSample, LeastOutstanding, RoundRobin
from simulator.stats.theory import (
    round_robin_mean_latency,
    shortest_of_two,
    supermarket_mean_latency,
)

VERY_MANY = Doubt("the formula is for very many replicas", is_grave=False)


def formulas(node: Node) -> Iterator[Formula]:
    """Turns, the power of a few choices, and the shorter of two queues."""
    balancer, station, service = _balancer(node), node.station, node.service
    if balancer is None or station is None or service is None or node.rates is None:
        return
    name, spec = balancer
    is_plain = station.workers == 1 and station.places is None and station.patience is None
    if not is_plain or not service.is_exponential or not station.is_fair(node.flows.classes):
        return
    known = _latency(node, spec, service.mean_s)
    if known is None:
        return
    words, latency_s, own = known
    if latency_s is None:
        own = [OVERLOADED]
    struck = [each for each in node.arrivals.doubts if each.touches != "timing"]
    doubts = [*Node(name, node.flows).arrivals.doubts, *struck, *node.own_doubts]
    wait_s = None if latency_s is None else latency_s - service.mean_s
    for measure, value in (("wait_mean_s", wait_s), ("latency_mean_s", latency_s)):
        yield node.formula(words, measure, value, *own, instead=doubts)
    exact = [each for each in own if each is not VERY_MANY]
    load = min(1.0, node.load)
    yield node.formula(words, "utilization", load, *exact, instead=node.lasting)


def _balancer(node: Node) -> tuple[str, LoadBalancerSpec] | None:
    """The only one that sends calls to a group, and sends them nowhere else; by its name."""
    wiring = node.flows.wiring
    callers = [name for name in node.flows.reached if node.name in wiring.calls.get(name, ())]
    spec = node.flows.specs[callers[0]] if len(callers) == 1 else None
    if not isinstance(spec, LoadBalancerSpec) or spec.pool != (node.name,) or spec.replicas > 1:
        return None
    if spec.is_weighted() or spec.is_watchful() or spec.refresh_every is not None:
        return None
    if spec.signal == "outstanding" and node.spec.onward():
        return None  # it would count what has left the replica, too
    return callers[0], spec


def _latency(
    node: Node, spec: LoadBalancerSpec, mean_s: float
) -> tuple[str, float | None, list[Doubt]] | None:
    """The name of a formula, its mean latency in seconds (None if overloaded), its own doubts."""
    replicas, is_stable = node.replicas, node.load < 1
    match spec.policy:
        case RoundRobin() if replicas > 1:
            of = round_robin_mean_latency
            latency_s = of(node.rate * replicas, 1 / mean_s, replicas) if is_stable else None
            return f"E{replicas}/M/1 (round robin)", latency_s, []
        case FewestOfSample(choices=choices) if 1 < choices < replicas:
            latency_s = supermarket_mean_latency(node.load, choices) * mean_s if is_stable else None
            return f"power of {choices} choices", latency_s, [VERY_MANY]
        case LeastOutstanding() | FewestOfSample() if replicas == 2:
            of_two = shortest_of_two(node.rate * 2, 1 / mean_s) if is_stable else None
            latency_s = None if of_two is None else of_two.mean_latency_s
            return "shorter of two queues", latency_s, []
    return None
