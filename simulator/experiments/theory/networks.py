"""The system as a whole: what its parts add up to, and users who wait for their answers.

The mean latency of a request is the time it spends at each component, visits included, whatever
happens in between, if all calls are made one after the other and none is given up. Users who wait
for their answers go round a closed network; if it has a product form, its numbers are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simulator.components.cache import CacheSpec
from simulator.components.client import ClientSpec
from simulator.components.link import LinkSpec
from simulator.components.load_balancer import LoadBalancerSpec
from simulator.components.router import RouterSpec
from simulator.components.sequence import SequenceSpec
from simulator.components.splitter import SplitterSpec
from simulator.components.tracing import TracingSpec
from simulator.experiments.theory.arrivals import Flows
from simulator.experiments.theory.formula import Doubt, Formula
from simulator.experiments.theory.node import ENOUGH, SETTLED, Node
from simulator.experiments.theory.queues import NOT_EXPONENTIAL
from simulator.experiments.theory.station import is_symmetric
from simulator.kernel import ComponentSpec
from simulator.scenario.traffic import traffic
from simulator.stats.theory import ClosedNetwork, closed_network
from simulator.workload.arrivals import ClosedLoop

MOST_USERS = 150  # of more, the products behind the formula are too small for floating point
EDGE = 0.01  # part of the window that a request may take
UNITS = {"latency_mean_s": "s", "throughput_per_s": "/s"}


def formulas(flows: Flows, parts: Mapping[str, Sequence[Formula]]) -> Iterator[Formula]:
    """What is known of all requests.

    Args:
        flows: of the scenario.
        parts: what is known of each component by itself.
    """
    arrivals = flows.scenario.workload.arrivals
    if isinstance(arrivals, ClosedLoop):
        if arrivals.users <= MOST_USERS:
            yield from _closed(flows, arrivals)
    else:
        yield from _open(flows, parts)


def _formula(name: str, measure: str, expected: float | None, doubts: Sequence[Doubt]) -> Formula:
    return Formula("", name, measure, UNITS[measure], expected, lambda run: run[measure], doubts)


def _open(flows: Flows, parts: Mapping[str, Sequence[Formula]]) -> Iterator[Formula]:
    """The sum over all components, if the time at each is known."""
    total_s, doubts, stations = 0.0, [], 0
    for name in flows.reached:
        rates, delay_s = flows.at(name).rates, pause_s(flows.specs[name])
        if delay_s is None:
            known = next((f for f in parts[name] if f.measure == "latency_mean_s"), None)
            if known is None or known.expected is None:
                return
            delay_s, stations = known.expected, stations + 1
            doubts += known.doubts
        if rates is None or not flows.rate:
            return
        total_s += sum(rates) / flows.rate * delay_s
    if stations:
        doubts += _of_window(flows, total_s, EDGE)
        yield _formula("sum over components", "latency_mean_s", total_s, doubts)


def pause_s(spec: ComponentSpec) -> float | None:
    """Mean time that a call rests at a component that holds nobody up; None for all others."""
    match spec:
        case RouterSpec() | SequenceSpec() | SplitterSpec():
            return 0.0
        case LoadBalancerSpec(cross_zone_latency=0) | TracingSpec(overhead=0):
            return 0.0
        case ClientSpec(timeout=None, deadline=None):
            return 0.0
        case CacheSpec(hit_ratio=float()):
            return spec.lookup_time.average()
        case LinkSpec(is_plain=True, transport=None, loss=0):
            return 2 * spec.latency.average()
    return None


def _closed(flows: Flows, loop: ClosedLoop) -> Iterator[Formula]:
    """Users who go round a network of a product form."""
    visits = traffic(flows.scenario.system, flows.classes, 1.0)
    away_s, demands_s, workers = loop.think_time.average(), [], []
    doubts = [*flows.struck({*flows.reached})]
    for name in flows.reached:
        node, rate = Node(name, flows), sum(visits.get(name, ()))
        delay_s = pause_s(node.spec)
        if delay_s is not None:
            away_s += rate * delay_s
            doubts += flows.left_by(name)
            continue
        if node.station is None or node.service is None or node.station.patience or not rate:
            return
        if node.station.workers is None:
            away_s += rate * node.service.mean_s
            continue
        demands_s += [rate * node.service.mean_s / node.replicas] * node.replicas
        workers += [node.station.workers] * node.replicas
        doubts += _of_station(node, loop.users)
    if demands_s:
        found = closed_network(loop.users, away_s, demands_s, workers)
        cycle_s = loop.users / found.throughput_per_s
        yield from _told(found, [*doubts, *_of_window(flows, cycle_s, 1 / ENOUGH)])


def _of_station(node: Node, users: int) -> Iterator[Doubt]:
    """Why a station has no product form."""
    station, service = node.station, node.service
    assert station is not None
    assert service is not None
    yield from station.oddities()
    if not is_symmetric(station):
        if not station.is_fair(node.flows.classes):
            yield Doubt(f"{node.name} looks at who is next")
        if not service.is_exponential:
            yield NOT_EXPONENTIAL
    if station.places is not None and station.places + (station.workers or 0) < users:
        yield Doubt(f"{node.name} may refuse calls")


def _told(found: ClosedNetwork, doubts: Sequence[Doubt]) -> Iterator[Formula]:
    name = "closed network (MVA)"
    yield _formula(name, "latency_mean_s", found.mean_latency_s, doubts)
    yield _formula(name, "throughput_per_s", found.throughput_per_s, doubts)


def _of_window(flows: Flows, takes_s: float, most: float) -> Iterator[Doubt]:
    """Whether the window is long for what a request, or a round, takes."""
    run = flows.scenario.run
    if run.duration is not None:
        window_s = run.duration - run.warmup
        if takes_s > most * window_s:
            yield Doubt("the window is short for what requests take", is_grave=False)
        elif run.warmup < SETTLED * takes_s and SETTLED * takes_s > most * window_s:
            yield Doubt("the warm-up is short for what requests take", is_grave=False)
