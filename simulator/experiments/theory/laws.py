"""Operational laws: what follows for every station from what was seen of it.

Utilization is throughput times mean service time over workers; the number that waits is throughput
times mean wait (Little). They need no Poisson process, no law of service and no steady state, only
that what is begun in the window is, up to its ends, what is served in it.

Source: Denning and Buzen, "The Operational Analysis of Queueing Network Models", *Computing
Surveys* 10(3), 1978.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulator.components.client import ClientSpec
from simulator.components.hedge import HedgeSpec
from simulator.components.tracing import TracingSpec
from simulator.experiments.theory.arrivals import shares_of
from simulator.experiments.theory.formula import Doubt, Formula
from simulator.experiments.theory.node import Node
from simulator.experiments.theory.station import service_of

FEW = 0.02  # relative standard error of the mean service time in a run
NORMAL = 1.96  # standard errors of a 95 % interval
EDGE = 0.01  # part of a window that a call may wait


def formulas(node: Node) -> Iterator[Formula]:
    """The utilization law, and Little's law for those who wait."""
    station = node.station
    if station is None or station.workers is None or not node.seen("served") > 0:
        return
    common = [*node.struck(), *_of_callers(node)]
    if not station.keeps_worker and station.batch == 1:
        yield from _utilization(node, station.workers * node.replicas, common)
    drops = station.sheds or station.leaves_out
    if station.patience is None and not drops:
        yield from _waiting(node, common)


def _utilization(node: Node, workers: int, common: list[Doubt]) -> Iterator[Formula]:
    assert node.station is not None
    weights = shares_of(node.flows.classes, node.rates)
    service = service_of(node.station.laws, weights)
    if service is None:
        return
    doubts = [*common]
    means = {law.average() for law in node.station.laws}
    chooses = node.station.sheds or node.load >= 1
    if len(means) > 1 and (node.rates is None or chooses):
        doubts.append(Doubt("which classes are served is not known"))
    if not node.station.is_fair(node.flows.classes) and node.seen("utilization") > 1 - FEW:
        doubts.append(Doubt("those served are not as long as those that come"))
    if service.cv / node.seen("served") ** 0.5 > FEW:
        doubts.append(Doubt("few calls are served in a run", is_grave=False))
    expected = node.seen("served_per_s") * service.mean_s / workers
    luck = service.cv / (node.seen("served") * node.flows.runs) ** 0.5  # of the service times drawn
    margin = NORMAL * luck * expected
    name = "utilization law"
    yield node.formula(name, "utilization", expected, instead=doubts, margin=margin)


def _waiting(node: Node, common: list[Doubt]) -> Iterator[Formula]:
    run, wait_s = node.flows.scenario.run, node.seen("wait_mean_s")
    doubts = [*common]
    if run.duration is not None and wait_s > EDGE * (run.duration - run.warmup):
        words = "a good part of those who wait came before the window or will be served after it"
        doubts.append(Doubt(words))
    expected = node.seen("served_per_s") * wait_s
    yield node.formula("Little's law", "queued_mean", expected, instead=doubts)


def _of_callers(node: Node) -> Iterator[Doubt]:
    """Whether calls may not come to their end, or some come more often because they are long."""
    for name, spec in node.flows.specs.items():
        if name not in node.flows.reached or node.name not in node.flows.wiring.reached(name):
            continue
        takes_back = spec.takes_back()
        if isinstance(spec, ClientSpec):
            takes_back = spec.cancels and bool(spec.timeout or spec.deadline)
            if spec.retries and spec.same_work:
                yield Doubt(f"{name} tries slow work again")
        if isinstance(spec, TracingSpec) and spec.overhead:
            yield Doubt(f"{name} has workers record what they do")
        if isinstance(spec, HedgeSpec) and spec.same_work:
            yield Doubt(f"{name} makes slow calls again")
        if takes_back:
            yield Doubt(f"{name} takes calls back")
