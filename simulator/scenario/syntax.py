"""Plain words for what a YAML parser says about text it cannot read."""

from __future__ import annotations

from typing import Any, NamedTuple

import yaml

Place = tuple[int, int]
"""Line and column of a character, both from 1."""


class Complaint(NamedTuple):
    """What a parser complains of, and how we say it.

    Attributes:
        fragment: part of the parser's sentence, in its C or in its Python implementation.
        blames_start: the wrong token is not the one the parser stumbled over, but the beginning
            of what it was reading by then: an opening quote, a bracket, a name.
        sentence: what was found and what to write instead.
    """

    fragment: str
    blames_start: bool
    sentence: str


MAX_DEPTH = 50  # lists and mappings inside one another; scenarios need about 8
TOO_DEEP = f"found more than {MAX_DEPTH} lists and mappings in one another"

MISALIGNED = "found text that does not line up with what stands above; check the indentation"

COMPLAINTS = (  # the first that fits counts
    Complaint(
        "mapping values are not allowed",
        False,
        "found a ':' where no name can end; check the indentation, or put the text in quotes",
    ),
    Complaint(
        "sequence entries are not allowed",
        False,
        "found the '-' of a list beside other text; start the list on a line of its own",
    ),
    Complaint("tab character", False, "found a tab; must be spaces"),
    Complaint("could not find expected ':'", True, "found a name without ':'; write name: value"),
    Complaint("expected key", False, MISALIGNED),
    Complaint("expected <block end>", False, MISALIGNED),
    Complaint("expected '-' indicator", False, MISALIGNED),
    Complaint("node content", False, "found no value; check commas and brackets"),
    Complaint("or ']'", True, "found a '[' without its ']', or a comma is missing in between"),
    Complaint("or '}'", True, "found a '{' without its '}', or a comma is missing in between"),
    Complaint("unexpected end of stream", True, "found a quote that is not closed"),
    Complaint("unexpected document", True, "found a quote that is not closed"),
    Complaint(
        "escape",
        False,
        "found an unknown escape in double quotes; double the backslash, or use single quotes",
    ),
    # PyYAML reads ahead, and from 6.0.4 on it stops by itself at a depth of a thousand.
    Complaint("nesting depth", False, TOO_DEEP),
    Complaint("<document start>", False, "found text after the end of the document"),
    Complaint("incompatible YAML", False, "found another version of YAML; leave the line out"),
)


def explained(error: yaml.MarkedYAMLError, text: str) -> tuple[Place, str]:
    """Say where text is wrong, as line and column, and what is wrong with it.

    >>> try:
    ...     yaml.safe_load("rate: [1, 2")
    ... except yaml.MarkedYAMLError as error:
    ...     explained(error, "rate: [1, 2")
    ((1, 7), "found a '[' without its ']', or a comma is missing in between")
    """
    complaint = error.problem or error.context or ""
    stumbled = place_of(error.problem_mark or error.context_mark)
    if "cannot start any token" in complaint:
        return stumbled, _cannot_start(text, stumbled)
    for fragment, blames_start, sentence in COMPLAINTS:
        if fragment in complaint:
            started = place_of(error.context_mark or error.problem_mark)
            return (started if blames_start else stumbled), sentence
    return stumbled, f"not readable as YAML: {complaint}"


def place_of(mark: Any) -> Place:
    """Line and column of a parser's mark, from 1 where the parser counts from 0."""
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _cannot_start(text: str, place: Place) -> str:
    line, column = place
    character = text.splitlines()[line - 1][column - 1]
    if character == "\t":
        return "found a tab; must be spaces"
    return f"found {character!r}, which cannot start a value; put the text in quotes"
