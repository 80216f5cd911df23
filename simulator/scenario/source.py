"""The text of a scenario file as a plain tree, and where in the text each part stands.

The file is YAML 1.2 of a modest kind: one document, keys that are text and occur once, no tags, no
merge keys, numbers that are finite, and bounds on size, depth and repetition, so that no file can
hold up whoever opens it.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Any

from simulator.errors import Problem, ScenarioError, shown
from simulator.scenario.builder import Builder
from simulator.scenario.nodes import Node, Path, dotted
from simulator.scenario.syntax import Place

MAX_BYTES = 2**20
UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Source:
    """A scenario file as it was written.

    Attributes:
        file: its name, as the user gave it.
        root: the top-level mapping and where its parts stand.
    """

    file: str
    root: Node

    @property
    def tree(self) -> dict[str, Any]:
        """The content in dictionaries, lists, text, numbers, truth values and None."""
        return self.root.value

    def position(self, path: Path, key: bool = False) -> Place:
        """Line and column, from 1, of the value at a path, or of its key.

        A path that leads out of the file gives the place of the last step that is in it. What an
        alias repeats stands where it is written out; the alias itself stands where it is.
        """
        node, place = self.root, self.root.place
        for step in path:
            part = node.parts.get(step)
            if part is None:
                break
            place = node.keys.get(step, part.place) if key else part.place
            node = part
        return place

    def problem(self, path: Path, message: str, hint: str = "", key: bool = False) -> Problem:
        """A problem with the value at a path, or with its key."""
        return Problem(self.file, *self.position(path, key), dotted(path), message, hint)


def read(text: str | bytes, file: str) -> Source:
    """Read the text of a scenario file.

    Args:
        text: the content; bytes are UTF-8.
        file: its name in problems.

    Raises:
        ScenarioError: not one mapping of plain values; lists all that is wrong.
    """
    root = _root(text, file)
    if root.value is None:
        raise ScenarioError([Problem(file, 1, 1, "", "found no content; must be a mapping")])
    if not isinstance(root.value, dict):
        message = f"found {shown(root.value)}; must be a mapping, lines of name: value"
        raise ScenarioError([Problem(file, *root.place, "", message)])
    return Source(file, root)


def parse_scalar(text: str, file: str = "--set") -> Any:
    """Read a single value, e.g. of ``--set path=VALUE``, under the rules of a scenario file.

    Args:
        text: ``3``, ``80ms``, ``true``, or a list or mapping in brackets.
        file: what to call the text in problems.

    Raises:
        ScenarioError: not readable, or nothing that a scenario file may hold.

    >>> parse_scalar("80ms"), parse_scalar("{kind: lognormal, cv: 0.8}")
    ('80ms', {'kind': 'lognormal', 'cv': 0.8})
    """
    return _root(text, file).value


def _root(text: str | bytes, file: str) -> Node:
    builder = Builder(file)
    builder.build(_decoded(text, file))
    if builder.problems:
        raise ScenarioError(builder.problems)
    return builder.root or Node((1, 1), None)


def _decoded(text: str | bytes, file: str) -> str:
    """Text that is safe to parse: not too long, UTF-8, printable."""
    # Half a surrogate pair can stand in a str, but not in a file; it becomes bad UTF-8 here.
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_BYTES:
        message = f"found {len(raw):,} bytes; must be at most {MAX_BYTES:,}"
        raise ScenarioError([Problem(file, 1, 1, "", message)])
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        decoded = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        message = f"found the byte 0x{raw[error.start]:02x}; must be text in UTF-8"
        raise ScenarioError([_problem_after(before, file, message)]) from None
    if odd := UNPRINTABLE.search(decoded):
        message = f"found the control character {odd.group()!r}; must be printable text"
        raise ScenarioError([_problem_after(decoded[: odd.start()], file, message)])
    return decoded


def _problem_after(before: str, file: str, message: str) -> Problem:
    lines = before.split("\n")
    return Problem(file, len(lines), len(lines[-1]) + 1, "", message)
