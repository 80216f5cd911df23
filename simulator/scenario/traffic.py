"""How many calls come to each component, as far as that can be told before a run.

Calls at a component are those that come from outside and those that others send there (the traffic
equations). Where calls go round in a circle these are solved together; they have a solution if
a call is certain to leave, and if fewer calls are made in a round than leave in it.

Source: Jackson, "Networks of Waiting Lines", *Operations Research* 5(4), 1957.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

import numpy as np

from simulator.kernel import ComponentSpec, RequestClass, Wiring
from simulator.kernel.wiring import group_of
from simulator.scenario.draft import Draft
from simulator.scenario.model import System

ROUNDING = 1e-9  # of a sum of probabilities

Shares = Mapping[str, Mapping[str, float]]
"""For each group the calls it sends to each other group for a call it takes."""


def traffic(
    system: System, classes: Sequence[RequestClass], rate: float
) -> dict[str, tuple[float, ...]]:
    """Calls a second at each component, one number a class, while nothing goes wrong.

    What comes of calls that may be taken back, and of those that go nobody knows where, is left
    out.

    Args:
        system: valid.
        classes: of requests.
        rate: of requests, all classes together.
    """
    wiring, entry, specs = system.wiring(), group_of(system.entry), system.components
    members = {name: spec.instances(name) for name, spec in specs.items()}
    total = sum(each.share for each in classes)
    found = [
        _solved(wiring, _shares(specs, each, members), {entry: rate * each.share / total})
        for each in classes
    ]
    return {
        name: tuple(of_class.get(name, 0.0) for of_class in found)
        for name in specs
        if any(name in of_class for of_class in found)
    }


def _shares(
    specs: Mapping[str, ComponentSpec], of: RequestClass, members: Mapping[str, list[str]]
) -> Shares:
    found: dict[str, dict[str, float]] = {}
    for name, spec in specs.items():
        known = None if spec.takes_back() else spec.onward_of(of, members)
        found[name] = _by_group(known or {})
    return found


def _by_group(onward: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for to, share in onward.items():
        found[group_of(to)] = found.get(group_of(to), 0.0) + share
    return found


def _solved(wiring: Wiring, shares: Shares, rates: dict[str, float]) -> dict[str, float]:
    """Add to the rates from outside what components send one another."""
    for circle in wiring.circles:
        if not any(name in rates for name in circle):
            continue
        if wiring.is_circle(circle):
            outside = np.array([rates.get(name, 0.0) for name in circle])
            inside = np.linalg.solve(np.eye(len(circle)) - _matrix(circle, shares).T, outside)
            rates |= dict(zip(circle, inside.tolist()))
        for name in circle:
            for to, share in shares.get(name, {}).items():
                if to not in circle:
                    rates[to] = rates.get(to, 0.0) + rates[name] * share
    return rates


def _matrix(circle: Sequence[str], shares: Shares) -> np.ndarray:
    """Calls from each group of a circle to each other, shape ``(n, n)``."""
    return np.array([[shares.get(name, {}).get(to, 0.0) for to in circle] for name in circle])


def endless(draft: Draft) -> Iterator[tuple[str, str, str]]:
    """The first circle that a call cannot leave, or in which calls become ever more.

    Yields:
        The component at which the circle closes, what is wrong, and what to do.
    """
    wiring = _wiring(draft)
    for each in draft.workload.request_classes() if draft.workload else [RequestClass("")]:
        ways = _ways(draft, wiring, each)
        leaving = {name for name in draft.lucky if _may_leave(draft.components.get(name), each)}
        stuck = _stuck(ways, leaving, draft.lucky)
        if stuck:
            way = _circle(stuck)
            text = f"calls go round in a circle: {' -> '.join(way)}"
            yield way[-2], text, "only a router that lets some calls leave can end a circle"
            return
        for circle in wiring.circles:
            if wiring.is_circle(circle) and _multiplies(draft, circle, ways, each):
                text = f"calls become more with every round of a circle: {', '.join(circle)}"
                yield circle[0], text, "let more of them leave, or make fewer"
                return


def _wiring(draft: Draft) -> Wiring:
    calls: dict[str, list[str]] = {}
    for path, target, _, _ in draft.named:
        if path[:2] == ("system", "components"):
            calls.setdefault(str(path[2]), []).append(target)
    return Wiring(calls)


def _ways(draft: Draft, wiring: Wiring, request_class: RequestClass) -> dict[str, list[str]]:
    """The groups that a call of a class can go on to from each."""
    found = {}
    for name, called in wiring.calls.items():
        spec = draft.components.get(name)
        chances = spec.chances(request_class.name) if spec else None
        if chances is not None:
            called = [group_of(to) for to, chance in chances.items() if chance > 0]
        found[name] = list(dict.fromkeys(called))
    return found


def _stuck(
    ways: Mapping[str, list[str]], leaving: Set[str], lucky: Set[str]
) -> dict[str, list[str]]:
    """Where a call may come to and never be answered, with the ways on from there that are so.

    Going back from where calls end: luck has to have one way that ends, everybody else must have
    no other.

    Args:
        ways: from each group to others.
        leaving: groups at which calls may end whatever lies behind.
        lucky: groups at which luck decides.
    """
    callers: dict[str, list[str]] = {}
    for name, called in ways.items():
        for to in called:
            callers.setdefault(to, []).append(name)
    left = {name: set(called) for name, called in ways.items()}
    ended = {*leaving, *(to for to in callers if to not in ways)}
    ended |= {name for name, called in ways.items() if not called}
    new = [*ended]
    while new:
        name = new.pop()
        for caller in callers.get(name, ()):
            left[caller].discard(name)
            if (caller in lucky or not left[caller]) and caller not in ended:
                ended.add(caller)
                new.append(caller)
    return {
        name: [to for to in called if to not in ended]
        for name, called in ways.items()
        if name not in ended
    }


def _may_leave(spec: ComponentSpec | None, request_class: RequestClass) -> bool:
    """Whether luck may end a call at once; if the spec is wrong otherwise, it gets the benefit."""
    chances = spec.chances(request_class.name) if spec is not None else None
    return chances is None or sum(chances.values()) < 1 - ROUNDING


def _circle(ways: Mapping[str, list[str]]) -> list[str]:
    """A way round from a component to itself, where every component has a way on."""
    way = [next(iter(ways))]
    while way[-1] not in way[:-1]:
        way.append(ways[way[-1]][0])
    return way[way.index(way[-1]) :]


def _multiplies(
    draft: Draft, circle: Sequence[str], ways: Mapping[str, list[str]], of: RequestClass
) -> bool:
    """Whether a call in a circle means at least one more there, for ever."""
    shares: dict[str, Mapping[str, float]] = {}
    members = draft.members()
    for name in circle:
        spec = draft.components.get(name)
        known = spec.onward_of(of, members) if spec else {}
        shares[name] = dict.fromkeys(ways[name], 1.0) if known is None else _by_group(known)
    growth = np.abs(np.linalg.eigvals(_matrix(circle, shares))).max()
    return bool(growth > 1 - ROUNDING)
