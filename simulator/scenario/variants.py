"""Named changes: setting values at dotted paths, and validating what comes out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from simulator.errors import SimulatorError, did_you_mean, unknown_name
from simulator.scenario.claims import BASELINE
from simulator.scenario.model import Scenario
from simulator.scenario.nodes import Path

STEP = re.compile(r"""\.?([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]""")


class PathError(SimulatorError):
    """A dotted path that leads nowhere."""


class UnknownVariant(PathError):
    """A name that no variant has."""


def steps(path: str) -> Path:
    """Take a dotted path apart.

    >>> steps("system.components.api.workers"), steps("faults[0].factor")
    (('system', 'components', 'api', 'workers'), ('faults', 0, 'factor'))
    """
    found: list[str | int] = []
    end = 0
    for match in STEP.finditer(path):
        if match.start() != end:
            break
        name, index, quoted = match.groups()
        found.append(int(index) if index else (name if name is not None else quoted))
        end = match.end()
    if end != len(path) or not found:
        raise PathError(f"{path!r} is not a path; write names with dots, such as run.seed")
    return tuple(found)


def value_at(tree: Any, path: str) -> Any:
    """The value at a dotted path of plain data.

    Raises:
        PathError: the path leads out of the data; says where, and what there is.
    """
    here = tree
    for step in steps(path):
        here = _step(here, step, path)
    return here


def changed(tree: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of plain data with the values at some paths replaced.

    Raises:
        PathError: a path does not exist.
    """
    copy: Any = deepcopy(dict(tree))
    for path, value in changes.items():
        *way, last = steps(path)
        here = copy
        for step in way:
            here = _step(here, step, path)
        _step(here, last, path)
        here[last] = value
    return copy


def _step(here: Any, step: str | int, path: str) -> Any:
    if isinstance(here, list) and isinstance(step, int):
        if step < len(here):
            return here[step]
        raise PathError(f"{path!r} does not exist: there are {len(here)} items, counted from 0")
    if isinstance(here, dict) and isinstance(step, str):
        if step in here:
            return here[step]
        known = f"known: {', '.join(sorted(here))}{did_you_mean(step, here)}"
        raise PathError(f"{path!r} does not exist: no {step!r}; {known}")
    raise PathError(f"{path!r} does not exist: there is nothing beneath the step before {step!r}")


def changes_of(scenario: Scenario, variants: Iterable[str]) -> dict[str, Any]:
    """The changes of one or several variants together, later ones winning."""
    changes: dict[str, Any] = {}
    for name in variants:
        if name == BASELINE:
            continue
        if name not in scenario.variants:
            known = [BASELINE, *scenario.variants]
            raise UnknownVariant(unknown_name("variant", name, known))
        changes |= scenario.variants[name].set
    return changes


def apply(
    scenario: Scenario,
    variants: str | Iterable[str] = BASELINE,
    changes: Mapping[str, Any] | None = None,
) -> Scenario:
    """A scenario with variants and further changes applied, validated again.

    Args:
        scenario: the scenario as in its file.
        variants: name of a variant, or several to combine.
        changes: dotted path -> value, as after ``--set``; they win over the variants.

    Raises:
        PathError: a variant or path that does not exist.
        pydantic.ValidationError: a value that does not fit.
        TraceError: a trace that cannot be read.
    """
    names = [variants] if isinstance(variants, str) else list(variants)
    wanted = {**changes_of(scenario, names), **(changes or {})}
    if not wanted:
        return scenario
    applied = Scenario.model_validate(changed(scenario.plain(), wanted))
    applied.read_files(scenario.folder)
    return applied
