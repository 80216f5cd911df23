"""From a file to a scenario, or to all of its problems at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath

from pydantic import ValidationError

from simulator.bundled import bundled
from simulator.errors import Problem, ScenarioError, split_hint, unknown_name
from simulator.scenario import checks
from simulator.scenario.draft import Draft
from simulator.scenario.model import Scenario
from simulator.scenario.nodes import Path
from simulator.scenario.problems import explain, sentence
from simulator.scenario.source import Source, read
from simulator.scenario.variants import PathError, apply, changed, steps
from simulator.workload.trace import TraceError


def load(file: str | FilePath) -> Scenario:
    """Read a scenario by file name, or by the id of one that comes with the program.

    Raises:
        ScenarioError: with everything that is wrong with it, each at its place.
    """
    path = find(file)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ScenarioError([Problem(str(path), 1, 1, "", error.strerror or str(error))]) from None
    return parse(text, str(path), path.parent)


def catalogue() -> dict[str, FilePath]:
    """The scenarios that come with the program: id -> file, by chapter and id."""
    files = sorted(bundled("scenarios").glob("*/*.yaml"))
    return {path.stem: path for path in files}


def find(file: str | FilePath) -> FilePath:
    """The file meant by a file name or the id of a scenario that comes with the program."""
    path = FilePath(file)
    if path.suffix in (".yaml", ".yml") or path.exists():
        return path
    known = catalogue()
    if str(file) not in known:
        message = unknown_name("scenario", str(file), known)
        raise ScenarioError([Problem(str(file), 1, 1, "", message)])
    return known[str(file)]


def parse(text: str | bytes, file: str, folder: FilePath | None) -> Scenario:
    """Read a scenario from its text.

    Args:
        text: YAML.
        file: what to call it in problems.
        folder: where paths in it lead from; None if it may name no other file.

    Raises:
        ScenarioError: with everything that is wrong with it, each at its place.
    """
    source = read(text, file)
    scenario, problems = _validated(source)
    draft = Draft.of(scenario, source.tree) if scenario else Draft.of_tree(source.tree)
    problems += _located(source, checks.problems(draft))
    if scenario is not None:
        problems += _file_problems(source, scenario, folder)
    if scenario is not None and not problems:
        problems += _located(source, checks.place(scenario, file, folder))
        problems += _located(source, checks.knobs(scenario))
        problems += _variant_problems(source, scenario)
    if problems or scenario is None:
        raise ScenarioError(sorted(problems, key=lambda each: (each.file, each.line, each.column)))
    return scenario


def _validated(source: Source) -> tuple[Scenario | None, list[Problem]]:
    try:
        return Scenario.model_validate(source.tree), []
    except ValidationError as error:
        return None, explain(error, source)


def _located(source: Source, found: Iterator[checks.Complaint]) -> list[Problem]:
    return [source.problem(each.path, each.message, each.hint, each.at_key) for each in found]


def _file_problems(source: Source, scenario: Scenario, folder: FilePath | None) -> list[Problem]:
    try:
        scenario.read_files(folder)
    except TraceError as error:
        return [error.problem() or source.problem(error.place, str(error))]
    return []


def _variant_problems(source: Source, scenario: Scenario) -> list[Problem]:
    """Every variant is applied and checked, so that none fails only when it is run."""
    problems: list[Problem] = []
    for name, variant in scenario.variants.items():
        tree = scenario.plain()
        for path, value in variant.set.items():
            try:
                changed(tree, {path: value})
            except PathError as error:
                at = ("variants", name, "set", path)
                problems.append(source.problem(at, *split_hint(str(error)), key=True))
                break
        else:
            problems += _applied_problems(source, scenario, name)
    return problems


def _applied_problems(source: Source, scenario: Scenario, name: str) -> list[Problem]:
    """What is wrong with a scenario once a variant is applied, at the variant's own lines."""
    try:
        applied = apply(scenario, name)
    except TraceError as error:
        at = _cause(scenario, name, error.place)
        return [error.problem() or source.problem(at, str(error))]
    except ValidationError as error:
        found = [(line["loc"], *sentence(line)) for line in error.errors(include_url=False)]
    else:
        complaints = checks.problems(Draft.of(applied))
        found = [(each.path, each.message, each.hint) for each in complaints]
    return [
        source.problem(_cause(scenario, name, loc), message, hint) for loc, message, hint in found
    ]


def _cause(scenario: Scenario, name: str, loc: Path) -> Path:
    """The line of a variant that set the value at a place, or something in it or around it."""
    for path in scenario.variants[name].set:
        common = min(len(loc), len(steps(path)))
        if loc[:common] == steps(path)[:common]:
            return ("variants", name, "set", path)
    return ("variants", name)
