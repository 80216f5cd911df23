"""Networks of stations through which requests find their way by luck, or go round for ever.

Stations with exponential service, first come first served, have a *product form*: in an open
network each behaves like a queue by itself at the rate that comes to it, and in a closed one the
probability of a state is a product of a factor for each station.

Symbols: rate λ_i and demand D_i (visits times mean service) of station i, c_i servers, N users,
think time Z, throughput X.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simulator.stats.theory.limits import require_positive
from simulator.stats.theory.multi_server import mmc_mean_latency


@dataclass(frozen=True, slots=True)
class OpenNetwork:
    """Steady state of an open network; arrays have shape ``(stations,)``."""

    rates_per_s: np.ndarray  # requests that come to each station
    utilizations: np.ndarray  # busy part of its servers
    mean_in_system: np.ndarray  # waiting and in service
    mean_latency_s: np.ndarray  # of a visit
    mean_network_latency_s: float  # from arrival until a request leaves the network


def jackson(
    outside_per_s: ArrayLike,
    routing: ArrayLike,
    service_rates: Sequence[float],
    servers: Sequence[int],
) -> OpenNetwork:
    """An open network: Poisson arrivals, exponential service, fixed probabilities of what is next.

    Args:
        outside_per_s: requests a second that come from outside to each station, shape ``(n,)``.
        routing: probability that a request goes from one station (row) to another (column), shape
            ``(n, n)``; what is missing to 1 in a row leaves.
        service_rates: requests a second that one busy server of each station completes.
        servers: of each station, 1 or more.

    Raises:
        ValueError: a station has no steady state, or shapes differ.

    Source:
        Jackson, "Networks of Waiting Lines", *Operations Research* 5(4), 1957.

    >>> network = jackson([1.0], [[0.5]], [4.0], [1])  # half of them come again: 2/s
    >>> float(network.rates_per_s[0]), network.mean_network_latency_s  # two visits of 1 / (4 - 2)
    (2.0, 1.0)
    """
    outside, moves = np.asarray(outside_per_s, float), np.asarray(routing, float)
    size = len(outside)
    if moves.shape != (size, size) or len(service_rates) != size or len(servers) != size:
        raise ValueError(f"{size} stations need routing of shape {size, size}, rates and servers")
    rates = np.linalg.solve(np.eye(size) - moves.T, outside)
    latencies = [mmc_mean_latency(*each) for each in zip(rates.tolist(), service_rates, servers)]
    in_system = rates * latencies
    return OpenNetwork(
        rates,
        rates / (np.asarray(service_rates) * servers),
        in_system,
        np.asarray(latencies),
        float(in_system.sum() / outside.sum()),
    )


@dataclass(frozen=True, slots=True)
class ClosedNetwork:
    """N users of a closed network in the long run; arrays have shape ``(stations,)``."""

    throughput_per_s: float  # X
    mean_latency_s: float  # N / X - Z
    mean_in_system: np.ndarray  # waiting and in service at each station
    utilizations: np.ndarray  # busy part of its servers


def closed_network(
    users: int,
    think_s: float,
    demands_s: Sequence[float],
    servers: Sequence[int] | None = None,
) -> ClosedNetwork:
    """A closed network: users who think, pass through every station, and think again.

    Exponential service, first come first served; the law of the think time does not matter, nor
    the order of the visits. With single servers it is what exact mean value analysis gives.
    Computed from the normalization constants, sums of positive numbers that do not cancel, which
    takes several servers at a station as well.

    Args:
        users: how many (N), 1 or more.
        think_s: mean think time (Z) in seconds, 0 or more.
        demands_s: mean service of a request at each station, all visits together (D), above 0.
        servers: of each station; one each if not given.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Reiser and Lavenberg, "Mean-Value Analysis of Closed Multichain Queuing Networks", *Journal
        of the ACM* 27(2), 1980; Buzen, "Computational Algorithms for Closed Queueing Networks",
        *Communications of the ACM* 16(9), 1973.

    >>> closed_network(1, 5.0, [0.1, 0.25, 0.05]).throughput_per_s  # 1 / (5 + 0.4)
    0.18518518518518517
    """
    counts = servers or [1] * len(demands_s)
    require_positive(users=users, fewest_servers=min(counts), smallest_demand=min(demands_s))
    if think_s < 0:
        raise ValueError(f"think_s must be 0 or more, got {think_s:g}")
    scale = max(think_s, *demands_s)  # keeps the constants near 1
    thinking = _weights(think_s / scale, users, users)
    stations = [_weights(d / scale, c, users) for d, c in zip(demands_s, counts, strict=True)]
    whole = _folded([thinking, *stations], users)
    throughput = whole[-2] / whole[-1] / scale
    in_system = []
    for place, own in enumerate(stations):
        others = _folded([thinking, *stations[:place], *stations[place + 1 :]], users)
        in_system.append((np.arange(users + 1) * own * others[::-1]).sum() / whole[-1])
    return ClosedNetwork(
        float(throughput),
        float(users / throughput - think_s),
        np.array(in_system),
        throughput * np.asarray(demands_s) / counts,
    )


def _weights(demand: float, servers: int, users: int) -> np.ndarray:
    """The factor of a station for 0, 1, ... of all users at it."""
    busy = np.minimum(np.arange(1, users + 1), servers)
    return np.concatenate(([1.0], np.cumprod(demand / busy)))


def _folded(weights: Sequence[np.ndarray], users: int) -> np.ndarray:
    """The normalization constants of some stations together, for 0, 1, ... users."""
    found = np.eye(1, users + 1)[0]
    for each in weights:
        found = np.convolve(found, each)[: users + 1]
    return found
