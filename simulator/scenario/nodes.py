"""A plain tree that knows where in the text each of its parts stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from simulator.scenario.syntax import Place

Path = tuple[str | int, ...]
"""Keys of mappings and indices of lists, from 0, that lead to a value."""


def dotted(path: Path) -> str:
    """Write a path the way variants and ``--set`` do.

    >>> dotted(("faults", 0, "of")), dotted(("variants", "x", "set", "run.seed"))
    ('faults[0].of', "variants.x.set['run.seed']")
    """
    steps = (
        f".{step}" if isinstance(step, str) and re.fullmatch(r"[\w-]+", step) else f"[{step!r}]"
        for step in path
    )
    return "".join(steps).removeprefix(".")


@dataclass(slots=True)
class Node:
    """A value in the file.

    Attributes:
        place: where it begins.
        value: the plain value; of a list or mapping, with everything in it.
        parts: what stands in it, by key or index.
        keys: where each key of a mapping stands.
        size: number of values in it, counting itself.
        height: levels of lists and mappings, counting itself.
    """

    place: Place
    value: Any
    parts: dict[str | int, Node] = field(default_factory=dict)
    keys: dict[str | int, Place] = field(default_factory=dict)
    size: int = 1
    height: int = 0


@dataclass(slots=True)
class Open:
    """A list or mapping that has begun and not ended.

    Attributes:
        node: what there is of it.
        anchor: name by which it can be repeated once it is complete.
        key: key whose value comes next; None while a key comes next, and in a list.
        skips: the value that comes next is dropped, because its key is no good.
    """

    node: Node
    anchor: str | None
    key: str | None = None
    skips: bool = False

    @property
    def step(self) -> str | int | None:
        """Key or index of what comes next, if it is known."""
        return len(self.node.value) if isinstance(self.node.value, list) else self.key

    def hold(self, part: Node) -> None:
        """Take in the next part, complete with all that is in it."""
        node, step = self.node, self.step
        assert step is not None, "a mapping takes a key before its value"
        if isinstance(node.value, list):
            node.value.append(part.value)
        else:
            node.value[step] = part.value
        node.parts[step] = part
        node.size += part.size
        node.height = max(node.height, part.height + 1)
