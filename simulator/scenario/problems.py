"""Validation errors as problems in the file: in its author's words, at the wrong token."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from simulator.errors import Problem, did_you_mean, shown, split_hint
from simulator.scenario.nodes import Path
from simulator.scenario.source import Source

MUST_BE = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "string_type": "text",
    "none_required": "nothing",
    "literal_error": "{expected}",
    "enum": "{expected}",
    "greater_than": "greater than {gt}",
    "greater_than_equal": "{ge} or greater",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "multiple_of": "a multiple of {multiple_of}",
    "too_short": "{min_length} or more",
    "too_long": "{max_length} or fewer",
    "string_too_short": "at least {min_length} characters long",
    "string_too_long": "at most {max_length} characters long",
    "string_pattern_mismatch": "text of the form {pattern}",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dataclass_type": "a mapping",
}
ABSENT = {"missing", "missing_field"}
ABOUT_KEYS = ABSENT | {"extra_forbidden", "unknown_field", "missing_kind"}


def explain(error: ValidationError, source: Source, under: Path = ()) -> list[Problem]:
    """Turn a failed validation of a file, or of a part of it, into problems in that file.

    Args:
        error: what pydantic raised.
        source: the file.
        under: path of the part that was validated.

    Returns:
        One problem for each wrong token, in the order of the file.
    """
    problems = [_problem(line, source, under) for line in error.errors(include_url=False)]
    return sorted(_joined(problems), key=lambda problem: (problem.line, problem.column))


def sentence(line: ErrorDetails) -> tuple[str, str]:
    """One of pydantic's errors in our words: message and hint."""
    return split_hint(_sentence(line, line["input"]))


def _problem(line: ErrorDetails, source: Source, under: Path) -> Problem:
    path, value = _located(line, source, under)
    is_key = line["loc"][-1:] == ("[key]",)
    found = line["input"] if is_key or isinstance(value, dict | list) else value
    message, hint = split_hint(_sentence(line, found))
    return source.problem(path, message, hint, key=is_key or line["type"] in ABOUT_KEYS)


def _located(line: ErrorDetails, source: Source, under: Path) -> tuple[Path, Any]:
    """Path in the file, and what stands there or around it.

    Pydantic's location has steps that are in no file: the member of a union that was tried, or a
    field of the mapping that a bare value stands for. They are left out, so that the problem stays
    with what the author wrote. Only a missing field is named although it is not there.
    """
    path: Path = ()
    value: Any = source.tree
    for step in (*under, *line["loc"]):
        if _holds(value, step):
            path, value = (*path, step), value[step]
    if line["type"] in ABSENT:
        path = (*path, line["loc"][-1])
    return path, value


def _holds(value: Any, step: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, dict) and step in value


def _sentence(line: ErrorDetails, found: Any) -> str:
    kind, text = line["type"], line["msg"]
    context = {name: _plain(value) for name, value in line.get("ctx", {}).items()}
    if kind in ("value_error", "assertion_error"):
        return str(context["error"]) or text
    if kind in ("missing", "extra_forbidden"):
        name = line["loc"][-1]
        what = f"field {name!r}" if isinstance(name, str) else "item"
        return f"required {what} is missing" if kind == "missing" else f"unknown {what}"
    count = context.get("actual_length")
    items = f"{count} item" if count == 1 else f"{count} items"
    subject = f"found {shown(found) if count is None else items}"
    if kind in MUST_BE:
        names = re.findall(r"'([^']*)'", context.get("expected", ""))
        return f"{subject}; must be {MUST_BE[kind].format(**context)}{did_you_mean(found, names)}"
    return text.replace("Input should", f"{subject}; must")


def _plain(value: Any) -> Any:
    """A bound the way one writes it: 0 rather than 0.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _joined(problems: Iterable[Problem]) -> Iterable[Problem]:
    """One problem a token: what the members of a union allow, or the same said twice."""
    joined: dict[tuple[object, ...], Problem] = {}
    for problem in problems:
        found, _, allowed = problem.message.partition("; must be ")
        token = (problem.line, problem.column, problem.path, found)
        first = joined.setdefault(token, problem)
        if allowed not in first.message:
            message, hint = f"{first.message} or {allowed}", first.hint or problem.hint
            joined[token] = replace(first, message=message, hint=hint)
    return joined.values()
