"""Where the parts of a system stand in its diagram: in layers, along the way of a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Edge = tuple[str, str]
Place = tuple[int, float]
"""The layer, from 0, and the position across it, 0 in the middle; both in places."""


def layers(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """How many steps each part is behind the first, by the longest way; a circle counts once.

    >>> layers(["users", "api", "cache", "db"], [("users", "api"), ("api", "cache"),
    ...     ("api", "db"), ("cache", "db")])
    {'users': 0, 'api': 1, 'cache': 2, 'db': 3}
    """
    found = dict.fromkeys(names, 0)
    for _ in names:
        for before, after in edges:
            found[after] = min(len(names) - 1, max(found[after], found[before] + 1))
    return found


def places(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, Place]:
    """A place for each part: parts that follow one another stay near each other."""
    layer_of = layers(names, edges)
    across: dict[str, float] = {}
    for layer in range(max(layer_of.values(), default=0) + 1):
        row = [name for name in names if layer_of[name] == layer]
        pulled = sorted(row, key=lambda name: _pull(name, edges, across))
        across |= {name: i - (len(pulled) - 1) / 2 for i, name in enumerate(pulled)}
    return {name: (layer_of[name], across[name]) for name in names}


def _pull(name: str, edges: Iterable[Edge], across: Mapping[str, float]) -> float:
    """The middle of the parts that lead to it."""
    before = [across[a] for a, b in edges if b == name and a in across]
    return sum(before) / len(before) if before else 0.0
