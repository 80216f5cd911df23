"""Where the parts of a system stand in its diagram: in layers, along the way of a request.

The layered drawing of Sugiyama, Tagawa and Toda, *IEEE Trans. SMC* 11(2), 1981, in its simplest
form: circles are cut open, a part stands behind all that lead to it, and an edge across a layer
has a place of its own in it, so that no part stands in its way.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

Edge = tuple[str, str]
Place = tuple[int, float]
"""The layer, from 0, and the position across it, 0 in the middle; both in places."""


class Layout(NamedTuple):
    """A diagram.

    Attributes:
        places: name -> where the part stands.
        ways: edge -> the places that it passes between its ends, one in each layer it crosses.
            An edge that leads back into a circle has none.
    """

    places: dict[str, Place]
    ways: dict[Edge, list[Place]]


def forward(names: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    """The edges but for those that close a circle, seen from the first of the names.

    >>> forward(["users", "api", "db"], [("users", "api"), ("api", "db"), ("db", "api")])
    [('users', 'api'), ('api', 'db')]
    """
    after: dict[str, list[str]] = {name: [] for name in names}
    for a, b in edges:
        after[a].append(b)
    closing: set[Edge] = set()
    seen: set[str] = set()
    for name in names:
        if name not in seen:
            closing |= _closing(name, after, seen)
    return [edge for edge in edges if edge not in closing]


def _closing(first: str, after: Mapping[str, list[str]], seen: set[str]) -> set[Edge]:
    """The edges that lead to a part one has come through, on a walk in depth from the first."""
    found: set[Edge] = set()
    seen.add(first)
    way: dict[str, Iterator[str]] = {first: iter(after[first])}
    while way:
        here = next(reversed(way))
        step = next(way[here], None)
        if step is None:
            del way[here]
        elif step in way:
            found.add((here, step))
        elif step not in seen:
            seen.add(step)
            way[step] = iter(after[step])
    return found


def layers(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """How many steps each part is behind the first, by the longest way without a circle.

    A part that nothing leads to stands right before the nearest that it leads to itself.

    >>> layers(["users", "api", "cache", "db"], [("users", "api"), ("api", "cache"),
    ...     ("api", "db"), ("cache", "db"), ("db", "api")])
    {'users': 0, 'api': 1, 'cache': 2, 'db': 3}
    """
    found = dict.fromkeys(names, 0)
    kept = forward(names, edges)
    for _ in names:
        for before, after in kept:
            found[after] = max(found[after], found[before] + 1)
    led_to = {after for _, after in kept}
    for name in names[1:]:
        targets = [found[after] for before, after in kept if before == name]
        if name not in led_to and targets:
            found[name] = max(found[name], min(targets) - 1)
    return found


def layout(names: Sequence[str], edges: Sequence[Edge]) -> Layout:
    """A place for each part and a way for each edge: what follows one another stays near."""
    layer_of: dict[Hashable, int] = dict(layers(names, edges))
    rows: list[list[Hashable]] = [[] for _ in range(max(layer_of.values(), default=0) + 1)]
    for name in names:
        rows[layer_of[name]].append(name)
    leads: list[tuple[Hashable, Hashable]] = []
    crossed: dict[Edge, list[Hashable]] = {}
    for edge in forward(names, edges):
        before, after = edge
        between = range(layer_of[before] + 1, layer_of[after])
        crossed[edge] = [(*edge, layer) for layer in between]
        for layer, each in zip(between, crossed[edge], strict=True):
            rows[layer].append(each)
        leads += pairwise([before, *crossed[edge], after])
    across: dict[Hashable, float] = {}
    for row in rows:
        pulled = sorted(row, key=lambda each: _pull(each, leads, across))
        across |= {each: place - (len(pulled) - 1) / 2 for place, each in enumerate(pulled)}
    return Layout(
        {name: (layer_of[name], across[name]) for name in names},
        {
            edge: [(layer_of[edge[0]] + 1 + i, across[each]) for i, each in enumerate(passed)]
            for edge, passed in crossed.items()
        },
    )


def _pull(
    each: Hashable, leads: Iterable[tuple[Hashable, Hashable]], across: Mapping[Hashable, float]
) -> float:
    """The middle of what leads to it."""
    before = [across[a] for a, b in leads if b == each and a in across]
    return sum(before) / len(before) if before else 0.0
