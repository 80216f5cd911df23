"""From the events of a YAML parser to a tree with positions.

Events and not PyYAML's own nodes, because those are built by recursion: text that nests thousands
deep would end the process. Here it ends in a problem, and so does an alias that repeats its anchor
over and over.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import yaml

from simulator.errors import Problem, shown
from simulator.scenario.nodes import Node, Open, dotted
from simulator.scenario.scalars import scalar
from simulator.scenario.syntax import MAX_DEPTH, TOO_DEEP, Place, explained, place_of

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is 20 times faster

MAX_VALUES = 100_000  # keys included, and what aliases repeat as often as they do
MAX_PROBLEMS = 100  # nobody reads more


class GiveUp(Exception):
    """The rest of the text is not worth reading; why is among the problems."""


class Builder:
    """Builds the tree of one text and notes every problem on the way.

    Args:
        file: name of the text in problems.

    Attributes:
        root: the tree, None for an empty text.
        problems: what is wrong, in the order of the text.
    """

    def __init__(self, file: str) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._file = file
        self._open: list[Open] = []
        self._anchored: dict[str, Node] = {}
        self._values = 0
        self._documents = 0

    def build(self, text: str) -> None:
        """Read the text to its end, or to where no sense can be made of it."""
        try:
            for event in yaml.parse(text, Loader=LOADER):
                self._take(event, place_of(event.start_mark))
        except GiveUp:
            pass
        except yaml.MarkedYAMLError as error:
            self._note(*explained(error, text))
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # The parser in Python lets chr() complain of an escape that is no character.
            self._note((1, 1), f"not readable as YAML: {error}")

    def _take(self, event: yaml.Event, place: Place) -> None:
        if len(self.problems) >= MAX_PROBLEMS:
            self._give_up(place, "found too much wrong to go on; put this right first")
        match event:
            case yaml.ScalarEvent():
                self._begin(event.tag, 0, place)
                self._put(Node(place, self._scalar(event, place)), event.anchor)
            case yaml.SequenceStartEvent():
                self._begin(event.tag, 1, place)
                self._open.append(Open(Node(place, [], height=1), event.anchor))
            case yaml.MappingStartEvent():
                self._begin(event.tag, 1, place)
                self._open.append(Open(Node(place, {}, height=1), event.anchor))
            case yaml.CollectionEndEvent():
                ended = self._open.pop()
                self._put(ended.node, ended.anchor)
            case yaml.AliasEvent():
                self._put(self._repeated(event.anchor, place), None)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._give_up(place, "found a second document; a file holds one")

    def _begin(self, tag: str | None, height: int, place: Place) -> None:
        if tag is not None:
            name = shown(tag.replace("tag:yaml.org,2002:", "!!"))
            self._note(place, f"found the tag {name}; must be a value without a tag")
        self._spend(1, height, place)

    def _spend(self, size: int, height: int, place: Place) -> None:
        """Give up where something of this size and height would make the tree too large."""
        self._values += size
        if self._values > MAX_VALUES:
            self._give_up(place, f"found more than {MAX_VALUES:,} values, counting repeated ones")
        if len(self._open) + height > MAX_DEPTH:
            self._give_up(place, TOO_DEEP)

    def _put(self, node: Node, anchor: str | None) -> None:
        """Let a complete node take its place: as the root, as a key, or as a part."""
        if anchor:
            self._anchored[anchor] = node
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if parent.skips:
            parent.skips = False
        elif parent.step is None:
            self._put_key(parent, node)
        else:
            parent.hold(node)
            parent.key = None

    def _put_key(self, parent: Open, node: Node) -> None:
        key, keys = node.value, parent.node.keys
        parent.skips = True
        if not isinstance(key, str):
            self._note(node.place, f"found {shown(key)} as a key; must be text, put it in quotes")
        elif key == "<<":
            self._note(node.place, "found a merge key '<<'; write the fields out")
        elif key in keys:
            line, _ = keys[key]
            self._note(node.place, f"found {shown(key)} twice; the first is on line {line}", key)
        else:
            parent.key, parent.skips, keys[key] = key, False, node.place

    def _repeated(self, anchor: str | None, place: Place) -> Node:
        node = self._anchored.get(anchor or "")
        if node is None:
            self._note(place, f"unknown alias *{anchor}; must come after the end of its &{anchor}")
            return Node(place, None)
        self._spend(node.size, node.height, place)
        # A copy, because whoever changes a path in one place must not change it in the other.
        return replace(node, place=place, value=copy.deepcopy(node.value))

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> Any:
        is_plain, _ = event.implicit
        try:
            return scalar(event.value) if is_plain else event.value
        except ValueError as error:
            self._note(place, str(error))
            return None

    def _give_up(self, place: Place, message: str) -> None:
        self.problems.append(Problem(self._file, *place, "", message))
        raise GiveUp

    def _note(self, place: Place, message: str, *beneath: str) -> None:
        steps = [each.step for each in self._open]
        path = (*(step for step in steps if step is not None), *beneath)
        self.problems.append(Problem(self._file, *place, dotted(path), message))
