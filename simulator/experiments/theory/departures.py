"""What a station or a client makes of a Poisson process that comes to it."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isfinite

from simulator.components.client import ClientSpec
from simulator.components.fallback import FallbackSpec
from simulator.components.hedge import HedgeSpec
from simulator.components.mirror import MirrorSpec
from simulator.components.parallel import ParallelSpec
from simulator.experiments.theory.formula import Doubt
from simulator.experiments.theory.station import Service, Station, is_symmetric
from simulator.kernel import ComponentSpec
from simulator.stats.theory import bounded_queue, mg1_departure_scv

RARE = 1e-3  # part of the calls that is refused: what is left is nearly Poisson
BUSY = 0.95  # load from which what a station lets through takes long to be steady
NEARLY_POISSON = 0.1  # what the squared cv of the time between departures may miss 1 by


def left_by_station(
    name: str, station: Station, service: Service, rate: float, is_fair: bool
) -> Iterator[Doubt]:
    """Doubts about what leaves a station at which every call is served, or refused at once.

    Args:
        name: of the station.
        station, service: how it serves.
        rate: calls a second that come to one of its replicas.
        is_fair: whether who is next does not depend on how long calls take.
    """
    assert station.workers is not None
    load = rate * service.mean_s / station.workers
    if station.places is not None:
        queue = bounded_queue(rate, 1 / service.mean_s, station.workers, station.places)
        is_grave = queue.blocking_probability >= RARE or not service.is_exponential
        yield Doubt(f"{name} may refuse calls", is_grave, touches="rates")
    elif load >= BUSY:
        words = f"more or less all that {name} can do comes to it, before"
        yield Doubt(words, is_grave=load >= 1, touches="rates")
    if is_symmetric(station):
        return
    if not is_fair:
        yield Doubt(f"{name} lets some calls go before others")
    elif not service.is_exponential:
        is_known = load < 1 and isfinite(service.cv)
        scv = mg1_departure_scv(load, 1.0, service.cv) if is_known else inf
        words = f"{name} sends calls on more or less evenly than a Poisson process"
        yield Doubt(words, is_grave=abs(scv - 1) > NEARLY_POISSON)


def left_by_client(name: str, spec: ClientSpec) -> Iterator[Doubt]:
    """Doubts about what a client sends on."""
    if spec.retries:
        yield Doubt(f"retries of {name} come on top, after failures", touches="keys")
    if spec.cancels and (spec.timeout or spec.deadline):
        yield Doubt(f"{name} takes calls back that take too long", touches="rates")
    if spec.throttle:
        yield Doubt(f"{name} refuses calls after others were", touches="rates")


def answers_by_itself(spec: ComponentSpec) -> bool:
    """Whether a component answers at other instants than those of the call that it makes."""
    if isinstance(spec, ClientSpec):
        return spec.timeout is not None or spec.deadline is not None
    if isinstance(spec, MirrorSpec):
        return spec.mode == "synchronous"
    return isinstance(spec, ParallelSpec | FallbackSpec | HedgeSpec)
