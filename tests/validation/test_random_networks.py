"""Thirty small networks that nobody has chosen, each against its exact solution.

Every network is drawn from a seed: its stations, their speeds, and the ways between them. Those
with a product form are compared with it, the others with the steady state of their Markov chain,
which is written down here by hand, state by state, and shares nothing with the simulator.
"""

from __future__ import annotations

import numpy as np
import pytest

from simulator.stats import theory
from tests.validation.calls import network
from tests.validation.harness import Case, in_system

NETWORKS = 30
IN_MAKE_TEST = 6
QUICK, FULL = 5_000, 25_000  # requests in one replication, twice as many in open networks
WIDTH = 0.03


def case(name, system, arrivals, per_s, expected, stations):
    """A network of which the numbers at the stations and one more number are compared."""
    (overall,) = expected.keys() - stations

    def measure(run):
        found = {each: in_system(run.component_measures(each)) for each in stations}
        return found | {overall: run.request_measures()[overall]}

    workload = f"""
            workload:
              arrivals: {arrivals}"""
    return Case(
        row="random networks",
        name=name,
        sections=system if arrivals is None else system + workload,
        per_s=per_s,
        measure=measure,
        expected=expected,
        quick=QUICK * (2 if arrivals is None else 1),
        full=FULL * (2 if arrivals is None else 1),
        width=WIDTH,
    )


def system(entry, *components):
    """The system section; each component is a line."""
    lines = "\n                ".join(components)
    return f"""
            system:
              entry: {entry}
              components:
                {lines}"""


def exponential(rate):
    return f"service_time: {{kind: exponential, mean: {1 / rate:.15g}s}}"


def users(count, think_rate):
    think = f"{{kind: exponential, mean: {1 / think_rate:.15g}s}}"
    return f"{{kind: closed_loop, users: {count}, think_time: {think}}}"


def drawn(rng, low, high, size=None):
    """Numbers with few digits, as somebody might have written them."""
    return np.round(rng.uniform(low, high, size), 3)


def means(steady, *numbers):
    """Averages over the states of a chain of functions of the state."""
    return [sum(share * number(state) for state, share in steady.items()) for number in numbers]


# Each kind of network


def feedback(rng):
    """Stations that send requests to one another, or out; several workers each."""
    size = int(rng.integers(2, 5))
    routing = np.round(rng.dirichlet(np.ones(size + 1), size)[:, :size] * 0.9, 3)
    outside = drawn(rng, 0.2, 1.0, size)
    servers = rng.integers(1, 4, size)
    rates = np.linalg.solve(np.eye(size) - routing.T, outside)
    speeds = np.round(rates / servers / rng.uniform(0.2, 0.5, size), 4)
    steady = theory.jackson(outside, routing, speeds.tolist(), servers.tolist())
    stations = [f"s{i + 1}" for i in range(size)]
    return case(
        "feedback",
        network(outside.tolist(), routing.tolist(), speeds.tolist(), servers.tolist()),
        None,
        outside.sum(),
        {"latency_mean_s": steady.mean_network_latency_s}
        | dict(zip(stations, steady.mean_in_system)),
        stations,
    )


def closed(rng):
    """Users who go through a row of stations and think."""
    size, count = int(rng.integers(2, 5)), int(rng.integers(3, 13))
    speeds, think_rate = drawn(rng, 1.0, 5.0, size), drawn(rng, 0.3, 2.0)
    servers = rng.integers(1, 4, size)
    steady = theory.closed_network(count, 1 / think_rate, (1 / speeds).tolist(), servers.tolist())
    stations = [f"s{i}" for i in range(size)]
    lines = [
        f"s{i}: {{kind: server, workers: {servers[i]}, {exponential(speeds[i])}"
        + (f", next: s{i + 1}}}" if i < size - 1 else "}")
        for i in range(size)
    ]
    return case(
        "closed",
        system("s0", *lines),
        users(count, think_rate),
        steady.throughput_per_s,
        {"throughput_per_s": steady.throughput_per_s} | dict(zip(stations, steady.mean_in_system)),
        stations,
    )


def tandem(rng):
    """A row of stations with few waiting places; who finds none is refused, however far it got."""
    size = int(rng.integers(2, 4))
    speeds, rate = drawn(rng, 0.8, 2.0, size), drawn(rng, 0.6, 1.5)
    servers, places = rng.integers(1, 3, size), rng.integers(0, 4, size)
    room = servers + places

    def moves(state):
        if state[0] < room[0]:
            yield (state[0] + 1, *state[1:]), rate
        for i, there in enumerate(state):
            if there:
                after = list(state)
                after[i] -= 1
                if i + 1 < size and state[i + 1] < room[i + 1]:
                    after[i + 1] += 1
                yield tuple(after), min(there, servers[i]) * speeds[i]

    steady = theory.stationary((0,) * size, moves)
    stations = [f"s{i}" for i in range(size)]
    (answered,) = means(steady, lambda state: min(state[-1], servers[-1]) * speeds[-1] / rate)
    numbers = means(steady, *((lambda state, i=i: state[i]) for i in range(size)))
    lines = [
        f"s{i}: {{kind: server, workers: {servers[i]}, queue_limit: {places[i]}, "
        + exponential(speeds[i])
        + (f", next: s{i + 1}}}" if i < size - 1 else "}")
        for i in range(size)
    ]
    return case(
        "tandem",
        system("s0", *lines),
        f"{{kind: poisson, rate: {rate:.15g}/s}}",
        rate,
        {"success_ratio": answered} | dict(zip(stations, numbers)),
        stations,
    )


def blocking(rng):
    """Workers that wait for the answer of a second station."""
    count, workers = int(rng.integers(3, 9)), int(rng.integers(1, 4))
    first, second = drawn(rng, 1.0, 4.0, 2)
    think_rate = drawn(rng, 0.3, 1.5)

    def moves(state):
        here, held = state  # at the first station with those that wait there; at the second one
        if here < count:
            yield (here + 1, held), (count - here) * think_rate
        if serving := min(here, workers) - held:
            yield (here, held + 1), serving * first
        if held:
            yield (here - 1, held - 1), second

    steady = theory.stationary((0, 0), moves)
    throughput, at_second = means(steady, lambda s: second * (s[1] > 0), lambda s: s[1])
    front = f"kind: server, workers: {workers}, {exponential(first)}, next: back, blocking: true"
    return case(
        "blocking",
        system("front", f"front: {{{front}}}", f"back: {{kind: server, {exponential(second)}}}"),
        users(count, think_rate),
        throughput,
        {"throughput_per_s": throughput, "back": at_second},
        ["back"],
    )


def fork_join(rng):
    """Users whose requests have a part for each station and are back when all parts are.

    Every station serves in order, so the number of requests under way is the longest queue.
    """
    size, count = int(rng.integers(2, 4)), int(rng.integers(2, 8))
    speeds, think_rate = drawn(rng, 0.8, 3.0, size), drawn(rng, 0.2, 1.0)

    def moves(state):
        if max(state) < count:
            yield tuple(n + 1 for n in state), (count - max(state)) * think_rate
        for i, there in enumerate(state):
            if there:
                yield (*state[:i], there - 1, *state[i + 1 :]), speeds[i]

    steady = theory.stationary((0,) * size, moves)
    stations = [f"s{i}" for i in range(size)]
    throughput = means(steady, lambda state: (count - max(state)) * think_rate)[0]
    numbers = means(steady, *((lambda state, i=i: state[i]) for i in range(size)))
    lines = [f"s{i}: {{kind: server, {exponential(speeds[i])}}}" for i in range(size)]
    fork = f"fork: {{kind: parallel, calls: [{', '.join(stations)}]}}"
    return case(
        "fork-join",
        system("fork", fork, *lines),
        users(count, think_rate),
        throughput,
        {"throughput_per_s": throughput} | dict(zip(stations, numbers)),
        stations,
    )


KINDS = (fork_join, closed, tandem, blocking, feedback)


def drawn_from(seed):
    kind = KINDS[seed % len(KINDS)]
    return kind(np.random.default_rng(seed))


WIDTHS = [
    pytest.param(seed, full, id=f"{seed}-{'full' if full else 'quick'}", marks=marks)
    for full, marks, networks in (
        (False, (), IN_MAKE_TEST),
        (True, pytest.mark.slow, NETWORKS),
    )
    for seed in range(networks)
]


@pytest.mark.validation
@pytest.mark.parametrize(("seed", "full"), WIDTHS)
def test_simulation_agrees_with_the_exact_solution(seed, full):
    found = drawn_from(seed).estimates(full)
    missed = [str(each) for each in found if not each.agrees]
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize("kind", KINDS)
def test_networks_of_a_kind_are_different_ones(kind):
    systems = {kind(np.random.default_rng(seed)).sections for seed in range(10)}
    assert len(systems) == 10
